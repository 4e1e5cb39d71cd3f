"""Typed candidates: texts that could be a date, amount, code, account or contact detail.

Recall matters here; which candidate belongs to which field is decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_vat

from extractors.role_matching import KIND_OF_FORMAT
from extractors.rules.grid import Grid, GridCell
from schemas.deadline import checkpoint
from schemas.fields import TextFormat
from schemas.normalise import currencies, dates, ibans, numbers, text_formats
from schemas.normalise.characters import plain_text
from schemas.normalise.notation import Notation
from schemas.pages import Word
from schemas.vocabulary import Kind, meaning


@dataclass(frozen=True)
class TypedCandidate:
    """A text that could be a value of its kind.

    The text is at `cell.text[start:end]`; `value` is its meaning if the kind has one.
    """

    kind: Kind
    cell: GridCell
    start: int
    end: int
    text: str
    value: date | Decimal | None = None
    decimals: int = 0
    has_currency: bool = False
    checked: bool = False
    """True if its check digits are right."""

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words it is printed in; a word may hold more than the candidate (`Nr:123`)."""
        return self.cell.words_between(self.start, self.end)

    @property
    def word_ids(self) -> tuple[int, ...]:
        """The ids of those words."""
        return tuple(w.id for w in self.words)


_VAT = re.compile(r"(?<![A-Z0-9])[A-Z]{2,3}[\s-]?[A-Z0-9](?:[\s.-]?[A-Z0-9]){6,14}(?![A-Za-z0-9])")
_CODE = re.compile(r"(?<!\w)[#]?(?=[\w./#-]*\d)[\w][\w./#-]*(?:\s?[-/]\s?[\w./-]*\d[\w./-]*)*")
_CURRENCY = currencies.pattern()
_ENDS_IN_CURRENCY = re.compile(rf"(?:{_CURRENCY.pattern})$", re.IGNORECASE)
MAX_CURRENCY_CHARACTERS = 24
"""No currency's name is longer."""
MAX_AMOUNT_DIGITS = 12
"""A longer run of digits is an identifier, not an amount."""


def _is_phone(match: re.Match[str], text: str, found_dates: list[dates.DateSpan]) -> bool:
    """Return whether a match has enough digits, overlaps no date, and does not end a number."""
    if sum(c.isdigit() for c in match[0]) < 7 or any(
        d.start < match.end() and match.start() < d.end for d in found_dates
    ):
        return False
    before = text[: match.start()].rstrip()
    return not before[-1:].isdigit()


def _has_currency(before: str, after: str) -> bool:
    """Return whether the text before or after a number states a currency next to it."""
    if _CURRENCY.match(after) or _ENDS_IN_CURRENCY.search(before[-MAX_CURRENCY_CHARACTERS:]):
        return True
    return currencies.is_active(after[:3]) or currencies.is_active(before[-3:])


