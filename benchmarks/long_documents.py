"""Measure time and memory of long documents: composed invoices of 20 to 200 pages."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import time

from fpdf import FPDF
from PIL import Image

from documents import DocumentReader, ReadingLimits
from documents.decode.pdf import PdfFile
from documents.ocr import model_files
from documents.ocr.paddle import PaddleOcr
from extractors import FieldExtractor
from schemas.presets import presets
from service.contract.document_reply import extract
from service.contract.models import ExtractRequest
from service.pipeline.pipeline import Pipeline

PAGES = (20, 50, 100, 200)
"""Pages of the documents, up to the default limit of jobs."""
SCANNED_PAGES = (5, 10, 20)
"""Pages of the scanned ones: OCR takes some hundred times as long, and grows in the same way."""
ROWS_PER_PAGE = 25
"""Line items on each page, as invoices of many pages have."""
SCAN_SCALE = 150 / 72
"""Pixels per point of a scanned page: 150 dpi."""
_LIMITS = ReadingLimits(pages=max(PAGES), seconds=7200)


def measure() -> str:
    """Return a table: seconds of CPU for each stage, and the process's peak of memory."""
    lines = [
        "| document | pages | reading, s | extracting, s | grounding and checking, s | peak, MB | reply, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind, sizes in (("text layer", PAGES), ("scanned", SCANNED_PAGES)):
        for pages in sizes:  # a process of its own for each, because a peak never goes down
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.long_documents", kind, str(pages)],
                capture_output=True,
                text=True,
                check=True,
            )
            lines.append(f"| {kind} | {pages} | {done.stdout.strip()} |")
    return "\n".join(lines)


def document(kind: str, pages: int) -> bytes:
    """Return an invoice with line items on every page and totals on the last.

    Args:
        kind: `text layer` or `scanned`.
        pages: number of pages.
    """
    made = FPDF()
    made.set_font("Helvetica", size=9)
    for page in range(pages):
        made.add_page()
        made.text(20, 12, f"Invoice number: 2025-4711   Page {page + 1} of {pages}")
        for column, title in ((15, "Description"), (110, "Quantity"), (135, "Unit price"), (170, "Amount")):
            made.text(column, 22, title)
        for row in range(ROWS_PER_PAGE):
            number, top = page * ROWS_PER_PAGE + row, 32 + 9 * row
            made.text(15, top, f"Article {number} of the catalogue")
            made.text(110, top, str(number % 7 + 1))
            made.text(135, top, f"{number % 90 + 1.25:.2f}")
            made.text(170, top, f"{(number % 7 + 1) * (number % 90 + 1.25):.2f}")
    made.text(135, 280, "Total")
    made.text(170, 280, "1234.50")
    data = bytes(made.output())
    if kind == "text layer":
        return data
    file, pictures = PdfFile(data, _LIMITS), FPDF()
    for number in range(1, pages + 1):
        pictures.add_page()
        pictures.image(io.BytesIO(_png(file, number)), 0, 0, 210, 297)
    return bytes(pictures.output())


def _png(file: PdfFile, number: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(file.picture(number, round(842 * SCAN_SCALE))).save(buffer, "PNG")
    return buffer.getvalue()


def _measure_one(kind: str, pages: int) -> str:
    reader = DocumentReader(PaddleOcr(model_files.load()), _LIMITS)
    stages: list[float] = []
    data = document(kind, pages)
    begin = time.process_time()
    read = reader.read(data)
    stages.append(time.process_time() - begin)
    extractor, schema = FieldExtractor(), presets()["invoice"]
    begin = time.process_time()
    extractor.propose(read, schema)
    stages.append(time.process_time() - begin)
    del read
    begin = time.process_time()
    pipeline = Pipeline(reader, extractor)
    reply = extract(pipeline, data, ExtractRequest(template_id="invoice"), schema, "req_1")
    stages.append(max(0.0, time.process_time() - begin - sum(stages)))
    reader.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return " | ".join([*(f"{seconds:.1f}" for seconds in stages), f"{peak:.0f}", f"{len(reply.body) / 1e6:.1f}"])


if __name__ == "__main__":
    print(_measure_one(sys.argv[1], int(sys.argv[2])))
