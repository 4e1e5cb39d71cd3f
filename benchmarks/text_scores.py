"""Score a reading against the truth: character errors, words, accents.

Lines of truth and reading that overlap are compared together, however an engine divides lines: they form the connected
components of "overlaps", and the texts of a component are sorted by place on both sides.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein


class TextLine(NamedTuple):
    """A line of text with its box.

    `box` is left, top, right, bottom in any unit that truth and reading share.
    """

    text: str
    box: tuple[float, float, float, float]


@dataclass
class TextScore:
    """Counts that add up over pages."""

    characters: int = 0
    edits: int = 0
    """Edits of the truth's characters, ignoring case and white space; lines that were missed count in full."""
    accented: int = 0
    accented_right: int = 0
    """Rightly read letters outside ASCII and currency signs, with case."""
    words: int = 0
    read_words: int = 0
    right_words: int = 0

    @property
    def cer(self) -> float:
        """Return the character error rate in per cent."""
        return 100 * self.edits / max(1, self.characters)

    @property
    def word_f(self) -> float:
        """Return the F1 of the bags of words in per cent."""
        return 100 * 2 * self.right_words / max(1, self.words + self.read_words)

    @property
    def accents(self) -> float:
        """Return the share of accented characters that are right, in per cent."""
        return 100 * self.accented_right / max(1, self.accented)

    def add(self, other: TextScore) -> None:
        """Add the counts of another page."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def score(truth: Sequence[TextLine], reading: Sequence[TextLine]) -> TextScore:
    """Compare one page."""
    total = TextScore()
    for wanted, found in _components(truth, reading):
        if not wanted:
            continue  # text that the truth leaves out (logos, stamps) is not an error
        expected, actual = _joined(wanted), _joined(found)
        total.characters += len(expected)
        total.edits += Levenshtein.distance(expected.casefold(), actual.casefold())
        accented, right = _accents(expected, actual)
        total.accented += accented
        total.accented_right += right
        bag, read = Counter(expected.casefold().split()), Counter(actual.casefold().split())
        total.words += bag.total()
        total.read_words += read.total()
        total.right_words += (bag & read).total()
    return total


def _components(
    truth: Sequence[TextLine], reading: Sequence[TextLine]
) -> Iterable[tuple[list[TextLine], list[TextLine]]]:
    lines = [*truth, *reading]
    parent = list(range(len(lines)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i in range(len(truth)):
        for j in range(len(truth), len(lines)):
            if _overlap(lines[i].box, lines[j].box):
                parent[root(i)] = root(j)
    groups: dict[int, tuple[list[TextLine], list[TextLine]]] = {}
    for i, line in enumerate(lines):
        groups.setdefault(root(i), ([], []))[i >= len(truth)].append(line)
    return groups.values()


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    """Return whether two boxes are on one line and more than touch."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    return across > 0.2 * min(a[2] - a[0], b[2] - b[0]) and down > 0.5 * min(a[3] - a[1], b[3] - b[1])


def _joined(lines: Sequence[TextLine]) -> str:
    """Join lines row by row from the left, collapsing white space and compatibility forms."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda item: (item.box[1] + item.box[3]) / 2):
        middle = (line.box[1] + line.box[3]) / 2
        if rows and middle < rows[-1][0].box[3] - 0.2 * (rows[-1][0].box[3] - rows[-1][0].box[1]):
            rows[-1].append(line)
        else:
            rows.append([line])
    text = " ".join(line.text for row in rows for line in sorted(row, key=lambda item: item.box[0]))
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def _accents(expected: str, actual: str) -> tuple[int, int]:
    """Count the accented characters in the truth, and those of them read in the right place."""
    wanted = [i for i, c in enumerate(expected) if ord(c) > 0x7F and (c.isalpha() or unicodedata.category(c) == "Sc")]
    if not wanted:
        return 0, 0
    kept: set[int] = set()
    for block in Levenshtein.editops(expected, actual).as_matching_blocks():
        kept.update(range(block.a, block.a + block.size))
    return len(wanted), sum(i in kept for i in wanted)
