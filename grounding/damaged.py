"""Find numbers and dates damaged by OCR: misread digits, lost marks, extra characters.

Used only when a value is not printed as it should be, and only on letters and digits. Digits are never guessed: a place
found here has all the value's digits, each as itself or as a letter that looks like it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from grounding.agreement import STROKES, agreement
from grounding.search import confused, similar
from grounding.symbol_text import DIGITS_OF_LETTERS, Range, SymbolText
from schemas.normalise import dates
from schemas.normalise.characters import bare

FULL_DATE_DIGITS = 8
"""Digits of a date with a four-digit year; one mark is enough to tell such a date from a number."""
MIN_RUN_DIGITS = 3
"""Minimum digits to look for anywhere; fewer match only as a whole word."""
SHARED_LETTERS = {"9": "06", "6": "8"}
"""Digits -> other digits that the same letter may stand for: q, g and b look like two digits each."""
MIN_DIGITS_WITHOUT_MARK = 4
"""Minimum digits that must agree before a number may have lost its decimal mark."""
MONTH_CUTOFF_RATIO = 78.0
"""Minimum rapidfuzz ratio of a date with its month in words; allows two or three wrong letters."""
MONTH_SPREAD_POINTS = 20.0
"""Maximum distance of a hit below the best ratio; the right place is chosen later."""
MIN_DIGIT_AGREEMENT = 0.6
"""Below this agreement a number or date is another one, whatever its digits."""
MAX_DECIMALS = 2
"""Decimals of a damaged number; three digits after a mark are thousands."""
MIN_DATE_PART_AGREEMENT = 0.5
"""Minimum agreement of a day or year; allows one strange letter."""
MAX_DAMAGED_PLACES = 400
"""Maximum occurrences of the same digits; more cannot be distinguished."""
MIN_MONTH_RATIO = 0.6
"""Minimum similarity of a damaged month name; allows two wrong letters of five."""


class DamagedPlace(NamedTuple):
    """A place in `text.squashed` with a value's digits."""

    place: Range
    meant: str
    """The digits, and the name of a month, as they were meant, without marks."""
    sure: bool = True
    """False if spaces split the place or its decimal mark is lost, since two numbers may look like that too."""


def damaged_numbers(value: Decimal, text: SymbolText) -> Iterator[DamagedPlace]:
    """Yield places with the number's digits and its sign."""
    if not value:
        return  # zeros are the end of many other numbers
    magnitude = abs(value).normalize()
    exponent = magnitude.as_tuple().exponent
    fewest = max(0, -exponent) if isinstance(exponent, int) else 0
    for places in sorted({fewest, max(fewest, 2)}):
        digits = f"{magnitude:.{places}f}".replace(".", "")
        for span in _places(digits, text):
            tail = _decimals(span, text)
            lost = tail == 0 and places > 0 and len(digits) >= MIN_DIGITS_WITHOUT_MARK
            if (tail == places or lost) and _is_negative(span, text) is (value < 0):
                sure = not lost and not _is_torn(span, text)
                yield DamagedPlace(_with_sign(span, text) if value < 0 else span, digits, sure)


def damaged_codes(code: str, text: SymbolText) -> list[Range]:
    """Return places in `text.squashed` with the digits of a code made of digits alone."""
    return _places(code, text)


def damaged_dates(value: date, text: SymbolText) -> Iterator[DamagedPlace]:
    """Yield places with the parts of a date, its month in digits or in words."""
    lines = _lines_with(f"{value.year:04}", text)
    for parts in _numeric_forms(value):
        digits = "".join(parts)
        if len(digits) == FULL_DATE_DIGITS and not lines:
            continue
        needed = 1 if len(digits) == FULL_DATE_DIGITS else 2
        for span in _places(digits, text, _with_strokes(parts)):
            if _marks_between(parts, span, text) >= needed:
                yield DamagedPlace(span, digits)
    if lines:
        yield from _named_dates(value, lines, text)


def _lines_with(year: str, text: SymbolText) -> list[Range]:
    """Return the lines that hold a year, as ranges of `text.bare`."""
    starts = text.bare_line_starts
    places = [text.symbols_of_squashed(*span)[0] for span in _places(year, text)]
    return [(starts[line], starts[line + 1]) for line in dict.fromkeys(map(text.line_of, places))]


def _named_dates(value: date, lines: list[Range], text: SymbolText) -> Iterator[DamagedPlace]:
    """Yield places with the date's month in words, in any of the supported languages."""
    names = {bare(name)[0]: name for name in dates.names_of_month(value.month)}
    found = {
        span
        for name in _different_names(value.month)
        for form, _ in _named_forms(value, name)
        for line in lines
        for span in similar(form, text, line, MONTH_CUTOFF_RATIO, MONTH_SPREAD_POINTS)
    }
    for name in names:
        for form, _ in _named_forms(value, name):
            found.update(confused(form, text, MAX_DAMAGED_PLACES))
    for span in sorted(found):
        if _goes_on(span, text):
            continue
        there = text.squashed[slice(*span)]
        for name, printed in names.items():
            for form, start in _named_forms(value, name):
                if _is_same_date(form, there, (start, start + len(name)), value.month):
                    yield DamagedPlace(span, f"{form[:start]}{printed}{form[start + len(name) :]}")


