"""Fields with one value, chosen by the rules alone: by role, own words, or both."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from extractors.plan import PlannedField
from extractors.rules.grid import GridCell
from extractors.rules.labels import FORM_NAME_TRUST, is_label
from extractors.rules.marked_values import marked_boolean, marked_enum, marked_texts
from extractors.rules.page_facts import PageFacts
from extractors.rules.parties import Side
from extractors.rules.printed_choices import printed_boolean, printed_enum
from extractors.rules.scoring import MIN_SCORE, ScoredText, own_label_fit, scored_candidates, scored_text
from extractors.rules.totals import TOTALS, pick_totals
from schemas.fields import FieldType
from schemas.normalise import booleans, countries, text_formats
from schemas.vocabulary import Kind, Role, meaning

PAIR_TRUST = 0.98
"""Trust in a printed pair of a label and a value."""
SURE_LABEL = 0.8
"""Minimum score of a label that repeats the field's name, where the field's role found nothing."""


def pick_by_rules(facts: PageFacts, fields: Sequence[PlannedField]) -> dict[str, ScoredText]:
    """Return the rules' choice for each field, by name; absent fields are left out."""
    totals = pick_totals(facts) if any(f.role and f.role.name in TOTALS for f in fields) else {}
    chosen: dict[str, ScoredText] = {}
    for field in fields:
        role = field.role
        choice = _by_role(facts, role, totals) if role else None
        if role is None:
            choice = _by_own_words(facts, field)
        elif role.kind not in (Kind.PARTY, Kind.ADDRESS) or field.is_told_by_a_noun:
            choice = _unless_own_words_differ(facts, field, choice)
        if choice and (form := field.field.format) and not text_formats.narrowed(form, choice.text):
            choice = None
        if choice and (choice.score >= MIN_SCORE or choice.mark):
            chosen[field.name] = choice
    return chosen


def _by_role(facts: PageFacts, role: Role, totals: dict[str, ScoredText]) -> ScoredText | None:
    """Return the best value for a common meaning."""
    if role.name in TOTALS:
        return totals.get(role.name)
    if role.kind in (Kind.PARTY, Kind.ADDRESS):
        return _pick_party(facts, role)
    if role.kind is Kind.CURRENCY:
        return currency(facts)
    best = max(scored_candidates(facts, role), key=lambda s: s[0], default=None)
    return scored_text(best[1], best[0]) if best else None


def _unless_own_words_differ(facts: PageFacts, field: PlannedField, choice: ScoredText | None) -> ScoredText | None:
    """Return the role's choice, if the field's name says no more than the role.

    `passport_number` is not just any number: where a name has words of its own, a label on the page must repeat them.
    """
    if field.has_own_words:
        own = _by_own_words(facts, field)
        if own is None or own.score < MIN_SCORE:
            return choice if field.is_told_by_a_noun else None
        same = choice is not None and choice.score >= MIN_SCORE and set(choice.word_ids) & set(own.word_ids)
        return choice if same else own
    if choice is None or choice.score < MIN_SCORE:
        own = _by_own_words(facts, field)
        return own if own and own.score >= SURE_LABEL else choice
    return choice


def currency(facts: PageFacts) -> ScoredText | None:
    """Return the currency printed most often, as its ISO code if the page has that."""
    found = facts.candidates.by_kind[Kind.CURRENCY]
    meant = [facts.candidates.notation.currency(c.text) for c in found]
    codes = Counter(code for code in meant if code)
    if not codes:
        return None
    code = codes.most_common(1)[0][0]
    same = [c for c, other in zip(found, meant, strict=True) if other == code]
    best = max(same, key=lambda c: (c.text.upper() == code, -c.cell.row))
    return scored_text(best, 0.9)


def _pick_party(facts: PageFacts, role: Role) -> ScoredText | None:
    parties = facts.parties
    chosen = parties.best(Side.of(role))
    if chosen is None:
        return None
    score, name = chosen
    if role.kind is Kind.PARTY:
        return ScoredText(name.text.strip(" ,;:-–•|"), name.word_ids, min(0.95, 0.3 + score / 1.5))
    lines = parties.address_after(name)
    if not lines:
        return None
    score = min(0.9, 0.3 + score / 1.5)
    if lines == [name.cell]:  # on one line with the name
        rest = name.cell.text[name.end :]
        words = tuple(w.id for w in name.cell.words_between(name.end, len(name.cell.text)))
        parts = [p.strip() for p in re.split(r"[•·∙|–—,]|\s-\s", rest) if p.strip()]
        while len(parts) > 1 and countries.is_name(parts[-1]):
            parts.pop()
        return ScoredText(", ".join(parts), words, score)
    words = tuple(word.id for cell in lines for word in cell.line.words)
    return ScoredText(", ".join(cell.text.strip(" ,") for cell in lines), words, score)


def _by_own_words(facts: PageFacts, field: PlannedField) -> ScoredText | None:
    """Return the value at a label that repeats the words of a field without a role."""
    if field.type in (FieldType.ENUM, FieldType.BOOLEAN):
        return _pick_choice(facts, field)
    kinds = {
        FieldType.DATE: (Kind.DATE,),
        FieldType.MONEY: (Kind.AMOUNT,),
        FieldType.NUMBER: (Kind.NUMBER, Kind.PERCENT),
        FieldType.INTEGER: (Kind.NUMBER,),
    }.get(field.type)
    if kinds is None:
        return _best(labelled_texts(facts, field))
    found: list[ScoredText] = []
    for candidate in (c for kind in kinds for c in facts.candidates.by_kind[kind]):
        fit = own_label_fit(field, candidate, facts.labels.of(candidate))
        if fit:
            found.append(scored_text(candidate, min(0.9, fit)))
    return _best(found)


