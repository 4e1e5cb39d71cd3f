"""Read grounding cases: pages of text with boxes, and values with their true places.

The true places are where the values are printed.

A page is `{"id", "text", "segs": [{"s", "e", "box": [left, top, right, bottom]}]}`: `text[s:e]` is one line or one cell
of a table row, the box in pixels. A case is `{"id", "page", "kind", "value", "label", "hint": [start, end), "group",
"row", "col"}`, all but the first four optional; `group` ties the cells of one table together. An answer is
`{"spans": [[start, end), ...], "ratio": 0 to 1}` in offsets of the page's text, or None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from schemas.fields import FieldType
from schemas.geometry import Box, quad_of
from schemas.pages import Document, Line, Page, Symbol, TextSource, Word, make_line, make_word
from schemas.results import Cell, Proposal

Case = dict[str, Any]
Answer = dict[str, Any] | None

WORD_GAP = 0.6
"""Widest gap between two words of a line, in line heights."""
MIN_OVERLAP = 0.8
"""Smallest intersection over union of found and true symbols for a right answer."""
TYPES = {
    "money": FieldType.MONEY,
    "number": FieldType.NUMBER,
    "integer": FieldType.INTEGER,
    "date": FieldType.DATE,
    "boolean": FieldType.BOOLEAN,
}
"""Types of the kinds that are not text."""


class CasePage(NamedTuple):
    """A page as the engine reads it.

    Offsets map its symbols and words to the page's text.
    """

    document: Document
    offsets: list[int]
    words: list[tuple[int, int]]

    def word_ids(self, start: int, end: int) -> tuple[int, ...]:
        """Return the ids of the words that share characters with `text[start:end]`."""
        return tuple(i for i, (a, b) in enumerate(self.words) if a < end and start < b)

    def spans(self, symbol_ids: Sequence[int]) -> list[list[int]]:
        """Return runs of symbols as offsets into the text."""
        spans: list[list[int]] = []
        previous = None
        for symbol_id in sorted(symbol_ids):
            offset = self.offsets[symbol_id]
            if previous == symbol_id - 1:
                spans[-1][1] = offset + 1
            else:
                spans.append([offset, offset + 1])
            previous = symbol_id
        return spans


def page_of(page: dict[str, Any]) -> CasePage:
    """Build a page whose symbols share the width of their segment evenly.

    This is enough because answers are compared by characters.

    Words no farther apart than a space form one line, because some readers return words as segments.
    """
    boxes = [seg["box"] for seg in page["segs"]]
    width = max((box[2] for box in boxes), default=0.0) + 10.0
    height = max((box[3] for box in boxes), default=0.0) + 10.0
    lines: list[Line] = []
    line: list[Word] = []
    before: dict[str, Any] | None = None
    offsets: list[int] = []
    words: list[tuple[int, int]] = []
    for seg in page["segs"]:
        left, top, right, bottom = seg["box"]
        share = (right - left) / max(1, seg["e"] - seg["s"])
        if line and not (before and _is_next_word(before, seg, page["text"])):
            lines.append(make_line(tuple(line)))
            line = []
        before = seg
        for word in re.finditer(r"\S+", page["text"][seg["s"] : seg["e"]]):
            symbols = []
            for i, character in enumerate(word[0], word.start()):
                box = Box((left + i * share) / width, top / height, (left + (i + 1) * share) / width, bottom / height)
                symbols.append(Symbol(character, quad_of(box), 1.0))
            line.append(make_word(len(words), tuple(symbols)))
            start = seg["s"] + word.start()
            words.append((start, start + len(word[0])))
            offsets.extend(range(start, start + len(word[0])))
    if line:
        lines.append(make_line(tuple(line)))
    return CasePage(Document((Page(1, width, height, tuple(lines), TextSource.OCR),)), offsets, words)


def _is_next_word(before: dict[str, Any], seg: dict[str, Any], text: str) -> bool:
    _, top, right, bottom = before["box"]
    left, next_top, _, next_bottom = seg["box"]
    overlap = min(bottom, next_bottom) - max(top, next_top)
    adjacent = overlap > (bottom - top) / 2 and 0 <= left - right <= WORD_GAP * (bottom - top)
    words = not any(" " in text[one["s"] : one["e"]] for one in (before, seg))
    return adjacent and words and text[before["e"] : seg["s"]] == " "


def proposal_of(case: Case, page: CasePage) -> Proposal:
    """Return the proposal an extractor would make for a case.

    It is a cell of a row, or a field named by its label.
    """
    kind = TYPES.get(case["kind"], FieldType.STRING)
    value = case["value"]
    text = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)  # avoids the form 1e+16
    if case.get("group") is not None:
        path: tuple[str | int, ...] = (case["group"], case["row"], case["col"])
    else:
        path = (case.get("label") or "",)
    hint = case.get("hint")
    return Proposal(path, kind, text, page.word_ids(*hint) if hint else ())


def answer_of(cell: Cell, page: CasePage) -> Answer:
    """Return the answer of a cell, or None if the value was not found or its digits differ."""
    if cell.place is None or cell.evidence is None or not cell.evidence.digits_agree:
        return None
    return {"spans": page.spans(cell.place.symbol_ids), "ratio": cell.evidence.probability}


def verdict(text: str, case: Case, spans: Sequence[Sequence[int]]) -> str:
    """Judge an answer as `right`, `shifted` or `wrong`; `false` if the value is not on the page.

    An answer is right if it shares at least 0.8 of the symbols that it or the truth has.
    """
    if not case["alts"]:
        return "false"
    found = _symbols(text, spans)
    best = max(len(found & true) / len(found | true) for alt in case["alts"] if (true := _symbols(text, alt)))
    return "right" if best >= MIN_OVERLAP else "shifted" if best > 0 else "wrong"


def _symbols(text: str, spans: Sequence[Sequence[int]]) -> set[int]:
    return {i for start, end in spans for i in range(max(0, start), min(end, len(text))) if not text[i].isspace()}
