"""A document in windows, an answer for each, one list of proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extractors.errors import ExtractorFailed
from extractors.llm.answer import json_schema, proposals_in
from extractors.llm.endpoint import Chat
from extractors.llm.prompt import estimated_tokens, messages, windows
from extractors.protocol import Model
from schemas.fields import Field, FieldType, Schema
from schemas.pages import Document, Line
from schemas.results import FieldPath, Proposal

_TRIES_PER_WINDOW = 2
"""Of a window whose answer has not the form that was asked for."""
_FROM_THE_END = (FieldType.MONEY, FieldType.NUMBER, FieldType.INTEGER)
"""Of several windows that name a value the last one counts: totals stand at the end. Of other fields the first."""


class LlmExtractor:
    """Implements `Extractor` by a language model."""

    def __init__(self, chat: Chat, budget_tokens: int, picture_side: int = 0) -> None:
        """Ask nothing yet.

        Args:
            budget_tokens: most that one document may take, in and out.
            picture_side: most pixels along the longer side of the pages' pictures, which it is shown too; 0 for none.
        """
        self._chat = chat
        self._budget = budget_tokens
        self.picture_side = picture_side
        self.model = Model(chat.endpoint.model, "remote")

    def close(self) -> None:
        """Give the connections back."""
        self._chat.close()

    def propose(self, document: Document, schema: Schema, locale: str | None = None) -> list[Proposal]:  # noqa: ARG002
        """See `Extractor.propose`.

        Raises:
            ExtractorUnavailable: the model does not answer.
            ExtractorFailed: its answers cannot be used, or the document would take more tokens than it may.
        """
        shown = list(windows(document))
        estimated = sum(self._estimated(document, schema.fields, lines) for lines in shown)
        if estimated > self._budget:
            raise ExtractorFailed(
                f"the document takes about {estimated:,} tokens; a call may take {self._budget:,}. Send fewer pages"
            )
        left = self._budget
        parts: list[list[Proposal]] = []
        while shown:
            lines = shown.pop(0)
            found, tokens = self._window(document, lines, schema.fields)
            left -= tokens
            if left < 0:
                raise ExtractorFailed(f"the document took more than {self._budget:,} tokens. Send fewer pages")
            if found is None:
                shown[:0] = _halves(lines)
            else:
                parts.append(found)
        return _merged(parts)

    def _window(
        self, document: Document, lines: Sequence[Line], fields: Sequence[Field]
    ) -> tuple[list[Proposal] | None, int]:
        """Proposals, None where the answer was cut, and the tokens they took."""
        prompt = messages(fields, lines, self._pictures(document, lines))
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
        raise ExtractorFailed("the model's answers do not have the form that was asked for")

    def _estimated(self, document: Document, fields: Sequence[Field], lines: Sequence[Line]) -> int:
        return estimated_tokens(fields, lines, self._pictures(document, lines))

    def _pictures(self, document: Document, lines: Sequence[Line]) -> list[bytes]:
        """Those of the pages that the lines stand on, where the model looks at pages."""
        if not self.picture_side:
            return []
        numbers = sorted({document.page_of_word[line.words[0].id] for line in lines})
        return [picture for number in numbers if (picture := document.pages[number].picture)]


def _halves(lines: list[Line]) -> list[list[Line]]:
    """A window whose answer was cut, as two that have less to tell."""
    if len(lines) < 2:
        raise ExtractorFailed("the model's answer to a single line is longer than it may be")
    middle = len(lines) // 2
    return [lines[:middle], lines[middle:]]


def _merged(parts: Sequence[Sequence[Proposal]]) -> list[Proposal]:
    """Rows of all windows after one another, one value for each other field."""
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
