"""Measure how long the text layers of real invoices take, from the opened file to lines."""

from __future__ import annotations

import statistics
import time
from contextlib import closing

from benchmarks.reading_pages import DATA, invoices
from documents.decode.content import placed_words
from documents.decode.pdf import PdfFile
from documents.layout.lines import arrange
from documents.limits import ReadingLimits


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    seconds: list[float] = []
    characters = 0
    for _, truth in invoices():
        with closing(PdfFile((DATA / truth["file"]).read_bytes(), ReadingLimits())) as pdf:
            for number in range(1, pdf.page_count + 1):
                begin = time.perf_counter()
                width, height, text = pdf.text_layer(number)
                if text is not None:
                    arrange([[word] for word in placed_words(text)], width / height)
                    seconds.append(time.perf_counter() - begin)
                    characters += len(text.texts)
    return (
        f"Command: `make bench`. {len(seconds)} pages of invoices with a sound text layer, {characters // len(seconds)}"
        " characters each on average, from the opened file to lines of words, in one process: median"
        f" {1000 * statistics.median(seconds):.1f} ms per page, mean {1000 * statistics.mean(seconds):.1f} ms."
    )
