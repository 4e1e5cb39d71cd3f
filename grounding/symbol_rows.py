"""Rows of pages by the symbols that are in them."""

from __future__ import annotations

from grounding.symbol_text import SymbolText
from schemas.page_rows import PageRows


class SymbolRows(PageRows):
    """The rows of a searched document."""

    def __init__(self, text: SymbolText) -> None:
        super().__init__(text.document)
        self._text = text
        self.symbol_count = len(text.symbols)

    def row_of(self, symbol_id: int) -> int:
        """Return the number of the symbol's row."""
        return self.row_of_line[self._text.line_of(symbol_id)]

    def has_words_at(self, row: int, left: float, right: float) -> bool:
        """Return whether a word of the row lies between two distances along its lines.

        Distances are in page heights.
        """
        text = self._text
        for line in self.lines_of_row[row]:
            for word in range(text.first_word_of_line[line], text.first_word_of_line[line + 1]):
                extent = self.extent_of(text.first_symbol_of_word[word], text.first_symbol_of_word[word + 1])
                if extent[0] < right and left < extent[1]:
                    return True
        return False

    def extent_of(self, start: int, end: int) -> tuple[float, float]:
        """Return where the symbols from `start` to `end` begin and end along their line.

        Distances are in page heights.
        """
        frame = self.frames[self.placed[self._text.line_of(start)].page]
        first, last = self._text.symbols[start].quad, self._text.symbols[end - 1].quad
        return frame.to_lines(first.top_left)[0], frame.to_lines(last.top_right)[0]

    def center_of(self, start: int, end: int) -> float:
        """Return the middle of the symbols from `start` to `end` along their line, in page heights."""
        left, right = self.extent_of(start, end)
        return (left + right) / 2
