"""Options for a field's value: typed candidates, the rules' pick, the network's spans."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from extractors.plan import PlannedField
from extractors.rules.candidates import TypedCandidate
from extractors.rules.grid import GridCell
from extractors.rules.parties import NameCandidate, Side
from extractors.rules.scoring import (
    MIN_SCORE,
    PERIOD_ENDS,
    ScoredText,
    is_other_end,
    is_percentage,
    names_another,
    own_label_fit,
    scored_candidates,
)
from extractors.rules.values import labelled_texts
from extractors.trained.context import ExtractionContext
from extractors.trained.network.spans import WordSpan, likeliest_spans
from schemas.fields import FieldType
from schemas.geometry import Box, union
from schemas.pages import Word
from schemas.vocabulary import Kind, Role

MAX_OPTIONS = 14
"""Maximum options scored per field; the value is hardly ever further down."""
MAX_NAMES = 6
"""Maximum names of parties that become options of one field."""
MAX_SPANS = 5
"""Maximum spans of the network that become options of one field."""
IN_PARTY_BLOCK_SCORE = 0.7
"""Score of a value with the format asked for that is printed in the right party's block."""
MIN_BEGIN_LOGIT = -5.0
"""Spans that begin with a lower logit are ignored."""
_KINDS_OF_TYPE: dict[FieldType, tuple[Kind, ...]] = {
    FieldType.DATE: (Kind.DATE,),
    FieldType.MONEY: (Kind.AMOUNT, Kind.PERCENT),
    FieldType.NUMBER: (Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT),
    FieldType.INTEGER: (Kind.NUMBER,),
}


@dataclass(frozen=True)
class Option:
    """One possible value of a field, with the rules' scores from 0 to 1.

    `text` is verbatim, without surrounding punctuation and a glued label. `rule` says how well labels, form and place
    fit the field's role; `fit` how well a label repeats the field's own words.
    """

    text: str
    word_ids: tuple[int, ...]
    kind: Kind
    rule: float = 0.0
    fit: float = 0.0
    picked: bool = False
    """True if it is what the rules alone would answer."""
    candidate: TypedCandidate | None = None


def options_of(context: ExtractionContext, field: PlannedField, pick: ScoredText | None) -> list[Option]:
    """Return at most `MAX_OPTIONS` options of a field with one value, the most promising first.

    Options for the same words are merged into one, with the typed text where there is one.
    """
    found: dict[tuple[tuple[int, ...], str], Option] = {}
    for option in _all_options(context, field, pick):
        key = option.word_ids, option.text if field.type in _KINDS_OF_TYPE else ""  # one word may hold two numbers
        found[key] = _merged(found[key], option) if key in found else option
    begins = context.begins(field)

    def priority(option: Option) -> float:
        model = max(float(begins[i]) for i in option.word_ids[:3])
        return max(model / 8, option.rule, option.fit, float(option.picked))

    kept = [o for o in found.values() if o.word_ids and not _is_other_party(context, field, o)]
    return sorted(kept, key=priority, reverse=True)[:MAX_OPTIONS]


def _is_other_party(context: ExtractionContext, field: PlannedField, option: Option) -> bool:
    """Return whether an option is of the party that the field does not ask for.

    This is known only if callers say who they are.
    """
    own, role = context.facts.own, field.role
    if own is None or role is None:
        return False
    if role.kind is Kind.REGISTRATION:
        return context.facts.is_other_registration(option.text, of_buyer="buyer" in field.about.concepts)
    if role.kind not in (Kind.PARTY, Kind.ADDRESS):
        return False
    parties = context.facts.parties
    if role.kind is Kind.PARTY and parties.own_side is Side.of(role):
        return not own.has_name(option.text) and parties.own_words.isdisjoint(option.word_ids)
    others = parties.words_of_others.get(Side.of(role), frozenset())
    return not others.isdisjoint(option.word_ids)