class TypedCandidates:
    """All candidates of a document, by kind."""

    def __init__(self, grid: Grid, locale: str | None = None) -> None:
        """Find all candidates.

        Args:
            grid: the document's cells.
            locale: a BCP 47 tag that Babel knows; it decides how values are written where the document does not.
        """
        self.notation = Notation([cell.text for cell in grid.cells], locale)
        self._cells = grid.cells
        self._of_format: dict[TextFormat, list[TypedCandidate]] = {}
        self.by_kind: dict[Kind, list[TypedCandidate]] = {kind: [] for kind in Kind}
        for cell in grid.cells:
            checkpoint()
            for candidate in self._in_cell(cell):
                self.by_kind[candidate.kind].append(candidate)

    def of_format(self, form: TextFormat) -> list[TypedCandidate]:
        """Return all texts of a format, in reading order."""
        if form not in self._of_format:
            kind = KIND_OF_FORMAT.get(form, Kind.TEXT)
            self._of_format[form] = [
                TypedCandidate(kind, cell, found.start, found.end, cell.text[found.start : found.end])
                for cell in self._cells
                for found in text_formats.find(form, cell.text)
            ]
        return self._of_format[form]

    @cached_property
    def codes(self) -> list[TypedCandidate]:
        """Identifiers, also of several words after a label.

        Amounts with decimals, percentages, times, IBANs, e-mail and web addresses are left out.
        """
        kinds = (Kind.IBAN, Kind.EMAIL, Kind.WEBSITE, Kind.TIME, Kind.PERCENT)
        taken = {(id(c.cell), i) for k in kinds for c in self.by_kind[k] for i in range(c.start, c.end)}
        taken |= {(id(c.cell), i) for c in self.by_kind[Kind.AMOUNT] if c.decimals for i in range(c.start, c.end)}
        found: list[TypedCandidate] = []
        for code in self.by_kind[Kind.CODE]:
            if any((id(code.cell), i) in taken for i in (code.start, code.end - 1)):
                continue
            found.append(code)
            rest = code.cell.text[: code.start].rpartition(":")[2]
            words = rest.split()
            if 0 < len(words) <= 2 and all(re.fullmatch(r"[A-Z]{1,4}", w) for w in words):  # 'No: RE 2024/001'
                start = code.start - len(rest.lstrip())
                found.append(replace(code, start=start, text=code.cell.text[start : code.end]))
            spaced = re.match(r"\d+(?: \d{2,}){1,6}$", code.cell.text[code.start :])
            if spaced:  # '7777 5555'
                found[-1] = replace(code, end=code.start + spaced.end(), text=spaced[0])
        return found

    def _in_cell(self, cell: GridCell) -> Iterator[TypedCandidate]:
        text = plain_text(cell.text)
        found_dates = dates.find(text, self.notation.date_hints)
        for day in found_dates:
            yield TypedCandidate(Kind.DATE, cell, day.start, day.end, cell.text[day.start : day.end], day.readings[0])
        for kind, pattern in (
            (Kind.EMAIL, text_formats.EMAIL),
            (Kind.WEBSITE, text_formats.WEBSITE),
            (Kind.TIME, text_formats.TIME),
            (Kind.PHONE, text_formats.PHONE),
        ):
            for match in pattern.finditer(text):
                if kind is not Kind.PHONE or _is_phone(match, text, found_dates):
                    yield TypedCandidate(kind, cell, match.start(), match.end(), cell.text[match.start() : match.end()])
        yield from self._accounts(cell, text)
        for match in _CURRENCY.finditer(text):
            yield TypedCandidate(Kind.CURRENCY, cell, match.start(), match.end(), match[0])
        for match in currencies.codes_next_to_amounts(text):
            if not _CURRENCY.fullmatch(match[1]):
                yield TypedCandidate(Kind.CURRENCY, cell, *match.span(1), match[1])
        yield from self._numbers(cell, text, [(d.start, d.end) for d in found_dates])
        for match in _CODE.finditer(text):
            code = match[0].lstrip("#").rstrip("./-")
            start = match.start() + match[0].find(code)
            inside = [d for d in found_dates if start < d.end and d.start < start + len(code)]
            if code and all(len(code) > d.end - d.start + 2 for d in inside):  # a code may begin with a date
                yield TypedCandidate(Kind.CODE, cell, start, start + len(code), code)

    def _accounts(self, cell: GridCell, text: str) -> Iterator[TypedCandidate]:
        """Yield bank accounts, bank identifiers and VAT numbers that are checked or labelled."""
        taken: list[tuple[int, int]] = []
        for match in ibans.PRINTED.finditer(text):
            pieces = match[0].split()
            for count in range(len(pieces), 0, -1):  # the last group may be the next label
                written = text[match.start() : match.start() + len(" ".join(pieces[:count]))]
                if stdnum_iban.is_valid(written):
                    taken.append((match.start(), match.start() + len(written)))
                    yield TypedCandidate(Kind.IBAN, cell, *taken[-1], written, checked=True)
                    break
        if not taken and "iban" in meaning(cell.text).concepts and (alike := ibans.PRINTED_LOOSELY.search(text)):
            taken.append(alike.span(1))
            yield TypedCandidate(Kind.IBAN, cell, *alike.span(1), alike[1])
        for match in _VAT.finditer(text):
            if not any(a < match.end() and match.start() < b for a, b in taken) and stdnum_vat.is_valid(match[0]):
                yield TypedCandidate(Kind.REGISTRATION, cell, match.start(), match.end(), match[0], checked=True)
        labelled = "bic" in meaning(cell.text).concepts
        for match in text_formats.BIC.finditer(text):
            if stdnum_bic.is_valid(match[0]) and (labelled or any(c.isdigit() for c in match[0])):
                yield TypedCandidate(Kind.BIC, cell, match.start(), match.end(), match[0], checked=True)
            elif stdnum_bic.is_valid(match[0]) and len(cell.text) == len(match[0]):
                yield TypedCandidate(Kind.BIC, cell, match.start(), match.end(), match[0])

    def _numbers(self, cell: GridCell, text: str, taken: list[tuple[int, int]]) -> Iterator[TypedCandidate]:
        for span in numbers.find(text, yen=self.notation.yen):
            if any(span.start < b and a < span.end for a, b in taken):
                continue
            value = numbers.choose(span, self.notation.decimal_mark)
            before, after = text[: span.start].rstrip(), text[span.end :].lstrip()
            exponent = value.as_tuple().exponent
            number = TypedCandidate(
                Kind.NUMBER,
                cell,
                span.start,
                span.end,
                cell.text[span.start : span.end],
                value,
                decimals=-exponent if isinstance(exponent, int) else 0,
                has_currency=_has_currency(before, after),
            )
            if numbers.is_percent(text, span.start, span.end):
                yield replace(number, kind=Kind.PERCENT)
                continue
            glued = text[span.end : span.end + 1].isalpha() and not _CURRENCY.match(after)
            yield number
            if not glued and len(re.sub(r"\D", "", number.text)) <= MAX_AMOUNT_DIGITS:
                yield replace(number, kind=Kind.AMOUNT)