def _places(digits: str, text: SymbolText, more: Iterable[str] = ()) -> list[Range]:
    """Return ranges in `text.squashed` where the digits are printed in one line.

    Marks, spaces and letters may come between the digits, but no other word.

    Args:
        digits: the digits to look for.
        text: the document's text.
        more: other forms of the digits to look for.
    """
    found: set[Range] = set()
    for variant in (digits, *_variants(digits), *more):
        found.update(_runs(variant, text.digits))
    found.update(_runs(digits, text.printed_digits))
    return [
        span
        for span in sorted(found)
        if (len(digits) >= MIN_RUN_DIGITS or _is_whole_word(span, text))
        and _is_one_piece(span, text)
        and _has_digits(digits, span, text)
        and not _goes_on(span, text)
    ]


def _words_of(span: Range, text: SymbolText) -> range:
    first, last = text.symbols_of_squashed(*span)
    return range(text.word_of(first), text.word_of(last - 1) + 1)


def _is_one_piece(span: Range, text: SymbolText) -> bool:
    """Return whether a place is in one line and each word has a digit, printed or misread."""
    words = _words_of(span, text)
    if len(words) == 1:
        return True
    first, last = text.symbols_of_squashed(*span)
    texts = [text.squashed[text.start_in_squashed[w] : text.start_in_squashed[w + 1]] for w in words]
    numeric = all(any(map(str.isdecimal, piece.translate(DIGITS_OF_LETTERS))) for piece in texts)
    return numeric and text.line_of(first) == text.line_of(last - 1)


def _is_torn(span: Range, text: SymbolText) -> bool:
    """Return whether the place has a space where no mark is, so that it may be two numbers."""
    breaks = [text.start_in_squashed[word] for word in _words_of(span, text)[1:]]
    return any(text.squashed[p - 1].isalnum() and text.squashed[p].isalnum() for p in breaks)


def _runs(digits: str, view: tuple[str, list[int]]) -> Iterator[Range]:
    """Yield at most `MAX_DAMAGED_PLACES` ranges where the digits are consecutive in one view."""
    text, at = view
    start, count = text.find(digits), 0
    while start >= 0 and count < MAX_DAMAGED_PLACES:
        yield at[start], at[start + len(digits) - 1] + 1
        start, count = text.find(digits, start + 1), count + 1


def _variants(digits: str) -> Iterator[str]:
    """Yield the digits with one of them replaced by another that the same letter stands for."""
    for position, digit in enumerate(digits):
        for other in SHARED_LETTERS.get(digit, ""):
            yield f"{digits[:position]}{other}{digits[position + 1 :]}"


def _with_strokes(parts: tuple[str, ...]) -> Iterator[str]:
    """Yield the date's digits with slashes misread as an I, which counts as a 1."""
    first, second, third = parts
    if len("".join(parts)) == FULL_DATE_DIGITS:
        yield from (f"{first}1{second}{third}", f"{first}{second}1{third}", f"{first}1{second}1{third}")


def _goes_on(span: Range, text: SymbolText) -> bool:
    """Return whether another digit touches the place."""
    start, end = span
    first, last = text.symbols_of_squashed(start, end)
    before = not text.starts_word[first] and text.squashed[start - 1].isdecimal()
    return before or (not text.starts_word[last] and text.squashed[end : end + 1].isdecimal())


def _is_whole_word(span: Range, text: SymbolText) -> bool:
    start, end = text.symbols_of_squashed(*span)
    return bool(text.starts_word[start] and text.starts_word[end])


def _has_digits(digits: str, span: Range, text: SymbolText) -> bool:
    there = "".join(c for c in text.squashed[slice(*span)] if c.isalnum() or c in STROKES)
    found = agreement(digits, there)
    printed = sum(map(str.isdecimal, there))
    return (
        found.digits_agree and found.score >= MIN_DIGIT_AGREEMENT and (printed * 2 >= len(digits) or len(digits) == 1)
    )


def _decimals(span: Range, text: SymbolText) -> int:
    """Count the digits after the last mark or space; 0 if they are thousands.

    A space counts only if there is no mark.
    """
    start, end = span
    there = text.squashed[start:end]
    marks = [p for p, c in enumerate(there) if not c.isalnum() and c not in STROKES]
    if not marks:
        marks = [text.start_in_squashed[word] - start - 1 for word in _words_of(span, text)[1:]]
    tail = sum(c.translate(DIGITS_OF_LETTERS).isdecimal() for c in there[marks[-1] + 1 :]) if marks else 0
    return tail if tail <= MAX_DECIMALS else 0


