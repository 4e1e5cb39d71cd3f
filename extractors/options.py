"""What could be a field's value: typed candidates, what the rules pick, what the layout model believes in."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from extractors.candidates import Candidate
from extractors.evidence import Evidence, NamesPath
from extractors.grid import GridCell
from extractors.layout.spans import Span, likeliest
from extractors.parties import NameCandidate
from extractors.roles import HEADER_ROLES, own_words_fit, role_of
from extractors.scoring import MIN_SCORE, Choice, scored
from extractors.values import labelled_texts
from schemas.fields import Field, FieldType
from schemas.geometry import Box, union
from schemas.pages import Word
from schemas.vocabulary import Kind, Role, name_meaning

MOST = 14
"""Options of a field that are weighed; the value is hardly ever further down."""
MOST_SPANS = 5
LEAST_BEGIN = -5.0
"""Logit: spans that the model believes in less are not looked at."""
_TYPED: dict[FieldType, tuple[Kind, ...]] = {
    FieldType.DATE: (Kind.DATE,),
    FieldType.MONEY: (Kind.AMOUNT, Kind.PERCENT),
    FieldType.NUMBER: (Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT),
    FieldType.INTEGER: (Kind.NUMBER,),
}


@dataclass(frozen=True)
class Option:
    """`text` as printed, the words it stands in, and what the rules say: all from 0 to 1.

    `rule`: how well labels, form and place fit the field's role. `fit`: how well a label repeats the field's own words.
    """

    text: str
    word_ids: tuple[int, ...]
    kind: Kind
    rule: float = 0.0
    fit: float = 0.0
    picked: bool = False
    """It is what the rules alone would answer."""
    candidate: Candidate | None = None


def options_of(evidence: Evidence, field: Field, path: NamesPath, pick: Choice | None) -> list[Option]:
    """The options of a field that holds one value; of several for the same words the one with the typed text."""
    role = role_of(field, HEADER_ROLES)
    found: dict[tuple[tuple[int, ...], str], Option] = {}
    for option in _all(evidence, field, path, role, pick):
        key = option.word_ids, option.text if field.type in _TYPED else ""  # one word may hold two numbers
        found[key] = _merged(found[key], option) if key in found else option
    begins = evidence.begins(path)

    def interest(option: Option) -> float:
        model = max(float(begins[i]) for i in option.word_ids[:3])
        return max(model / 8, option.rule, option.fit, float(option.picked))

    return sorted((o for o in found.values() if o.word_ids), key=interest, reverse=True)[:MOST]


def _all(evidence: Evidence, field: Field, path: NamesPath, role: Role | None, pick: Choice | None) -> Iterable[Option]:
    reading = evidence.reading
    typed = _TYPED.get(field.type)
    own = bool(name_meaning(field.name).others)  # `birth_date` is not just any date: its label must say so
    if typed:
        rules = _rule_scores(evidence, role)
        for candidate in (c for kind in typed for c in reading.candidates.by_kind[kind]):
            labels = reading.labels.of(candidate)
            fit = max((own_words_fit(field, label.meaning) * label.trust for label in labels), default=0.0)
            rule = rules.get(_place(candidate), 0.0) if fit >= MIN_SCORE or not own else 0.0
            yield _typed(candidate, rule, fit)
    elif field.type is FieldType.STRING:
        if role is not None and role.kind in (Kind.PARTY, Kind.ADDRESS):
            yield from _parties(evidence, role)
        elif role is not None and role.kind is not Kind.CURRENCY and not own:
            yield from (_typed(c, score, 0.0) for score, c in scored(reading, role))
        yield from (Option(c.text, c.word_ids, Kind.TEXT, fit=c.score) for c in labelled_texts(reading, field))
        for span in likeliest(evidence.begins(path), evidence.belongs(path), MOST_SPANS, LEAST_BEGIN):
            for words in _readings_of(evidence, span, role):
                yield _spanned(evidence, words, role)
    if pick is not None:
        kind = role.kind if role else Kind.TEXT
        yield Option(pick.text, pick.word_ids, kind, rule=pick.score, picked=True)


def _rule_scores(evidence: Evidence, role: Role | None) -> dict[tuple[int, int, int], float]:
    if role is None or role.kind in (Kind.PARTY, Kind.ADDRESS, Kind.CURRENCY):
        return {}
    return {_place(candidate): score for score, candidate in scored(evidence.reading, role)}


def _place(candidate: Candidate) -> tuple[int, int, int]:
    return id(candidate.cell), candidate.start, candidate.end


def _typed(candidate: Candidate, rule: float, fit: float) -> Option:
    return Option(candidate.text, candidate.word_ids, candidate.kind, rule, fit, candidate=candidate)


def _merged(a: Option, b: Option) -> Option:
    """Of two options with the same words: the typed text, else that of the rules, else the first; the best of each
    evidence."""
    first = a if a.candidate or (a.picked and not b.candidate) or not (b.candidate or b.picked) else b
    return replace(
        first,
        rule=max(a.rule, b.rule),
        fit=max(a.fit, b.fit),
        picked=a.picked or b.picked,
        candidate=a.candidate or b.candidate,
    )


def _parties(evidence: Evidence, role: Role) -> Iterable[Option]:
    parties = evidence.reading.parties
    supplier = role.name.startswith("supplier")
    weigh = parties.supplier_score if supplier else parties.customer_score
    names = sorted(((weigh(name), name) for name in parties.names), key=lambda s: -s[0])[:6]
    for score, name in names:
        rule = min(0.95, max(0.0, 0.3 + score / 1.5))
        if role.kind is Kind.PARTY:
            yield Option(name.text.strip(" ,;:-–•|"), name.word_ids, Kind.PARTY, rule)
        elif lines := parties.address_after(name):
            yield _address(_words_of(lines, name), rule)


def _words_of(lines: Sequence[GridCell], name: NameCandidate) -> list[Word]:
    """The words of an address; on one line with its name, those after the name."""
    if lines == [name.cell]:
        return list(name.cell.words_between(name.end, len(name.cell.text)))
    return [word for cell in lines for word in cell.line.words]


def _address(words: Sequence[Word], rule: float) -> Option:
    return Option(" ".join(w.text for w in words), tuple(w.id for w in words), Kind.ADDRESS, rule)


_LABELLED = re.compile(r"^[^\W\d]{1,12}[.:]+(?=\S*\d)")
"""A label that is glued to its value: "No:1234"."""


def _readings_of(evidence: Evidence, span: Span, role: Role | None) -> Iterator[tuple[int, ...]]:
    """What a span may mean: its block, its first line, all of that line; of a name with its address the name."""
    words = evidence.document.words
    block = in_one_block(evidence, span.words)
    line = tuple(i for i in block if evidence.line_of_word[i] == evidence.line_of_word[block[0]])
    unbroken = line[: next((n for n, i in enumerate(line) if i != line[0] + n), len(line))]
    yield block
    if unbroken != block:
        yield unbroken
    rest = [i for i in range(block[0], len(words)) if evidence.line_of_word[i] == evidence.line_of_word[block[0]]]
    if tuple(rest) not in (block, unbroken) and len(rest) <= LONGEST_NAME:
        yield tuple(rest)
    if role is not None and role.kind is Kind.PARTY:
        cut = next((n for n, i in enumerate(unbroken) if words[i].text[-1:] in ",;|" or words[i].text in "-–·•|"), None)
        if cut is not None and cut + 1 < len(unbroken):
            yield unbroken[: cut + 1]


LONGEST_NAME = 9
"""Words; of longer lines a value is hardly ever all."""
MAX_LINE_GAP = 1.8
"""In heights of the line above: the next line of one value is not further below."""


def in_one_block(evidence: Evidence, word_ids: Sequence[int]) -> tuple[int, ...]:
    """Without the words of lines beside or far below: those of a neighbouring block that the model confused with it."""
    words, pages = evidence.document.words, evidence.document.page_of_word
    kept: list[int] = []
    box: Box | None = None
    for _, group in itertools.groupby(word_ids, key=lambda i: evidence.line_of_word[i]):
        ids = list(group)
        here = union(words[i].box for i in ids)
        if box is not None:
            beside = min(box.right, here.right) <= max(box.left, here.left)
            far = here.top - box.bottom > MAX_LINE_GAP * box.height or pages[ids[0]] != pages[kept[0]]
            if beside or far or here.top < box.top:
                continue
        kept += ids
        box = here
    return tuple(kept)


def _spanned(evidence: Evidence, word_ids: tuple[int, ...], role: Role | None) -> Option:
    words = [evidence.document.words[i].text for i in word_ids]
    if len(words) == 1:
        words[0] = _LABELLED.sub("", words[0])
    text = " ".join(words).strip(" ,;:|•·–")
    return Option(text, word_ids, role.kind if role else Kind.TEXT)
