"""Find the words on the page that name a field."""

from __future__ import annotations

from grounding.search import MIN_LENGTH, similar
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range, SymbolText
from schemas.normalise.characters import bare
from schemas.pages import Word
from schemas.vocabulary import label_similarity, split_identifier

REACH_CHARACTERS = 40
"""A label is looked for among this many characters before its value."""
MIN_RATIO = 0.5
"""Similarity of a label with the words next to a value, 0 to 1; below it they name something else."""
ABOVE_WEIGHT = 0.9
"""Subtracted for a label above its value rather than before it, which more often belongs to another value."""


class PrintedLabels:
    """The labels of one document."""

    def __init__(self, text: SymbolText, rows: SymbolRows) -> None:
        self._text = text
        self._rows = rows

    def support(self, labels: tuple[str, ...], start: int) -> float:
        """Return how well the words before or above the symbol `start` name the field, 0 to 1."""
        if not labels:
            return 0.0
        before, above = self._before(start), self._above(start)
        return max(
            max(label_similarity(label, before), ABOVE_WEIGHT * label_similarity(label, above)) for label in labels
        )

    def windows(self, labels: tuple[str, ...]) -> list[Range]:
        """Return the rows that hold a label, as ranges of `SymbolText.bare`.

        Damaged values are sought there.
        """
        found: dict[int, float] = {}
        for label in labels:
            for word in sorted(split_identifier(label), key=len, reverse=True)[:1]:
                needle = bare(word)[0]
                if len(needle) < MIN_LENGTH:
                    continue
                for start, _ in similar(needle, self._text):
                    line = self._text.line_of(self._text.symbols_of_squashed(start, start + 1)[0])
                    row = self._rows.row_of_line[line]
                    named = label_similarity(label, self._row_text(row))
                    if named >= MIN_RATIO:
                        found[row] = max(named, found.get(row, 0.0))
        best = max(found.values(), default=0.0)
        lines = [
            line for row, similar in found.items() if similar >= best - 0.1 for line in self._rows.lines_of_row[row]
        ]
        starts = self._text.bare_line_starts
        return [(starts[line], starts[line + 1]) for line in lines]

    def _before(self, start: int) -> str:
        """Return the words before the place in its row, as far as a label may reach."""
        text = self._text
        own = text.line_of(start)
        row = self._rows.lines_of_row[self._rows.row_of_line[own]]
        words = [
            text.document.words[word].text
            for word in range(text.word_of(start))[text.first_word_of_line[own] :][-REACH_CHARACTERS:]
        ]
        for line in reversed(row[: row.index(own)]):
            if sum(map(len, words)) >= REACH_CHARACTERS:
                break
            words = [word.text for word in self._words_of(line)[-REACH_CHARACTERS:]] + words
        return " ".join(words)[-REACH_CHARACTERS:]

    def _above(self, start: int) -> str:
        """Return the line right above the place if it has no digits, as a heading."""
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
