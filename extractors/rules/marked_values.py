"""Answer booleans and enums from tick boxes and radio buttons.

A ticked box is the answer if it is the only ticked one of its question. Where no box is ticked there is no answer, not
the first option; where several are ticked or one is unclear, the likeliest is given as doubtful. A single box by itself
says no when it is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from extractors.plan import PlannedField
from extractors.rules.labels import FORM_NAME_TRUST
from extractors.rules.mark_groups import MarkGroup, MarkOption
from extractors.rules.page_facts import PageFacts
from extractors.rules.scoring import MIN_SCORE, ScoredText
from schemas.marks import MarkShape, MarkState
from schemas.normalise import booleans
from schemas.normalise.characters import fold_text, squash
from schemas.results import Region
from schemas.vocabulary import meaning, name_meaning, split_identifier

MIN_SURE_CONFIDENCE = 0.7
"""A mark whose state is less certain than this gives a doubtful answer."""
ABOVE_TRUST = 0.95
"""Trust in a question above its options; less than in one before them."""
ABOVE_AND_BEFORE_TRUST = 0.85
"""Trust in a question above options that also have text before them: either may be the question."""
OPTIONS_SCORE = 0.65
"""Score of a choice whose options are the permitted values, but whose question does not name the field."""
EMPTY_BOX_TRUST = 0.8
"""Trust in the no of a single empty box, which the person who filled in the form may have overlooked."""
DOUBTFUL_SHARE = 0.5
"""Share of its score that a doubtful answer keeps."""
MAX_SCORE = 0.95
"""An answer from a mark is never more certain than this."""
MIN_SAME_RATIO = 85.0
"""Minimum rapidfuzz ratio (0 to 100) of a label and a permitted value for one to be the other, misread."""
MIN_MISREAD_CHARACTERS = 4
"""Shorter labels are not compared like that: `Male` is not `Female`, nor `May` the same as `Mar`."""


class MarkedAnswer(NamedTuple):
    """The answer that the marks of a document give for a field."""

    fit: float
    """Match of the question, or of a single box's label, with the field, 0 to 1."""
    value: ScoredText | None
    """None if no option is chosen, which leaves the field without a value."""


_Reader = Callable[[str], str | None]
"""Returns the value that an option's text stands for, or None."""


class _Meant(NamedTuple):
    """An option with the value that it stands for, or None if the field has no such value."""

    option: MarkOption
    value: str | None


def marked_boolean(facts: PageFacts, field: PlannedField) -> MarkedAnswer | None:
    """Return what the marks say about a boolean; None if no mark is about it."""
    best: MarkedAnswer | None = None
    for answer in _boolean_answers(facts, field):
        if answer.fit >= MIN_SCORE and (best is None or answer.fit > best.fit):
            best = answer
    return best


def marked_enum(facts: PageFacts, field: PlannedField) -> MarkedAnswer | None:
    """Return what the marks say about an enum; None if none stands for one of its values."""
    best: MarkedAnswer | None = None
    alone: list[_Meant] = []
    for group in facts.mark_groups:
        meant, questions = _meant(group, lambda text: _permitted(field, text))
        values = {m.value for m in meant if m.value is not None}
        if not values:
            continue
        fit = max((_fit(field, text) * trust for text, trust in _questions(group, questions)), default=0.0)
        if fit < MIN_SCORE and len(values) < 2:
            alone += [m for m in meant if m.value is not None]
            continue
        if fit < MIN_SCORE:
            fit = OPTIONS_SCORE * len(values) / len(meant)
        if fit >= MIN_SCORE and (best is None or fit > best.fit):
            best = MarkedAnswer(fit, _resolved(meant, fit))
    if best is None and len({m.value for m in alone}) > 1:  # boxes far apart, each with one of the values
        best = MarkedAnswer(OPTIONS_SCORE, _resolved(alone, OPTIONS_SCORE))
    return best


def marked_texts(facts: PageFacts, field: PlannedField) -> Iterator[ScoredText]:
    """Yield the label of the ticked option of each question that names the field."""
    for group in facts.mark_groups:
        if len(group.options) < 2:
            continue
        fit = max((_fit(field, text) * trust for text, trust in _questions(group, ())), default=0.0)
        ticked = [o for o in group.options if o.mark.state is not MarkState.EMPTY]
        if fit >= MIN_SCORE and len(ticked) == 1 and ticked[0].words and ticked[0].mark.state is MarkState.TICKED:
            yield ScoredText(ticked[0].label, tuple(w.id for w in ticked[0].words), min(0.9, fit))


def _boolean_answers(facts: PageFacts, field: PlannedField) -> Iterator[MarkedAnswer]:
    for group in facts.mark_groups:
        meant, questions = _meant(group, _yes_or_no)
        if any(m.value for m in meant):
            fit = max((_fit(field, text) * trust for text, trust in _questions(group, questions)), default=0.0)
            only = [m.option for m in meant if m.value == "true"] if len(meant) == 1 else []
            yield MarkedAnswer(fit, _single(only[0], fit) if only else _resolved(meant, fit))
            continue
        for option in group.options:
            fits = [_fit(field, option.label), FORM_NAME_TRUST * _name_fit(field, option.mark.name)]
            if len(group.options) == 1:
                fits += [_fit(field, text) * trust for text, trust in _questions(group, ())]
            fit = max(fits)
            others = [o for o in group.options if o is not option]
            exclusive = option.mark.shape is MarkShape.CIRCLE or bool(group.name)
            open_question = others and exclusive and all(o.mark.state is MarkState.EMPTY for o in group.options)
            negated = booleans.is_negated(option.label) and not booleans.is_negated(" ".join(_name_words(field)))
            yield MarkedAnswer(fit, None if open_question else _single(option, fit, negated))


