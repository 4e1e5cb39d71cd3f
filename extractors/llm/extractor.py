"""Show a document to a language model in windows, and merge the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extractors.errors import ExtractorFailed
from extractors.llm.answer import json_schema, proposals_in
from extractors.llm.endpoint import Chat
from extractors.llm.prompt import estimated_tokens, messages, windows
from extractors.protocol import Model
from schemas.fields import Field, FieldType, Schema
from schemas.own_party import OwnParty
from schemas.pages import Document, Line
from schemas.results import FieldPath, Proposal

_TRIES_PER_WINDOW = 2
"""Attempts for a window whose answer does not have the requested form."""
_FROM_THE_END = (FieldType.MONEY, FieldType.NUMBER, FieldType.INTEGER)
"""Types whose value comes from the last window that has one, because totals are at the end."""


class LlmExtractor:
    """Implements `Extractor` with a language model."""

    def __init__(self, chat: Chat, budget_tokens: int, picture_side: int = 0) -> None:
        """Set the limits; no request is sent yet.

        Args:
            chat: the client of the model.
            budget_tokens: maximum tokens for one document, input and output together.
            picture_side: maximum pixels along the longer side of the page pictures shown to the model; 0 for no
                pictures.
        """
        self._chat = chat
        self._budget = budget_tokens
        self.picture_side = picture_side
        self.model = Model(chat.endpoint.model, "remote")

    def close(self) -> None:
        """Close the connections."""
        self._chat.close()

    def propose(
        self,
        document: Document,
        schema: Schema,
        locale: str | None = None,  # noqa: ARG002
        own: OwnParty | None = None,
    ) -> list[Proposal]:
        """Propose values; see `Extractor.propose`.

        Raises:
            ExtractorUnavailable: if the model does not answer.
            ExtractorFailed: if its answers cannot be used, or the document takes more tokens than allowed.
        """
        shown = list(windows(document))
        estimated = sum(self._estimated(document, schema.fields, lines) for lines in shown)
        if estimated > self._budget:
            raise ExtractorFailed(
                f"the document is too long for the language model: expected at most {self._budget:,} tokens,"
                f" got about {estimated:,}. Send fewer pages."
            )
        left = self._budget
        parts: list[list[Proposal]] = []
        while shown:
            lines = shown.pop(0)
            found, tokens = self._window(document, lines, schema.fields, own)
            left -= tokens
            if left < 0:
                raise ExtractorFailed(
                    f"the document took too many tokens of the language model: expected at most {self._budget:,},"
                    f" got {self._budget - left:,}. Send fewer pages."
                )
            if found is None:
                shown[:0] = _halves(lines)
            else:
                parts.append(found)
        return _merged(parts)

    def _window(
        self, document: Document, lines: Sequence[Line], fields: Sequence[Field], own: OwnParty | None
    ) -> tuple[list[Proposal] | None, int]:
        """Return the window's proposals, or None if the answer was cut off, and the tokens used."""
        prompt = messages(fields, lines, self._pictures(document, lines), own)
        ids = {word.id for line in lines for word in line.words}
        tokens = 0
        for _ in range(_TRIES_PER_WINDOW):
            completion = self._chat.complete(prompt, json_schema(fields))
            tokens += completion.tokens or self._estimated(document, fields, lines)
            if completion.is_cut:
                return None, tokens
            try:
                return proposals_in(completion.text, fields, ids), tokens
            except ValueError:
                continue
        raise ExtractorFailed(f"the model's answers do not have the requested form, after {_TRIES_PER_WINDOW} attempts")

    def _estimated(self, document: Document, fields: Sequence[Field], lines: Sequence[Line]) -> int:
        return estimated_tokens(fields, lines, self._pictures(document, lines))

    def _pictures(self, document: Document, lines: Sequence[Line]) -> list[bytes]:
        """Return the pictures of the lines' pages, if the model is shown pages."""
        if not self.picture_side:
            return []
        numbers = sorted({document.page_of_word[line.words[0].id] for line in lines})
        return [picture for number in numbers if (picture := document.pages[number].picture)]


def _halves(lines: list[Line]) -> list[list[Line]]:
    """Split a window whose answer was cut off into two, which need shorter answers."""
    if len(lines) < 2:
        raise ExtractorFailed("the model's answer to a single line exceeds its output limit. Ask for fewer fields.")
    middle = len(lines) // 2
    return [lines[:middle], lines[middle:]]


def _merged(parts: Sequence[Sequence[Proposal]]) -> list[Proposal]:
    """Merge the windows: rows one after another, and one value for each other field."""
    values: dict[FieldPath, Proposal] = {}
    rows: list[Proposal] = []
    counts: dict[str, int] = {}
    for part in parts:
        begun = dict(counts)
        for proposal in part:
            name, *rest = proposal.path
            if rest:
                number = begun.get(str(name), 0) + int(rest[0])
                counts[str(name)] = max(counts.get(str(name), 0), number + 1)
                rows.append(replace(proposal, path=(name, number, *rest[1:])))
            elif proposal.type in _FROM_THE_END or proposal.path not in values:
                values[proposal.path] = proposal
    return [*values.values(), *rows]
