"""Which words on the page name a field: its own name or the labels that the extractor knows."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from grounding.page_rows import PageRows
from grounding.search import MIN_LENGTH, similar
from grounding.symbol_text import Range, SymbolText
from schemas.normalise.characters import DIGIT_LOOKALIKES, bare, fold_text
from schemas.pages import Word

REACH = 40
"""Characters before a value in which its label may stand."""
MIN_RATIO = 0.5
"""Agreement of a label with the words beside a value; below, they name something else."""
MIN_WORD_RATIO = 0.7
"""Agreement of two words, one of them misread."""
GLUED = 0.85
"""For a word that is a part of another: a lost space, or a subtotal where the total is sought."""
ABOVE = 0.9
"""For a label that stands above its value rather than before it."""
NUMBER_WEIGHT = 2.0
"""Letters that the word number counts for."""
_NUMBER_WORDS = re.compile(r"(?<![^\W_])(?:no|nr|num|numero|number|nummer|№|n[°º])(?![^\W_])\.?|#")
_AROUND_WORDS = re.compile(r"(?<!\w)[^\w\s]+|[^\w\s]+(?!\w)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Labels:
    """Looks beside and above places for the words that name a field."""

    def __init__(self, text: SymbolText, rows: PageRows) -> None:
        self._text = text
        self._rows = rows

    def support(self, labels: tuple[str, ...], start: int) -> float:
        """How well the words before or above the symbol `start` name the field: 0 (not at all) to 1."""
        if not labels:
            return 0.0
        before, above = self._before(start), self._above(start)
        return max(max(_similarity(label, before), ABOVE * _similarity(label, above)) for label in labels)

    def windows(self, labels: tuple[str, ...]) -> list[Range]:
        """The rows that hold a label, as parts of `SymbolText.bare`; where a damaged value is worth a closer look."""
        found: dict[int, float] = {}
        for label in labels:
            for word in sorted(words_of(label), key=len, reverse=True)[:1]:
                needle = bare(word)[0]
                if len(needle) < MIN_LENGTH:
                    continue
                for start, _ in similar(needle, self._text):
                    line = self._text.line_of(self._text.symbols_of_squashed(start, start + 1)[0])
                    row = self._rows.row_of_line[line]
                    named = _similarity(label, self._row_text(row))
                    if named >= MIN_RATIO:
                        found[row] = max(named, found.get(row, 0.0))
        best = max(found.values(), default=0.0)
        lines = [
            line for row, similar in found.items() if similar >= best - 0.1 for line in self._rows.lines_of_row[row]
        ]
        starts = self._text.bare_line_starts
        return [(starts[line], starts[line + 1]) for line in lines]

    def _before(self, start: int) -> str:
        """The words of the row before the place, as far as a label may reach."""
        text = self._text
        own = text.line_of(start)
        row = self._rows.lines_of_row[self._rows.row_of_line[own]]
        words = [
            text.document.words[word].text
            for word in range(text.word_of(start))[text.first_word_of_line[own] :][-REACH:]
        ]
        for line in reversed(row[: row.index(own)]):
            if sum(map(len, words)) >= REACH:
                break
            words = [word.text for word in self._words_of(line)[-REACH:]] + words
        return " ".join(words)[-REACH:]

    def _above(self, start: int) -> str:
        """The line right above the place, if it is a heading: it holds no digits."""
        own = self._text.line_of(start)
        here = self._rows.placed[own]
        row = self._rows.row_of_line[own]
        if not row:
            return ""
        for line in self._rows.lines_of_row[row - 1]:
            there = self._rows.placed[line]
            near = there.page == here.page and here.top - there.bottom < 1.5 * here.height
            if near and there.left < here.right and here.left < there.right:
                words = self._line_text(line)
                return "" if any(map(str.isdecimal, words)) else words
        return ""

    def _row_text(self, row: int) -> str:
        return " ".join(self._line_text(line) for line in self._rows.lines_of_row[row])

    def _line_text(self, line: int) -> str:
        return " ".join(word.text for word in self._words_of(line))

    def _words_of(self, line: int) -> tuple[Word, ...]:
        text = self._text
        return text.document.words[text.first_word_of_line[line] : text.first_word_of_line[line + 1]]


def words_of(label: str) -> list[str]:
    """`invoiceNumber`, `invoice_number` -> `invoice`, `number`."""
    return _CAMEL.sub(" ", label.replace("_", " ").replace("-", " ")).split()


def _similarity(label: str, words: str) -> float:
    """Share of the label's letters that stand among the words; `number` in any form says little."""
    there = _even(words)
    weights = found = 0.0
    for word in _even(" ".join(words_of(label))):
        weight = NUMBER_WEIGHT if word == "no" else float(len(word))
        weights += weight
        best = max((_word_ratio(word, other) for other in there), default=0.0)
        found += weight * best if best >= MIN_WORD_RATIO else 0.0
    return found / weights if weights else 0.0


def _word_ratio(word: str, other: str) -> float:
    word, other = word.translate(DIGIT_LOOKALIKES), other.translate(DIGIT_LOOKALIKES)
    whole = fuzz.ratio(word, other) / 100
    return max(whole, GLUED * fuzz.partial_ratio(word, other) / 100) if len(other) > len(word) >= MIN_LENGTH else whole


def _even(text: str) -> list[str]:
    """Folded words, `no` for every way to write number."""
    return _AROUND_WORDS.sub(" ", _NUMBER_WORDS.sub(" no ", fold_text(text))).split()