def _meant(group: MarkGroup, read: _Reader) -> tuple[list[_Meant], tuple[str, ...]]:
    """Return the values that a group's options stand for, and more texts for its question.

    The labels give the values, else the headers of the columns, else the names of the form's fields. Where the headers
    do, what is printed next to the marks is the question.
    """
    by_label = [_Meant(option, read(option.label)) for option in group.options]
    by_header = [_Meant(option, read(option.header)) for option in group.options]
    if len({m.value for m in by_header} - {None}) > max(1, len({m.value for m in by_label} - {None})):
        questions = tuple(option.label for option in group.options if option.label)
        return [m._replace(option=m.option._replace(words=())) for m in by_header], questions
    if not any(m.value for m in by_label):
        names = [_Meant(option, read(_last_word(option.mark.name))) for option in group.options if not option.words]
        if len(names) == len(group.options) and any(m.value for m in names):
            return names, ()
    return by_label, ()


def _yes_or_no(text: str) -> str | None:
    truth = booleans.answer(text)
    return None if truth is None else str(truth).lower()


def _permitted(field: PlannedField, text: str) -> str | None:
    """Return the permitted value that an option's text states, or None.

    The text is the value, if with other punctuation, a yes or no in another language, contains that value alone, or is
    the value misread.
    """
    wanted = squash(text)
    values = field.values
    if not wanted:
        return None
    if same := next((value for value in values if squash(value).strip(".:") == wanted.strip(".:")), None):
        return same
    joined = "".join(_words(text))
    in_other_marks = [value for value in values if joined and "".join(_words(value)) == joined]
    if len(in_other_marks) == 1:  # `Bank-transfer` for `bank transfer`
        return in_other_marks[0]
    truth = booleans.answer(text)
    if truth is not None:
        return next((value for value in values if booleans.answer(value) is truth), None)
    negated = booleans.is_negated(text)
    words = f" {' '.join(_words(text))} "
    inside = [value for value in values if (own := _words(value)) and f" {' '.join(own)} " in words]
    longest = max(inside, key=len, default=None)
    if longest:
        if negated and not booleans.is_negated(longest):
            return None
        return longest if all(squash(value) in squash(longest) for value in inside) else None
    if len(wanted) < MIN_MISREAD_CHARACTERS:
        return None
    alike = [
        value
        for value in values
        if fuzz.ratio(squash(value), wanted) >= MIN_SAME_RATIO and booleans.is_negated(value) is negated
    ]
    return alike[0] if len(alike) == 1 else None


def _name_words(field: PlannedField) -> tuple[str, ...]:
    return (*split_identifier(field.name), field.field.description or "")


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in fold_text(text)).split()


def _last_word(name: str) -> str:
    return (split_identifier(name) or ("",))[-1]


def _questions(group: MarkGroup, more: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield the texts that may be a group's question, each with its trust."""
    for text in (*more, *group.before):
        yield text, 1.0
    if not more:
        for text in group.above:
            yield text, ABOVE_AND_BEFORE_TRUST if group.before else ABOVE_TRUST
    if group.name:
        yield " ".join(split_identifier(group.name)), FORM_NAME_TRUST


def _fit(field: PlannedField, text: str) -> float:
    return min(1.0, field.fit(meaning(text))) if text else 0.0


def _name_fit(field: PlannedField, name: str) -> float:
    return min(1.0, field.fit(name_meaning(name))) if name else 0.0


def _resolved(meant: Sequence[_Meant], fit: float) -> ScoredText | None:
    """Return the value of the chosen option; None if there is none, or it means no value."""
    ticked = [m for m in meant if m.option.mark.state is MarkState.TICKED]
    unclear = [m for m in meant if m.option.mark.state is MarkState.UNCLEAR]
    chosen = max(ticked or unclear, key=lambda m: m.option.mark.confidence, default=None)
    if chosen is None or chosen.value is None:
        return None
    sure = len(ticked) == 1 and not unclear and chosen.option.mark.confidence >= MIN_SURE_CONFIDENCE
    return _answer(chosen.option, chosen.value, fit, doubtful=not sure)


def _single(option: MarkOption, fit: float, negated: bool = False) -> ScoredText | None:
    """Return yes for a single box that is ticked, and no for an empty one.

    With a negated label (`I do not want the newsletter`), a tick most likely means no, and an empty box says nothing.
    """
    mark = option.mark
    if negated:
        return None if mark.state is MarkState.EMPTY else _answer(option, "false", fit, doubtful=True)
    doubtful = mark.state is MarkState.UNCLEAR or mark.confidence < MIN_SURE_CONFIDENCE
    empty = mark.state is MarkState.EMPTY
    return _answer(option, "false" if empty else "true", fit * (EMPTY_BOX_TRUST if empty else 1.0), doubtful)


def _answer(option: MarkOption, value: str, fit: float, doubtful: bool) -> ScoredText:
    score = min(MAX_SCORE, fit) * option.mark.confidence * (DOUBTFUL_SHARE if doubtful else 1.0)
    return ScoredText(value, _words_with(value, option), score, Region(option.page, option.mark.quad), doubtful)


def _words_with(value: str, option: MarkOption) -> tuple[int, ...]:
    """Return the ids of the words of a label that state the value, or of all of them."""
    wanted, wanted_words = squash(value), "".join(_words(value))
    for count in range(1, len(option.words)):
        for start in range(len(option.words) - count + 1):
            words = option.words[start : start + count]
            text = "".join(w.text for w in words)
            if re.sub(r"\W+$", "", squash(text)) == wanted or (wanted_words and "".join(_words(text)) == wanted_words):
                return tuple(word.id for word in words)
    return tuple(word.id for word in option.words)