def _pick_choice(facts: PageFacts, field: PlannedField) -> ScoredText | None:
    """Return a boolean or an enum from the marks, else from the text.

    A printed value goes first if its label names the field better than the question of the marks does.
    """
    labelled = list(printed_texts(facts, field))
    if field.type is FieldType.BOOLEAN:
        marked, printed = marked_boolean(facts, field), printed_boolean(facts, labelled)
    else:
        marked = marked_enum(facts, field)
        printed = printed_enum(facts, field, labelled, anywhere=marked is None)
    if marked is None or (printed is not None and printed.score > marked.fit):
        return printed
    return marked.value


def _best(choices: Iterator[ScoredText] | list[ScoredText]) -> ScoredText | None:
    return max(choices, key=lambda c: c.score, default=None)


def labelled_texts(facts: PageFacts, field: PlannedField) -> Iterator[ScoredText]:
    """Yield the texts that labels announce as the field's value.

    They are filled form fields whose names match the field's words, ticked options of questions that do, and the texts
    at printed labels that do.
    """
    for entry in facts.entries.entries:
        fit = min(1.0, field.fit(entry.meaning)) * FORM_NAME_TRUST
        if fit >= MIN_SCORE:
            yield ScoredText(entry.text, entry.word_ids, min(0.9, fit))
    yield from marked_texts(facts, field)
    for choice in printed_texts(facts, field):
        if facts.option_words.isdisjoint(choice.word_ids):
            whole = facts.entries.of(choice.word_ids)
            yield ScoredText(whole.text, whole.word_ids, choice.score) if whole else choice


def printed_texts(facts: PageFacts, field: PlannedField) -> Iterator[ScoredText]:
    """Yield the texts at labels that match the field's words: of pairs, then others.

    Questions side by side, with yes or no below them, look like pairs and are none.
    """
    for pair in facts.pairs:
        fit = field.fit(meaning(pair.label))
        if fit >= MIN_SCORE:
            yield ScoredText(pair.value.text, pair.value.word_ids, min(0.9, fit * PAIR_TRUST))
    for cell in facts.grid.cells:
        if field.type is FieldType.BOOLEAN or facts.paired_words.isdisjoint(cell.word_ids):
            yield from _texts_at(facts, field, cell)


def _texts_at(facts: PageFacts, field: PlannedField, cell: GridCell) -> Iterator[ScoredText]:
    """Yield the text after, to the right of, or below a label that is in no pair."""
    head, colon, tail = cell.text.partition(":")
    if colon and tail.strip():
        fit = field.fit(meaning(head))
        if fit >= MIN_SCORE:
            start = len(cell.text) - len(tail.lstrip())
            words = tuple(w.id for w in cell.words_between(start, len(cell.text)))
            yield ScoredText(cell.text[start:].strip(), words, min(0.9, fit))
        return
    fit = field.fit(meaning(cell.text)) if is_label(cell) else 0.0
    if fit < MIN_SCORE:
        return
    row = facts.grid.rows[cell.row].cells
    right = next((c for c in row if c.left >= cell.right and any(map(str.isalnum, c.text))), None)
    below = _below(facts, cell)
    options = [(right, 1.0 if colon else 0.9), (below, 0.85)]
    if below and _is_header(row) and len(facts.grid.rows[below.row].cells) > 1:
        options = [(below, 0.9)]
    for other, trust in options:
        if other is None:
            continue
        is_free = facts.paired_words.isdisjoint(other.word_ids) and not _is_other_label(other)
        if is_free or _is_yes_or_no(field, other):
            start = len(other.text) - len(other.text.lstrip(": "))
            words = tuple(w.id for w in other.words_between(start, len(other.text)))
            yield ScoredText(other.text[start:], words, min(0.9, fit * trust))


def _is_header(row: list[GridCell]) -> bool:
    """Return whether the row is labels side by side, with their values below them."""
    return len(row) > 1 and all(is_label(c) and ":" not in c.text and not any(map(str.isdigit, c.text)) for c in row)


def _is_yes_or_no(field: PlannedField, cell: GridCell) -> bool:
    """Return whether a cell answers a boolean; `No` could also be the label of a number."""
    return field.type is FieldType.BOOLEAN and booleans.parse(cell.text) is not None


def _is_other_label(cell: GridCell) -> bool:
    """Return whether a cell is a label for another value rather than a value."""
    about = meaning(cell.text)
    return is_label(cell) and (cell.text.rstrip().endswith(":") or bool(about.concepts and not about.others))


def _below(facts: PageFacts, cell: GridCell) -> GridCell | None:
    for index in range(cell.row + 1, min(len(facts.grid.rows), cell.row + 3)):
        for other in facts.grid.rows[index].cells:
            if other.page == cell.page and other.overlap(cell) > 0.2 and other.top - cell.bottom < 2.5 * cell.height:
                return other
    return None
