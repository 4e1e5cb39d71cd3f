"""The filled fields of forms: their words are one value, and their names are labels of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from schemas.geometry import Box
from schemas.marks import FormEntry
from schemas.pages import Document, Word
from schemas.vocabulary import Meaning, name_meaning

MAX_FILLED_WORDS = 60
"""An entry with more words holds prose, which is not the value of one field."""


class FilledEntry(NamedTuple):
    """A form field with its words, in reading order."""

    entry: FormEntry
    words: tuple[Word, ...]

    @property
    def meaning(self) -> Meaning:
        """The meaning of the field's name."""
        return name_meaning(self.entry.name)

    @property
    def text(self) -> str:
        """The words in one line."""
        return " ".join(word.text for word in self.words)

    @property
    def word_ids(self) -> tuple[int, ...]:
        """The ids of the words."""
        return tuple(word.id for word in self.words)


class FilledEntries:
    """The filled form fields of a document, and the one that each word is in."""

    def __init__(self, document: Document) -> None:
        self.entries: list[FilledEntry] = []
        self._of_word: dict[int, FilledEntry] = {}
        for page in document.pages:
            for entry in page.form_entries:
                box = entry.quad.box
                words = tuple(word for word in page.words if _is_within(word.box, box))
                if words and len(words) <= MAX_FILLED_WORDS:
                    self.entries.append(FilledEntry(entry, words))
                    self._of_word |= {word.id: self.entries[-1] for word in words}

    def of(self, word_ids: Sequence[int]) -> FilledEntry | None:
        """Return the entry that the first of these words is in, or None."""
        return self._of_word.get(word_ids[0]) if word_ids and self._of_word else None


def _is_within(word: Box, entry: Box) -> bool:
    """Return whether the middle of a word is within an entry."""
    x, y = word.center
    return entry.left <= x <= entry.right and entry.top <= y <= entry.bottom
