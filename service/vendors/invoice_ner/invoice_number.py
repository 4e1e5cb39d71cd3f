"""Find the number of an invoice by its usual labels and forms, before a model is used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from schemas.pages import Document, Line, Word

_KIND = r"(?:tax\s*)?(?:invoice|inv|bill|rechnungs?|rg|facture|factura|fattura|fatura|factuur|faktura|cash\s*sales?)"
_NUMBER = r"(?:number|numero|número|nummer|num|no|nr|nro|n[°º.]|id|code|ref|#)"
_LABEL = re.compile(
    rf"(?<!\w)(?:{_KIND}\s?[-.]?\s?{_NUMBER}|{_NUMBER}\s?(?:de |da |della )?{_KIND}"
    rf"|(?:doc(?:ument)?|receipt|slip)\s?{_NUMBER}|{_KIND}(?=\s?[:#]))(?!\w)[\s.:#\-№]{{0,10}}",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[A-Z0-9](?:[A-Z0-9]|[-/._](?=[A-Z0-9])){1,29}(?![A-Z0-9])", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w-])(?:INV|INVOICE|RE|FAC|FT)[-_/]?(?:\d{4}[-_/])?\d{3,}(?![\w-])", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_AMOUNT = re.compile(r"\d+[.,]\d{2}")
_MAX_LABELS = 50  # a text with more labels is not an invoice, and would take long
_MAX_GAP_BELOW_LINE_HEIGHTS = 2.5  # a value farther below belongs to another label


class NumberByRules(NamedTuple):
    """An invoice number, and the words that hold it."""

    text: str
    word_ids: tuple[int, ...]


def find_invoice_number(document: Document) -> NumberByRules | None:
    """Return the value at a label of invoice numbers, or else a text in the form of one.

    A value is next to its label or below it; the first label with a value wins. Return None if there is neither.
    """
    labels = 0
    for page in document.pages:
        for line in page.lines:
            if (label := _LABEL.search(line.text)) and (labels := labels + 1) <= _MAX_LABELS:
                found = (
                    _value_in(line, label.end())
                    or _to_the_right(line, page.lines, label)
                    or _below(line, page.lines, label)
                )
                if found:
                    return found
    for line in document.pages[0].lines if document.pages else ():
        if match := _BARE.search(line.text):
            return NumberByRules(match[0], _words_at(line, *match.span()))
    return None


def _value_in(line: Line, start: int) -> NumberByRules | None:
    """Return the text at a position of a line if it may be an invoice number."""
    match = _VALUE.match(line.text, start)
    if match is None or not _may_be_a_number(match[0]):
        return None
    return NumberByRules(match[0], _words_at(line, *match.span()))


def _may_be_a_number(text: str) -> bool:
    return any(map(str.isdigit, text)) and not _DATE.fullmatch(text) and not _AMOUNT.fullmatch(text)


def _to_the_right(line: Line, lines: Sequence[Line], label: re.Match[str]) -> NumberByRules | None:
    """Look in the nearest line to the right, if the label ends its own line."""
    if line.text[label.end() :].strip():
        return None
    middle = line.box.center.y
    right = [o for o in lines if o.box.left >= line.box.right and o.box.top <= middle <= o.box.bottom]
    nearest = min(right, key=lambda other: other.box.left, default=None)
    return _value_in(nearest, _first_letter(nearest.text)) if nearest else None


def _below(line: Line, lines: Sequence[Line], label: re.Match[str]) -> NumberByRules | None:
    """Look in the nearest line below the label."""
    left, right = line.box.left + line.box.width * label.start() / len(line.text), line.box.right
    under = [
        other
        for other in lines
        if line.box.bottom <= other.box.center.y <= line.box.bottom + _MAX_GAP_BELOW_LINE_HEIGHTS * line.box.height
        and other.box.left < right
        and other.box.right > left
    ]
    nearest = min(under, key=lambda other: (other.box.top, abs(other.box.left - left)), default=None)
    return _value_in(nearest, _first_letter(nearest.text)) if nearest else None


def _first_letter(text: str) -> int:
    return next((i for i, c in enumerate(text) if c.isalnum()), 0)


def _words_at(line: Line, start: int, end: int) -> tuple[int, ...]:
    """Return the ids of the words that overlap a range of a line's text."""
    found: list[Word] = []
    at = 0
    for word in line.words:
        if at < end and at + len(word.text) > start:
            found.append(word)
        at += len(word.text) + 1
    return tuple(word.id for word in found)
