"""Replace the text of fonts that give other characters than the page shows.

A text layer's characters come from the font's ToUnicode map, which nobody sees; some maps give other digits than the
page shows. OCR errs too, so its reading replaces a font's text only if it differs from it as a map would: several
characters, each always read as the same other one, with confidence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Protocol, runtime_checkable

import numpy as np

from documents.decode.content import PageContent, TextLayer, only_words, placed_words
from documents.pictures import Picture
from documents.placed import PlacedLine, PlacedWord
from schemas.deadline import Deadline
from schemas.geometry import Quad
from schemas.normalise.characters import DIGIT_LOOKALIKES, fold, ordinary
from schemas.pages import Symbol

MAX_SAMPLE_WORDS = 8
"""Words of one font that are compared; OCR takes 5 to 20 ms for each."""
MAX_SAMPLE_SYMBOLS = 48
"""Symbols of them: enough to see each digit several times."""
MIN_SYMBOL_CONFIDENCE = 0.9
"""Symbols read with less confidence are no evidence."""
MIN_CONSISTENT_SHARE = 0.8
"""Share of a character's places at which a map that lies shows the same other character."""
MIN_SUBSTITUTED_CHARACTERS = 3
"""A map that gives fewer characters wrongly cannot be told from type that OCR misreads."""
MIN_SUBSTITUTED_WORDS = 2
"""Words that must differ; one may be covered by a line or a stamp."""
MIN_REPEATED_CHARACTERS = 2
"""Substituted characters that must be seen in more than one word; chance and stains do not repeat."""
MIN_SUBSTITUTED_SHARE = 0.3
"""Share of the compared symbols that must differ."""
PADDING_HEIGHTS = 0.1
"""White around a word, in heights of its type, as the recogniser was trained with."""


@runtime_checkable
class LineReader(Protocol):
    """An OCR engine that can read lines whose places are known."""

    def read_lines(self, picture: Picture, quads: Sequence[Quad], deadline: Deadline | None = None) -> list[PlacedLine]:
        """Read one line of text at each place.

        Args:
            picture: pixels of shape (height, width, 3), RGB.
            quads: the lines, in fractions of the picture.
            deadline: when to give up; None for never.

        Returns:
            One line for each place; empty where nothing was read.

        Raises:
            TookTooLong: if the deadline passed.
        """
        ...


class FontVerdicts:
    """Verdicts on the doubtful fonts of one document; used by one page at a time."""

    def __init__(self) -> None:
        self.sound: frozenset[str] = frozenset()
        """Keys of the fonts whose sample agreed with a page."""
        self.lying: frozenset[str] = frozenset()
        """Keys of the fonts whose sample showed another text."""
        self.latest: Future[Any] | None = None
        """The reading of the latest page with doubtful fonts."""

    def checked(
        self, content: PageContent, reader: LineReader, deadline: Deadline | None = None
    ) -> tuple[TextLayer, list[PlacedLine]]:
        """Compare the doubtful fonts of a page with what it shows.

        Args:
            content: a page with a text layer; `whole` is its picture if it has doubtful fonts.
            reader: the OCR engine.
            deadline: when to give up.

        Returns:
            The text layer without the words that the page shows differently, and those words as OCR read them.
        """
        text, picture = content.text, content.whole
        if text is None or picture is None:
            raise ValueError("a page with doubtful fonts needs a text layer and a picture")
        words = placed_words(text)
        quads = {i: _padded(words[i].quad, content) for font in content.doubtful_fonts for i in font.words}
        replaced: list[int] = []
        for font in content.doubtful_fonts:
            if font.key not in self.sound | self.lying and len(sample := _sample(words, font.words)) > 1:
                read = reader.read_lines(picture, [quads[i] for i in sample], deadline)
                if shows_other_text([words[i].symbols for i in sample], [_symbols(line) for line in read]):
                    self.lying |= {font.key}
                else:
                    self.sound |= {font.key}
            if font.key in self.lying:
                replaced += font.words
        if not replaced:
            return text, []
        lines = reader.read_lines(picture, [quads[i] for i in replaced], deadline)
        dropped = set(replaced)
        kept = only_words(text, [i not in dropped for i in range(len(words))])
        return kept, [line for line in lines if line]


