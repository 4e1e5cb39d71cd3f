"""Pages and schemas as arrays of numbers, encoded the same way in training and at run time.

A word is one position of the network: its word pieces are pooled, and numbers describe its appearance (an amount, a
date, capitals, the first of its cell). A field is one position too: its name, its description and, for a column, its
array.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from statistics import median
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
BoxTuple = tuple[float, float, float, float]
"""Left, top, right, bottom in page fractions."""

WORD_PIECES = 6
"""Maximum pieces per word; a longer word's first pieces identify it."""
NAME_PIECES = 12
"""Maximum pieces of a field's name."""
ABOUT_PIECES = 24
"""Maximum pieces of a field's description."""
GRID = 1000
"""Boxes are whole numbers from 0 to this, as LayoutLMv3 expects them."""
MAX_WORDS = 480
"""Maximum words per window; the network has 512 positions."""
OVERLAP_WORDS = 48
"""Words that two adjacent windows of a page share, so that each word is seen in context."""
TYPES = ("string", "number", "integer", "money", "date", "boolean", "enum", "array")
FIELD_FEATURES = len(TYPES) + 1
"""One for each type, and one that is 1 for a column of an array."""

# The shipped weights were trained with these expressions, in the order of `_appearance`, so they stay apart from the
# patterns in `schemas.normalise`. Changing one requires training again.
_AMOUNT = re.compile(r"^\W{0,3}(?:[A-Z]{1,3})?[-(]?\d{1,3}(?:[.,' ]?\d{3})*[.,]\d{2}\W{0,3}(?:[A-Z]{1,3})?$")
_NUMBER = re.compile(r"^[-+(]?\d+(?:[.,']\d+)*[)%-]?$")
_DATE = re.compile(r"^\d{1,4}[./-](?:\d{1,2}|[A-Za-z]{3,9})[./-]\d{1,4}[.,]?$")
_TIME = re.compile(r"^\d{1,2}:\d{2}(?::\d{2})?(?:[AaPp][Mm])?$")
_IBAN = re.compile(r"^[A-Z]{2}\d{2}[A-Z0-9]*$")
_BIC = re.compile(r"^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$")
_VAT = re.compile(r"^[A-Z]{2,3}[A-Z0-9]?\d{6,12}[A-Z0-9]{0,3}$")
_CURRENCY = re.compile(r"[€$£₹¥]|^(?:EUR|USD|GBP|CHF|RM|MYR|PLN|zł|INR|Rs\.?|AUD|CAD|SGD)\b")
_YEAR = re.compile(r"^(?:19|20)\d{2}$")
_POSTCODE = re.compile(r"^(?:[A-Z]{1,2}-)?\d{4,6}$|^\d{2}-\d{3}$|^\d{4}-\d{3}$")
_DAY_MONTH = re.compile(r"^\d{1,2}(?:\.|st|nd|rd|th)?$")


class PageWords(Protocol):
    """The words of one page to encode.

    `training.synthetic` and `extractors.trained.network.field_network` implement it.
    """

    @property
    def texts(self) -> Sequence[str]:
        """The text of each word, in reading order."""
        ...

    @property
    def boxes(self) -> Sequence[BoxTuple]:
        """The box of each word."""
        ...

    @property
    def starts(self) -> Sequence[bool]:
        """True for each word that is the first of its line or cell."""
        ...


class FieldPrompt(NamedTuple):
    """One field as it is requested of the network.

    `parent` is its array's index in the list of fields, or -1.
    """

    name: str
    type: str
    about: str = ""
    parent: int = -1