def _all_options(context: ExtractionContext, field: PlannedField, pick: ScoredText | None) -> Iterable[Option]:
    facts, role = context.facts, field.role
    if form := field.field.format:
        rules = _rule_scores(context, role)
        for candidate in facts.candidates.of_format(form):
            fit = own_label_fit(field, candidate, facts.labels.of(candidate))
            rule = max(rules.get(_place_key(candidate), 0.0), _party_rule(context, field, candidate))
            yield _typed_option(candidate, rule, fit)
    elif field.type in _KINDS_OF_TYPE:
        yield from _options_of_type(context, field)
    elif field.type is FieldType.STRING:
        if role is not None and role.kind in (Kind.PARTY, Kind.ADDRESS):
            yield from _party_options(context, role)
        elif role is not None and role.kind is not Kind.CURRENCY and not field.has_own_words:
            yield from (_typed_option(c, score, 0.0) for score, c in scored_candidates(facts, role))
        yield from (Option(c.text, c.word_ids, Kind.TEXT, fit=c.score) for c in labelled_texts(facts, field))
        for span in likeliest_spans(context.begins(field), context.belongs(field), MAX_SPANS, MIN_BEGIN_LOGIT):
            for words in _span_variants(context, span, role):
                yield _span_option(context, words, role)
    if pick is not None:
        kind = role.kind if role else Kind.TEXT
        yield Option(pick.text, pick.word_ids, kind, rule=pick.score, picked=True)


def _options_of_type(context: ExtractionContext, field: PlannedField) -> Iterator[Option]:
    """Yield the candidates of a date or number, without those that the field's name excludes."""
    facts, role = context.facts, field.role
    rules = _rule_scores(context, role)
    for candidate in (c for kind in _KINDS_OF_TYPE[field.type] for c in facts.candidates.by_kind[kind]):
        if role is not None and is_other_end(facts, role, candidate):
            continue
        if role is not None and role.name in PERIOD_ENDS and _place_key(candidate) not in rules:
            continue  # any date would do without a label or a period
        labels = facts.labels.of(candidate)
        if field.is_percentage and not is_percentage(candidate, labels):
            continue
        if field.type is FieldType.DATE and names_another(field, labels):
            continue
        fit = own_label_fit(field, candidate, labels)
        rule = rules.get(_place_key(candidate), 0.0) if fit >= MIN_SCORE or not field.has_own_words else 0.0
        yield _typed_option(candidate, rule, fit)


def _party_rule(context: ExtractionContext, field: PlannedField, candidate: TypedCandidate) -> float:
    """Return a score if a value is in the block of the party that the field's name mentions."""
    about = field.about.concepts
    parties = context.facts.parties
    party = parties.customer if about & {"buyer", "billing"} else parties.supplier if "seller" in about else None
    if party is None:
        return 0.0
    _, name = party
    lines = parties.address_after(name) or [name.cell]
    aligned = candidate.cell in lines or candidate.cell in name.block.cells
    near = aligned and name.cell.row <= candidate.cell.row <= lines[-1].row + 1  # the country follows the address
    return IN_PARTY_BLOCK_SCORE if near else 0.0


def _rule_scores(context: ExtractionContext, role: Role | None) -> dict[tuple[int, int, int], float]:
    if role is None or role.kind in (Kind.PARTY, Kind.ADDRESS, Kind.CURRENCY):
        return {}
    return {_place_key(candidate): score for score, candidate in scored_candidates(context.facts, role)}


def _place_key(candidate: TypedCandidate) -> tuple[int, int, int]:
    return id(candidate.cell), candidate.start, candidate.end


def _typed_option(candidate: TypedCandidate, rule: float, fit: float) -> Option:
    return Option(candidate.text, candidate.word_ids, candidate.kind, rule, fit, candidate=candidate)


def _merged(a: Option, b: Option) -> Option:
    """Merge two options with the same words.

    The text is the typed one, else the rules', else the first; each score is the higher one.
    """
    first = a if a.candidate or (a.picked and not b.candidate) or not (b.candidate or b.picked) else b
    return replace(
        first,
        rule=max(a.rule, b.rule),
        fit=max(a.fit, b.fit),
        picked=a.picked or b.picked,
        candidate=a.candidate or b.candidate,
    )


