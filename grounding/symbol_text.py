"""The document's text for searching, each character tied to the symbol it was printed as.

Two views of the same symbols: `lines`, verbatim with spaces, for dates and numbers; and `squashed`, without white space
and case, for everything else, beside a copy in which the characters that OCR confuses are one.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.geometry import quad_around
from schemas.normalise.characters import DIGIT_LOOKALIKES, squash_character
from schemas.pages import Document, Line, Symbol
from schemas.results import Place


@dataclass(frozen=True)
class LineText:
    """A line's verbatim text; `symbol_ids[i]` is the symbol of `text[i]`, -1 for the space between two words."""

    text: str
    symbol_ids: tuple[int, ...]

    def symbols_between(self, start: int, end: int) -> tuple[int, ...]:
        """The ids of the symbols of `text[start:end]`, each once."""
        return tuple(dict.fromkeys(i for i in self.symbol_ids[start:end] if i >= 0))


class SymbolText:
    """Built once for a document; every search runs on it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.symbols: list[Symbol] = []
        self.word_of: list[int] = []
        for word_id, symbol in document.symbols():
            self.symbols.append(symbol)
            self.word_of.append(word_id)
        self.first_symbol_of_word: list[int] = []
        position = 0
        for word in document.words:
            self.first_symbol_of_word.append(position)
            position += len(word.symbols)
        self.first_symbol_of_word.append(position)

        squashed: list[str] = []
        self.owner: list[int] = []
        for symbol_id, symbol in enumerate(self.symbols):
            for character in symbol.text:
                for folded in squash_character(character):
                    squashed.append(folded)
                    self.owner.append(symbol_id)
        self.squashed = "".join(squashed)
        self.confusable = self.squashed.translate(DIGIT_LOOKALIKES)
        self.lines = [self._line(line) for page in document.pages for line in page.lines]
        self._line_of_word = [
            number
            for number, line in enumerate(line for page in document.pages for line in page.lines)
            for _ in line.words
        ]

    def _line(self, line: Line) -> LineText:
        characters: list[str] = []
        ids: list[int] = []
        for word in line.words:
            if characters:
                characters.append(" ")
                ids.append(-1)
            symbol_id = self.first_symbol_of_word[word.id]
            for offset, symbol in enumerate(word.symbols):
                characters.append(symbol.text)
                ids += [symbol_id + offset] * len(symbol.text)
        return LineText("".join(characters), tuple(ids))

    def symbols_of_words(self, word_ids: tuple[int, ...]) -> tuple[int, ...]:
        """The ids of the words' symbols, in the words' order. Unknown word ids are ignored."""
        known = (w for w in word_ids if 0 <= w < len(self.document.words))
        return tuple(i for w in known for i in range(self.first_symbol_of_word[w], self.first_symbol_of_word[w + 1]))

    def symbols_of_span(self, start: int, end: int) -> tuple[int, ...]:
        """The ids of the symbols of `squashed[start:end]`."""
        return tuple(dict.fromkeys(self.owner[start:end]))

    def begins_word(self, symbol_id: int) -> bool:
        """Whether no letter or digit touches the symbol from the left."""
        before = symbol_id - 1
        return before < 0 or self.word_of[before] != self.word_of[symbol_id] or not self.symbols[before].text.isalnum()

    def ends_word(self, symbol_id: int) -> bool:
        """Whether no letter or digit touches the symbol from the right."""
        after = symbol_id + 1
        beyond = after >= len(self.symbols) or self.word_of[after] != self.word_of[symbol_id]
        return beyond or not self.symbols[after].text.isalnum()

    def runs_over_lines(self, symbol_ids: tuple[int, ...]) -> bool:
        """Whether the symbols stand in more than one line or cell."""
        return len({self._line_of_word[self.word_of[i]] for i in symbol_ids}) > 1

    def text_of(self, symbol_ids: tuple[int, ...]) -> str:
        """Verbatim text, a space between words."""
        parts: list[str] = []
        for previous, current in zip((None, *symbol_ids), symbol_ids, strict=False):
            if previous is not None and self.word_of[previous] != self.word_of[current]:
                parts.append(" ")
            parts.append(self.symbols[current].text)
        return "".join(parts)

    def place(self, symbol_ids: tuple[int, ...]) -> Place:
        """Where the symbols stand; of a text that runs over a page's end, the part on its first page.

        Raises:
            ValueError: there are no symbols.
        """
        if not symbol_ids:
            raise ValueError("a place needs at least one symbol")
        page_of = self.document.page_of_word
        index = page_of[self.word_of[symbol_ids[0]]]
        page = self.document.pages[index]
        here = [self.symbols[i].quad for i in symbol_ids if page_of[self.word_of[i]] == index]
        return Place(page.number, quad_around(here, page.aspect), self.text_of(symbol_ids), symbol_ids)