class WordPieces:
    """BERT's vocabulary of word pieces, uncased.

    The algorithm is WordPiece's longest match first (Wu et al., 2016, as in the BERT reference implementation).
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = tuple(pieces)
        self._ids = {piece: number for number, piece in enumerate(pieces)}
        self._unknown = self._ids["[UNK]"]
        self.of = lru_cache(maxsize=50_000)(self._of)

    def _of(self, text: str, most: int) -> tuple[int, ...]:
        """Return the ids of a text's first pieces, at least one; never 0, which is padding."""
        found: list[int] = []
        for word in _split(text):
            found += self._pieces(word)
            if len(found) >= most:
                break
        return tuple(found[:most]) or (self._unknown,)

    def _pieces(self, word: str) -> list[int]:
        if len(word) > 60:
            return [self._unknown]
        pieces: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else "##" + word[start:end]
                if piece in self._ids:
                    pieces.append(self._ids[piece])
                    break
            else:
                return [self._unknown]
            start = end
        return pieces


def _split(text: str) -> list[str]:
    """Lower-case a text, strip accents, and split it at punctuation and within identifiers.

    The shipped weights were trained on words split this way, so it stays apart from `schemas.vocabulary`.
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text) if len(text) > 3 else text
    folded = unicodedata.normalize("NFD", text.lower().replace("ß", "ss").replace("ł", "l").replace("_", " "))
    plain = "".join(c for c in folded if unicodedata.category(c) != "Mn")
    return re.findall(r"\w+|[^\w\s]", plain)


@lru_cache(maxsize=100_000)
def _appearance(text: str) -> tuple[float, ...]:
    """Return 30 numbers that describe a word by itself."""
    length = len(text)
    digits = sum(map(str.isdigit, text))
    letters = sum(map(str.isalpha, text))
    compact = text.strip("(),.;:")
    value = _number_in(text)
    return (
        digits / length,
        letters / length,
        min(length, 20) / 10,
        float(text.isupper()),
        float(text.istitle()),
        float(text.endswith(":")),
        float(_AMOUNT.match(text) is not None),
        float(text.isdigit()),
        float(_NUMBER.match(text) is not None),
        float(_DATE.match(compact) is not None),
        float("%" in text),
        float(_CURRENCY.search(text) is not None),
        float("@" in text),
        float("www" in text.lower() or "http" in text.lower()),
        float(digits > 0 and letters > 0),
        float(_IBAN.match(compact) is not None),
        float(_BIC.match(compact) is not None),
        float(_TIME.match(compact) is not None),
        float(_VAT.match(compact) is not None),
        float(text[0] in "-+(" and digits > 0),
        min(digits, 20) / 10,
        np.log10(1 + abs(value)) / 6 if value is not None else 0.0,
        float(digits == 0 and letters == 0),
        float(_YEAR.match(compact) is not None),
        float(_POSTCODE.match(compact) is not None),
        float(_DAY_MONTH.match(text) is not None),
        float(text[0] == "(" or text[-1] == ")"),
        float(text[-1] == ","),
        float(text[-1] == "."),
        float("/" in text or "-" in text[1:]),
    )


@lru_cache(maxsize=100_000)
def _number_in(text: str) -> float | None:
    """Read an amount roughly; the exact reading is that of `schemas.normalise.numbers`."""
    match = re.fullmatch(r"\D{0,4}(\d[\d.,']*?)(?:[.,](\d{2}))?\D{0,4}", text)
    if match is None:
        return None
    whole = re.sub(r"\D", "", match[1])
    return float(f"{whole}.{match[2] or 0}") if len(whole) <= 12 else None


WORD_FEATURES = 30 + 10
"""Numbers that describe a word: 30 for its appearance, 10 for its place and its amount."""


def word_features(page: PageWords) -> Floats:
    """Return the features of a page's words, shape (words, WORD_FEATURES).

    They describe each word's appearance, its place in its line, and which amounts add up to which.
    """
    count = len(page.texts)
    features = np.zeros((count, WORD_FEATURES), np.float32)
    features[:, :30] = [_appearance(text) for text in page.texts]
    boxes = np.asarray(page.boxes, np.float32).reshape(count, 4)
    heights = boxes[:, 3] - boxes[:, 1]
    usual = float(median(heights.tolist())) or 1e-6
    features[:, 30] = np.asarray(page.starts, np.float32)
    features[1:, 31] = boxes[1:, 1] > boxes[:-1, 1] + 0.5 * heights[:-1]  # a new row
    features[:, 32] = np.minimum(heights / usual, 3.0)
    first = np.flatnonzero(features[:, 30])
    length = np.diff(np.append(first, count)) if len(first) else np.zeros(0)
    cell = np.cumsum(features[:, 30]).astype(int) - 1
    features[:, 33] = np.log1p(length[np.maximum(cell, 0)]) / 3 if len(first) else 0.0
    features[:, 34] = np.minimum(np.arange(count) - first[np.maximum(cell, 0)], 10) / 10 if len(first) else 0.0
    repeated = Counter(page.texts)
    features[:, 35] = [repeated[text] > 1 for text in page.texts]
    _add_sums(page.texts, features)
    return features


MAX_AMOUNTS = 40
"""Beyond this many amounts the page is a table, and only the largest are checked for sums."""


def _add_sums(texts: Sequence[str], features: Floats) -> None:
    """Fill columns 36 to 39, which say what the amounts add up to.

    They mark the largest amount, a sum of two others, a part of such a sum, and any amount.
    """
    amounts: dict[int, list[int]] = {}
    for index in np.flatnonzero(features[:, 6]).tolist():
        value = _number_in(texts[index])
        if value:
            amounts.setdefault(round(value * 100), []).append(index)
    if not amounts:
        return
    values = sorted(amounts, reverse=True)[:MAX_AMOUNTS]
    known = set(values)
    features[amounts[values[0]], 36] = 1.0
    for a, large in enumerate(values):
        for small in values[a + 1 :]:
            if 2 * small >= large and large - small in known and large - small != small:
                features[amounts[large], 37] = 1.0
                features[amounts[small] + amounts[large - small], 38] = 1.0
    for indices in amounts.values():
        features[indices, 39] = 1.0


class EncodedWords(NamedTuple):
    """A page's words as arrays.

    `pieces` has shape (words, WORD_PIECES), with 0 for no piece, `features` (words, WORD_FEATURES), and `boxes` (words,
    4) in steps of the grid.
    """

    pieces: Ints
    features: Floats
    boxes: Ints


class EncodedFields(NamedTuple):
    """A schema's fields as arrays.

    `names` and `parents` have shape (fields, NAME_PIECES), `abouts` (fields, ABOUT_PIECES), and `features` (fields,
    FIELD_FEATURES).
    """

    names: Ints
    abouts: Ints
    parents: Ints
    features: Floats


def encode_words(page: PageWords, vocabulary: WordPieces) -> EncodedWords:
    """Encode all words of a page; windows are cut from the result."""
    pieces = _padded([vocabulary.of(text, WORD_PIECES) for text in page.texts], WORD_PIECES)
    boxes = np.asarray(page.boxes, np.float64).reshape(len(page.texts), 4) * GRID
    return EncodedWords(pieces, word_features(page), np.clip(boxes.round(), 0, GRID).astype(np.int64))


def encode_fields(fields: Sequence[FieldPrompt], vocabulary: WordPieces) -> EncodedFields:
    """Encode the fields of a schema."""
    features = np.zeros((len(fields), FIELD_FEATURES), np.float32)
    for row, field in enumerate(fields):
        features[row, TYPES.index(field.type)] = 1.0
        features[row, -1] = field.parent >= 0
    return EncodedFields(
        _padded([vocabulary.of(f.name, NAME_PIECES) for f in fields], NAME_PIECES),
        _padded([vocabulary.of(f.about, ABOUT_PIECES) if f.about else () for f in fields], ABOUT_PIECES),
        _padded(
            [vocabulary.of(fields[f.parent].name, NAME_PIECES) if f.parent >= 0 else () for f in fields], NAME_PIECES
        ),
        features,
    )


def _padded(rows: Sequence[tuple[int, ...]], width: int) -> Ints:
    array = np.zeros((len(rows), width), np.int64)
    for index, row in enumerate(rows):
        array[index, : len(row)] = row
    return array