def _party_options(context: ExtractionContext, role: Role) -> Iterable[Option]:
    parties = context.facts.parties
    for score, name in sorted(parties.scored(Side.of(role)), key=lambda s: -s[0])[:MAX_NAMES]:
        rule = min(0.95, max(0.0, 0.3 + score / 1.5))
        if role.kind is Kind.PARTY:
            yield Option(name.text.strip(" ,;:-–•|"), name.word_ids, Kind.PARTY, rule)
        elif lines := parties.address_after(name):
            yield _address_option(_words_of(lines, name), rule)


def _words_of(lines: Sequence[GridCell], name: NameCandidate) -> list[Word]:
    """Return the words of an address; if it shares a line with its name, those after the name."""
    if lines == [name.cell]:
        return list(name.cell.words_between(name.end, len(name.cell.text)))
    return [word for cell in lines for word in cell.line.words]


def _address_option(words: Sequence[Word], rule: float) -> Option:
    return Option(" ".join(w.text for w in words), tuple(w.id for w in words), Kind.ADDRESS, rule)


_LABELLED = re.compile(r"^[^\W\d]{1,12}[.:]+(?=\S*\d)")
"""A label glued to its value: "No:1234"."""


def _span_variants(context: ExtractionContext, span: WordSpan, role: Role | None) -> Iterator[tuple[int, ...]]:
    """Yield what a span may mean: its block, its first line, or the name before an address."""
    words = context.document.words
    block = in_one_block(context, span.words)
    line = tuple(i for i in block if context.line_of_word[i] == context.line_of_word[block[0]])
    unbroken = line[: next((n for n, i in enumerate(line) if i != line[0] + n), len(line))]
    yield block
    if entry := context.facts.entries.of(block):
        yield entry.word_ids
    if unbroken != block:
        yield unbroken
    rest = [i for i in range(block[0], len(words)) if context.line_of_word[i] == context.line_of_word[block[0]]]
    if tuple(rest) not in (block, unbroken) and len(rest) <= MAX_LINE_WORDS:
        yield tuple(rest)
    if role is not None and role.kind is Kind.PARTY:
        cut = next((n for n, i in enumerate(unbroken) if words[i].text[-1:] in ",;|" or words[i].text in "-–·•|"), None)
        if cut is not None and cut + 1 < len(unbroken):
            yield unbroken[: cut + 1]


MAX_LINE_WORDS = 9
"""A value is hardly ever a whole line longer than this."""
MAX_LINE_GAP_LINE_HEIGHTS = 1.8
"""Maximum gap between two lines of one value, in heights of the line above."""


def in_one_block(context: ExtractionContext, word_ids: Sequence[int]) -> tuple[int, ...]:
    """Return the words without those of a neighbouring block that the network mixed in.

    A line belongs to another block if it is side by side with the block, far below it, above it, or on another page.
    """
    words, pages = context.document.words, context.document.page_of_word
    kept: list[int] = []
    box: Box | None = None
    for _, group in itertools.groupby(word_ids, key=lambda i: context.line_of_word[i]):
        ids = list(group)
        here = union(words[i].box for i in ids)
        if box is not None:
            side_by_side = min(box.right, here.right) <= max(box.left, here.left)
            far = here.top - box.bottom > MAX_LINE_GAP_LINE_HEIGHTS * box.height or pages[ids[0]] != pages[kept[0]]
            if side_by_side or far or here.top < box.top:
                continue
        kept += ids
        box = here
    return tuple(kept)


def _span_option(context: ExtractionContext, word_ids: tuple[int, ...], role: Role | None) -> Option:
    words = [context.document.words[i].text for i in word_ids]
    if len(words) == 1:
        words[0] = _LABELLED.sub("", words[0])
    text = " ".join(words).strip(" ,;:|•·–")
    return Option(text, word_ids, role.kind if role else Kind.TEXT)