def shows_other_text(claimed: Sequence[Sequence[Symbol]], read: Sequence[Sequence[Symbol]]) -> bool:
    """Return whether a font's map gives other characters than its words show.

    Args:
        claimed: the symbols of each word in the text layer.
        read: the symbols of each of these words as OCR read them, without spaces.
    """
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    differing: dict[str, set[int]] = defaultdict(set)
    for number, (word, other) in enumerate(zip(claimed, read, strict=True)):
        if len(word) != len(other):
            continue  # which symbol belongs to which is not known
        for symbol, shown in zip(word, other, strict=True):
            if shown.confidence >= MIN_SYMBOL_CONFIDENCE and symbol.text.isalnum():
                seen[symbol.text][shown.text] += 1
                if not _are_alike(symbol.text, shown.text):
                    differing[symbol.text].add(number)
    substituted: dict[str, str] = {}
    for character, others in seen.items():
        likeliest, count = others.most_common(1)[0]
        if not _are_alike(character, likeliest) and count >= MIN_CONSISTENT_SHARE * others.total():
            substituted[character] = likeliest
    compared = sum(others.total() for others in seen.values())
    differ = sum(seen[character].total() for character in substituted)
    words = {number for character in substituted for number in differing[character]}
    repeated = sum(len(differing[character]) > 1 for character in substituted)
    return (
        len(substituted) >= MIN_SUBSTITUTED_CHARACTERS
        and len(set(substituted.values())) >= MIN_SUBSTITUTED_CHARACTERS
        and len(words) >= MIN_SUBSTITUTED_WORDS
        and repeated >= MIN_REPEATED_CHARACTERS
        and differ >= MIN_SUBSTITUTED_SHARE * compared
    )


def _are_alike(first: str, second: str) -> bool:
    """Return whether OCR may read one character for the other, such as `0` for `O`."""
    a, b = (fold(ordinary(text)[:1] or " ").translate(DIGIT_LOOKALIKES) for text in (first, second))
    return a == b or not second.isalnum()


def _sample(words: Sequence[PlacedWord], candidates: Sequence[int]) -> list[int]:
    """Choose words that show as many different characters as possible, digits first."""
    texts = {i: "".join(s.text for s in words[i].symbols) for i in candidates}
    usable = [i for i, text in texts.items() if _is_latin(text)]
    chosen: list[int] = []
    covered: Counter[str] = Counter()
    size = 0
    while usable and len(chosen) < MAX_SAMPLE_WORDS and size < MAX_SAMPLE_SYMBOLS:
        best = max(usable, key=lambda i: _worth(texts[i], covered))
        usable.remove(best)
        chosen.append(best)
        covered.update(set(texts[best]))
        size += len(texts[best])
    return chosen


def _is_latin(text: str) -> bool:
    """Return whether a word has at least two letters or digits, all of them ASCII."""
    known = [character.isascii() for character in text if character.isalnum()]
    return len(known) > 1 and all(known)


def _worth(text: str, covered: Counter[str]) -> float:
    """Return how much a word adds to a sample per symbol; new digits add most."""
    new = sum((4.0 if c.isdecimal() else 1.0) / (1 + covered[c]) ** 2 for c in set(text) if c.isalnum())
    return new / (len(text) + 2)


def _symbols(line: PlacedLine) -> list[Symbol]:
    return [symbol for word in line for symbol in word.symbols]


def _padded(quad: Quad, content: PageContent) -> Quad:
    """Return a word's place with white on all sides, in page fractions."""
    size = np.array([content.width, content.height])
    corners = np.array(quad) * size
    along, down = corners[1] - corners[0], corners[3] - corners[0]
    height, width = float(np.linalg.norm(down)) or 1.0, float(np.linalg.norm(along)) or 1.0
    right, below = along / width * PADDING_HEIGHTS * height, down * PADDING_HEIGHTS
    moved = corners + np.array([-right - below, right - below, right + below, -right + below])
    return Quad(*(type(quad.top_left)(float(x), float(y)) for x, y in moved / size))
