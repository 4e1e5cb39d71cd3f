"""The document's text for searching, with each character linked to its symbol.

It has four views of the same symbols:

- `text` keeps spaces; dates and numbers are read in it.
- `squashed` has no white space and no upper case; agreement is measured in it.
- `bare` has only letters and digits, with characters that OCR confuses made the same.
- `digits` has only digits; damaged values are looked for in it.

Positions are turned into symbol ids word by word, and only once a value is found.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import accumulate

from schemas.frames import quad_around
from schemas.geometry import Quad
from schemas.normalise.characters import LINE_BREAK, bare, ordinary, squash
from schemas.pages import Document, Symbol
from schemas.results import Place, Region

DIGITS_OF_LETTERS = str.maketrans("oqdlizsbg|!at", "0001125861147")
"""Folded letters and strokes -> the digit they are read as in a number."""
MAX_LETTERS = 2
"""Longest word of letters alone that may be a misread number."""
Range = tuple[int, int]
"""`[start, end)`, of symbol ids or of positions in a text."""


class SymbolText:
    """The searchable text of one document, built once for all searches."""

    def __init__(self, document: Document) -> None:
        self.document = document
        words = document.words
        lines = [line for page in document.pages for line in page.lines]
        self.symbols: list[Symbol] = []
        for word in words:
            self.symbols += word.symbols
        self.first_symbol_of_word = [0, *accumulate([len(word.symbols) for word in words])]
        self.first_word_of_line = [0, *accumulate([len(line.words) for line in lines])]
        self.first_symbol_of_line = [self.first_symbol_of_word[word] for word in self.first_word_of_line]
        self.starts_word = bytearray(len(self.symbols) + 1)
        for symbol_id in self.first_symbol_of_word:
            self.starts_word[symbol_id] = 1
        self.text = LINE_BREAK.join([line.text for line in lines])
        self._texts = [word.text for word in words]
        self._start_in_text = [0, *accumulate([len(text) + 1 for text in self._texts])]
        self.squashed, self.start_in_squashed = self._squash()

    def _squash(self) -> tuple[str, list[int]]:
        squashed = squash(self.text.replace(LINE_BREAK, ""))
        lengths = [len(text) for text in self._texts]
        divided = f"-{LINE_BREAK}" in self.text
        if divided or not self.text.isascii() or sum(lengths) != len(squashed):  # characters may join or vanish
            pieces = [text.lower() if _is_simple(text) else squash(text) for text in self._texts]
            if divided:
                self._join_divided_words(pieces)
            squashed, lengths = "".join(pieces), [len(piece) for piece in pieces]
        return squashed, [0, *accumulate(lengths)]

    def _join_divided_words(self, pieces: list[str]) -> None:
        """Remove a hyphen at the end of a line if the next line continues in lower case."""
        for word in self.first_word_of_line[1:-1]:
            divided = self._texts[word - 1]
            if divided.endswith("-") and divided[-2:-1].isalpha() and self._texts[word][:1].islower():
                pieces[word - 1] = pieces[word - 1][:-1]

    def prepare(self) -> None:
        """Build all views now instead of at the first search."""
        _ = self.glyphs, self.bare, self.digits, self.printed_digits

    @cached_property
    def glyphs(self) -> str:
        """The first character of each symbol, so that `glyphs[i]` belongs to symbol i."""
        whole = "".join(self._texts)
        if len(whole) == len(self.symbols) and whole.isascii():
            return whole
        return "".join([symbol.text[:1] or " " for symbol in self.symbols])

    @cached_property
    def bare(self) -> str:
        """Letters and digits alone; `bare[i]` is `squashed[bare_at[i]]`."""
        return self._bare[0]

    @cached_property
    def bare_at(self) -> list[int]:
        """The position in `squashed` of each character of `bare`."""
        return self._bare[1]

    @cached_property
    def _bare(self) -> tuple[str, list[int]]:
        return bare(self.squashed)

    @cached_property
    def digits(self) -> tuple[str, list[int]]:
        """The digits of words that may be numbers, and the position of each in `squashed`.

        Letters that look like a digit count as that digit; other letters are left out.
        """
        found: list[str] = []
        at: list[int] = []
        for word, start in enumerate(self.start_in_squashed[:-1]):
            piece = self.squashed[start : self.start_in_squashed[word + 1]]
            if len(piece) > MAX_LETTERS and piece.isalpha():
                continue
            likely = piece.translate(DIGITS_OF_LETTERS)
            if any(map(str.isdecimal, piece)) or (len(piece) <= MAX_LETTERS and likely.isdecimal()):
                for offset, character in enumerate(likely):
                    if character.isdecimal():
                        found.append(character)
                        at.append(start + offset)
        return "".join(found), at

    @cached_property
    def printed_digits(self) -> tuple[str, list[int]]:
        """Like `digits`, but without the letters that only look like digits."""
        found, at = self.digits
        kept = [i for i, position in enumerate(at) if self.squashed[position].isdecimal()]
        return "".join([found[i] for i in kept]), [at[i] for i in kept]

    @cached_property
    def bare_line_starts(self) -> list[int]:
        """Start of each line in `bare`, followed by the length of `bare`."""
        return [bisect_left(self.bare_at, self.start_in_squashed[word]) for word in self.first_word_of_line]

    # positions -> symbols

    def symbols_of_text(self, start: int, end: int) -> Range:
        """Return the symbols of `text[start:end]`, which begins and ends within words."""
        return self._symbol(self._start_in_text, start, ordinary), self._symbol(
            self._start_in_text, end - 1, ordinary
        ) + 1

    def symbols_of_squashed(self, start: int, end: int) -> Range:
        """Return the symbols of `squashed[start:end]`, at least one character."""
        return self._symbol(self.start_in_squashed, start, squash), self._symbol(
            self.start_in_squashed, end - 1, squash
        ) + 1

    def symbols_of_bare(self, start: int, end: int) -> Range:
        """Return the symbols of `bare[start:end]`, at least one character."""
        return self.symbols_of_squashed(self.bare_at[start], self.bare_at[end - 1] + 1)

    def _symbol(self, starts: Sequence[int], position: int, form: Callable[[str], str]) -> int:
        """Return the id of the symbol that printed the character at a position of a view.

        Args:
            starts: where each word begins in the view.
            position: the position in the view.
            form: the function that turns a symbol's text into the view's text.
        """
        word = bisect_right(starts, position) - 1
        first = self.first_symbol_of_word[word]
        offset = position - starts[word]
        count = self.first_symbol_of_word[word + 1] - first
        text = self._texts[word]
        space = 1 if form is ordinary else 0  # the view with spaces has one after each word
        if len(text) == count == starts[word + 1] - starts[word] - space and text.isascii():
            return first + offset
        for symbol_id in range(first, first + count):
            offset -= len(form(self.symbols[symbol_id].text))
            if offset < 0:
                return symbol_id
        return first + count - 1

    def edge_in_bare(self, position: int) -> float:
        """Return how clearly a position of `bare` divides words, from 0 to 1.

        1 at a space or an end of the text, 0.5 at a mark, else 0.
        """
        if position in {0, len(self.bare)}:
            return 1.0
        before, at = self.bare_at[position - 1], self.bare_at[position]
        if self.start_in_squashed[bisect_right(self.start_in_squashed, at) - 1] > before:
            return 1.0
        return 0.0 if self.squashed[at - 1].isalnum() else 0.5

    # symbols -> texts and places

    def squashed_of(self, spans: Iterable[Range]) -> str:
        """Return the squashed text of the symbols."""
        return "".join(self.squashed[slice(*self._in_squashed(span))] for span in spans)

    def _in_squashed(self, span: Range) -> Range:
        return self.squashed_position(span[0]), self.squashed_position(span[1])

    def squashed_position(self, symbol_id: int) -> int:
        """Return where a symbol begins in `squashed`."""
        word = self.word_of(symbol_id)
        if word >= len(self._texts):
            return len(self.squashed)
        offset = symbol_id - self.first_symbol_of_word[word]
        start = self.start_in_squashed[word]
        count = self.first_symbol_of_word[word + 1] - self.first_symbol_of_word[word]
        if self.start_in_squashed[word + 1] - start != count or not self._texts[word].isascii():
            first = self.first_symbol_of_word[word]
            offset = len(squash("".join([s.text for s in self.symbols[first : first + offset]])))
        return min(start + offset, self.start_in_squashed[word + 1])

    def word_of(self, symbol_id: int) -> int:
        """Return the id of the symbol's word."""
        return bisect_right(self.first_symbol_of_word, symbol_id) - 1

    def line_of(self, symbol_id: int) -> int:
        """Return the number of the symbol's line in the document."""
        return bisect_right(self.first_symbol_of_line, symbol_id) - 1

    def page_of_line(self, line: int) -> int:
        """Return the index of the line's page."""
        return self.document.page_of_word[self.first_word_of_line[line]]

    def spans_of_words(self, word_ids: Iterable[int]) -> tuple[Range, ...]:
        """Return the words' symbols with adjacent ranges joined; unknown word ids are ignored."""
        spans: list[Range] = []
        for word in dict.fromkeys(word_ids):
            if 0 <= word < len(self._texts):
                start, end = self.first_symbol_of_word[word], self.first_symbol_of_word[word + 1]
                if spans and spans[-1][1] == start:
                    spans[-1] = (spans[-1][0], end)
                else:
                    spans.append((start, end))
        return tuple(spans)

    def text_of(self, spans: Iterable[Range]) -> str:
        """Return the verbatim text, with a space between words."""
        parts: list[str] = []
        for start, end in spans:
            first, last = self.word_of(start), self.word_of(end - 1)
            for word in range(first, last + 1):
                begin = max(start, self.first_symbol_of_word[word])
                parts.append(self._verbatim(begin, min(end, self.first_symbol_of_word[word + 1])))
        return " ".join(parts)

    def _verbatim(self, start: int, end: int) -> str:
        return "".join([symbol.text for symbol in self.symbols[start:end]])

    def place(self, spans: tuple[Range, ...]) -> Place:
        """Return the place of the symbols: one region per line, and a quad on the first page.

        Args:
            spans: ranges of symbol ids, in the value's order.

        Raises:
            ValueError: if there are no symbols.
        """
        if not spans:
            raise ValueError("a place needs at least one symbol")
        quads: dict[int, list[Quad]] = {}
        for start, end in spans:
            while start < end:
                line = self.line_of(start)
                stop = min(end, self.first_symbol_of_line[line + 1])
                quads.setdefault(line, []).extend([symbol.quad for symbol in self.symbols[start:stop]])
                start = stop  # noqa: PLW2901 - the rest of the range
        pages = [self.document.pages[self.page_of_line(line)] for line in quads]
        regions = tuple(
            Region(page.number, quad_around(corners, page.aspect))
            for page, corners in zip(pages, quads.values(), strict=True)
        )
        page, quad = pages[0], regions[0].quad
        if len(regions) > 1:
            here = [q for p, corners in zip(pages, quads.values(), strict=True) if p is page for q in corners]
            quad = quad_around(here, page.aspect)
        symbol_ids = tuple([i for start, end in spans for i in range(start, end)])
        return Place(page.number, quad, self.text_of(spans), symbol_ids, regions)


def _is_simple(text: str) -> bool:
    """Return whether squashing a word only lower-cases it."""
    return text.isascii() and text.isprintable() and " " not in text and "`" not in text