def _is_negative(span: Range, text: SymbolText) -> bool:
    """Return whether a minus or accounting parentheses belong to the number."""
    start, end = span
    first, last = text.symbols_of_squashed(start, end)
    before = text.squashed[start - 1 : start] if not text.starts_word[first] else ""
    after = text.squashed[end : end + 1] if not text.starts_word[last] else ""
    if before == "-":
        return bool(text.starts_word[first - 1])
    return (before == "(" and after == ")") or (after == "-" and bool(text.starts_word[last + 1]))


def _with_sign(span: Range, text: SymbolText) -> Range:
    start, end = span
    return start - (text.squashed[start - 1] in "-("), end + (text.squashed[end : end + 1] in {"-", ")"})


def _marks_between(parts: tuple[str, ...], span: Range, text: SymbolText) -> int:
    """Count the gaps between a date's parts (0 to 2) that hold a mark or a space.

    Characters are counted from both ends.
    """
    there = text.squashed[slice(*span)]
    first, last = span[0] + len(parts[0]), span[1] - len(parts[-1])
    found = 0
    for position in (first, last):
        mark = any(not text.squashed[p].isalnum() for p in (position - 1, position) if span[0] <= p < span[1])
        found += mark or bool(text.starts_word[text.symbols_of_squashed(position, position + 1)[0]])
    return found if len(there) > len(parts[0]) + len(parts[-1]) else 0


def _numeric_forms(value: date) -> list[tuple[str, ...]]:
    """Return day, month and year in every written order, with and without leading zeros."""
    year, month, day = f"{value.year:04}", f"{value.month:02}", f"{value.day:02}"
    short = year[2:]
    pivot = value.year % 100 + (1900 if value.year % 100 >= dates.CENTURY_PIVOT else 2000)
    years = (year, short) if pivot == value.year else (year,)
    forms = [(d, m, y) for d, m in ((day, month), (day.lstrip("0"), month.lstrip("0"))) for y in years]
    forms += [(m, d, y) for d, m, y in forms]
    return list(dict.fromkeys([*forms, (year, month, day)]))


def _named_forms(value: date, name: str) -> list[tuple[str, int]]:
    """Return the bare date with its month in words, in both orders, and the name's start."""
    days, year = dict.fromkeys((str(value.day), f"{value.day:02}")), str(value.year)
    return [form for day in days for form in ((f"{day}{name}{year}", len(day)), (f"{name}{day}{year}", 0))]


@lru_cache(maxsize=12)
def _different_names(month: int) -> tuple[str, ...]:
    """Return a month's bare names, leaving out those that a search for another name finds too."""
    different: list[str] = []
    for name in sorted({bare(name)[0] for name in dates.names_of_month(month)}, key=lambda n: (-len(n), n)):
        if not any(Levenshtein.normalized_similarity(name, other) >= MIN_MONTH_RATIO for other in different):
            different.append(name)
    return tuple(different)


def _is_same_date(form: str, squashed: str, name: Range, month: int) -> bool:
    """Return whether the form's digits surround the month's name in the squashed text.

    At least one digit of each part must be printed as a digit, and none in the name.
    """
    there, at = bare(squashed)
    start, end = name

    def printed(a: int, b: int) -> tuple[str, int]:
        first, last = _opposite(form, there, a, b)
        return there[first:last], sum(squashed[at[i]].isdecimal() for i in range(first, last))

    named, digits_in_name = printed(start, end)
    if digits_in_name or _month(named) != month:
        return False
    for a, b in ((0, start), (end, len(form))):
        part, digits = printed(a, b)
        found = agreement(form[a:b], part)
        if a < b and not (digits and found.digits_agree and found.score >= MIN_DATE_PART_AGREEMENT):
            return False
    return True


def _opposite(form: str, there: str, start: int, end: int) -> Range:
    """Return the range of `there` that aligns with `form[start:end]`."""
    first, last = 0, len(there)
    for step in Levenshtein.opcodes(form, there):
        a, b, c, d = step.src_start, step.src_end, step.dest_start, step.dest_end
        if a <= start <= b:
            first = min(d, c + start - a)
        if a <= end <= b:
            last = min(d, c + end - a)
    return first if start else 0, last if end < len(form) else len(there)


@lru_cache(maxsize=1)
def _bare_months() -> dict[str, int]:
    return {bare(name)[0]: number for name, number in dates.months().items()}


def _month(name: str) -> int:
    """Return the month's number from its damaged name; 0 if none or two are likeliest."""
    months = _bare_months()
    wanted = bare(name)[0]
    if wanted in months:
        return months[wanted]
    similar = process.extract(
        wanted, months.keys(), scorer=Levenshtein.normalized_similarity, score_cutoff=MIN_MONTH_RATIO, limit=None
    )
    scored = {(agreement(found, wanted).score, months[found]) for found, _, _ in similar}
    best = {month for score, month in scored if score == max(scored)[0]}
    return best.pop() if len(best) == 1 else 0
