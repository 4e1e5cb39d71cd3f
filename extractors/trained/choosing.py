"""Choose each field's value: score every option, then choose dependent values together."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from extractors.plan import PlannedField
from extractors.rules.scoring import PERIOD_ENDS, ScoredText
from extractors.rules.totals import ADDS_UP_LOG_ODDS, TOTALS, TotalSums, choose_totals
from extractors.rules.values import SURE_LABEL, pick_by_rules
from extractors.trained.context import ExtractionContext
from extractors.trained.features import features_of
from extractors.trained.joint_parties import choose_parties
from extractors.trained.options import Option, options_of
from extractors.trained.scored_options import MIN_ACCEPTED_PROBABILITY, ScoredOption
from extractors.trained.scorer import Scorer
from schemas.fields import FieldType
from schemas.geometry import union
from schemas.normalise import countries
from schemas.vocabulary import Kind, Role

REPEATED_LABEL_PROBABILITY = 0.5
"""Minimum probability of a value whose label equals the field's own name."""
MIN_FORMATTED_SCORE = 0.55
"""Minimum score by rule or label at which a text with the required format is the value: few texts have it."""
MAX_JOINT_OPTIONS = 7
"""Maximum options per field in a joint choice, because every combination is tried."""


def choose_values(
    context: ExtractionContext, fields: Sequence[PlannedField], scorer: Scorer, joint: bool = True
) -> dict[str, ScoredText]:
    """Return the chosen value of each field, by name; absent fields are left out.

    Args:
        context: what is known about the document and the schema.
        fields: the fields to choose values for, none of them an array.
        scorer: the scorer of options.
        joint: whether to choose together the values that depend on one another: parties and totals.
    """
    roles = {field.name: field.role for field in fields}
    picks = pick_by_rules(context.facts, fields)
    self_evident = {f.name: picks[f.name] for f in fields if f.name in picks and is_self_evident(f)}
    rest = [f for f in fields if f.name not in self_evident and is_named_here(context, f)]
    scored = _score_options(context, rest, picks, scorer)
    chosen = {name: options[0] for name, options in scored.items() if options and options[0].log_odds >= 0}
    if joint:
        for name, found in choose_parties(context, scored, roles).items():
            _set(chosen, name, found)
        _drop_names_from_addresses(context, chosen, roles)
        _choose_totals_jointly(context, chosen, scored, roles)
        _complete_periods(context, chosen, fields)
    return self_evident | {
        name: ScoredText(text_of(context, found.option), found.option.word_ids, found.probability)
        for name, found in chosen.items()
    }


def _set(chosen: dict[str, ScoredOption], name: str, found: ScoredOption | None) -> None:
    if found is None:
        chosen.pop(name, None)
    else:
        chosen[name] = found


def is_self_evident(field: PlannedField) -> bool:
    """Return whether a field's values identify themselves: enums, booleans, currencies, IBANs."""
    known = field.role is not None and field.role.kind in (Kind.CURRENCY, Kind.IBAN)
    return known or field.type in (FieldType.ENUM, FieldType.BOOLEAN)


def is_named_here(context: ExtractionContext, field: PlannedField) -> bool:
    """Return False for a field that nothing on the pages names and nothing explains.

    The network would answer `gross_salary` with the total of an invoice: it knows `gross`, and no salaries. A format
    explains a field; a description explains a text, which may be told by its form, but some of its own words must be
    on the pages if it describes one of many numbers or dates.
    """
    words = context.facts.other_words
    if not field.has_own_words or field.is_told_by_a_noun or field.field.format or field.is_named_by(words):
        return True
    if not field.field.description:
        return False
    return field.type is FieldType.STRING or field.is_described_by(words)


def _score_options(
    context: ExtractionContext, fields: Sequence[PlannedField], picks: Mapping[str, ScoredText], scorer: Scorer
) -> dict[str, list[ScoredOption]]:
    """Return the options of each field, the likeliest first; all are scored in one pass."""
    options = {f.name: options_of(context, f, picks.get(f.name)) for f in fields}
    scorable = [f for f in fields if options[f.name]]
    if not scorable:
        return {}
    features = np.concatenate([features_of(context, f, options[f.name]) for f in scorable])
    chances = iter(scorer.probabilities(features).tolist())
    found: dict[str, list[ScoredOption]] = {}
    for field in scorable:
        scored = [_scored(field, option, next(chances)) for option in options[field.name]]
        found[field.name] = sorted(scored, key=lambda w: -w.probability)
    return found


def _scored(field: PlannedField, option: Option, probability: float) -> ScoredOption:
    """Score an option, with an even chance or more if its label repeats a caller's own name."""
    if field.field.format and max(option.rule, option.fit) >= MIN_FORMATTED_SCORE:
        probability = max(probability, REPEATED_LABEL_PROBABILITY, option.rule, option.fit)
    if field.role is not None and not field.has_own_words:
        return ScoredOption(option, probability)
    written = field.role is None or field.type is not FieldType.MONEY or _is_written_as_money(option)
    repeated = option.picked and option.fit >= SURE_LABEL and written
    return ScoredOption(option, max(probability, REPEATED_LABEL_PROBABILITY) if repeated else probability)


def _is_written_as_money(option: Option) -> bool:
    """Return whether an amount has decimals or a currency; a bare `2024` may be a year."""
    return option.candidate is not None and (option.candidate.decimals > 0 or option.candidate.has_currency)


def _drop_names_from_addresses(
    context: ExtractionContext, chosen: dict[str, ScoredOption], roles: dict[str, Role | None]
) -> None:
    """Remove a party's name from its address."""
    words = context.document.words
    for name, found in list(chosen.items()):
        role = roles[name]
        if role is None or role.kind is not Kind.ADDRESS:
            continue
        party = {
            i
            for other, value in chosen.items()
            if (r := roles[other]) and r.kind is Kind.PARTY and _role_name(r) == _role_name(role)
            for i in value.option.word_ids
        }
        kept = tuple(i for i in found.option.word_ids if i not in party)
        if kept and len(kept) < len(found.option.word_ids):
            text = " ".join(words[i].text for i in kept).strip(" ,;|•·–-")
            chosen[name] = ScoredOption(replace(found.option, text=text, word_ids=kept), found.probability)


def _role_name(role: Role | None) -> str:
    return role.name.partition("_")[0] if role else ""


def _choose_totals_jointly(
    context: ExtractionContext,
    chosen: dict[str, ScoredOption],
    scored: dict[str, list[ScoredOption]],
    roles: dict[str, Role | None],
) -> None:
    """Choose net, tax and gross as the likeliest combination, arithmetic included."""
    names = {t: n for t in TOTALS for n in scored if (role := roles[n]) and role.name == t}
    if len(names) < 2:
        return
    lists = {t: scored[n][:MAX_JOINT_OPTIONS] if (n := names.get(t)) else [] for t in TOTALS}
    sums = TotalSums(context.facts)
    best = choose_totals(
        context.facts,
        sums,
        {t: [(w.log_odds, w.option.candidate) for w in ws if w.option.candidate] for t, ws in lists.items()},
    )
    raised = ADDS_UP_LOG_ODDS if sums.add_up(best) else 0.0
    for total, name in names.items():
        candidate = best.get(total)
        found = next((w for w in lists[total] if candidate is not None and w.option.candidate is candidate), None)
        if found is None and candidate is not None:  # rounded on the line below
            found = ScoredOption(
                Option(candidate.text, candidate.word_ids, candidate.kind, candidate=candidate),
                MIN_ACCEPTED_PROBABILITY,
            )
        _set(chosen, name, found.raised(raised) if found else None)


def _complete_periods(
    context: ExtractionContext, chosen: dict[str, ScoredOption], fields: Sequence[PlannedField]
) -> None:
    """Answer the field that asks for the other end of a period that is known.

    The two fields must have the same other words: `lease_start` and `lease_end`. The surer date decides.
    """
    ends = [f for f in fields if f.role is not None and f.role.name in PERIOD_ENDS and f.type is FieldType.DATE]
    for a, b in itertools.permutations(ends, 2):
        known = chosen.get(a.name)
        candidate = known.option.candidate if known else None
        if known is None or candidate is None or a.role is b.role or a.about.others != b.about.others:
            continue
        other = context.facts.other_end(candidate)
        if other is not None and (b.name not in chosen or chosen[b.name].probability < known.probability):
            option = Option(other.text, other.word_ids, other.kind, candidate=other)
            chosen[b.name] = ScoredOption(option, known.probability)


def text_of(context: ExtractionContext, option: Option) -> str:
    """Return the option's text, with several lines joined the way one would write them in one."""
    lines = [context.line_of_word[i] for i in option.word_ids]
    if option.candidate is not None or len(set(lines)) == 1:
        return option.text
    words = context.document.words
    pieces = [
        " ".join(words[i].text for i, _ in group)
        for _, group in itertools.groupby(zip(option.word_ids, lines, strict=True), key=lambda item: item[1])
    ]
    if option.kind is not Kind.ADDRESS:
        return " ".join(pieces)
    return joined_address(pieces, wrapped=_is_centred(context, option.word_ids))


MAX_CENTRE_GAP_PAGE_WIDTHS = 0.02
"""Lines whose centres are this close, and whose left edges are not, are centred."""


def _is_centred(context: ExtractionContext, word_ids: Sequence[int]) -> bool:
    """Return whether the lines are centred, as till receipts wrap a text."""
    words = context.document.words
    lines = [
        union(words[i].box for i in group)
        for _, group in itertools.groupby(word_ids, key=lambda i: context.line_of_word[i])
    ]
    lefts, middles = [box.left for box in lines], [(box.left + box.right) / 2 for box in lines]
    return max(middles) - min(middles) < MAX_CENTRE_GAP_PAGE_WIDTHS < max(lefts) - min(lefts)


def joined_address(lines: Sequence[str], wrapped: bool = False) -> str:
    """Join the lines of an address, with commas unless it has its own.

    A country on a line of its own at the end is left out.

    Args:
        lines: the lines of the address, from top to bottom.
        wrapped: whether the lines are one text wrapped at the paper's edge rather than one part each.

    >>> joined_address(["Marktstr. 153", "38226 Salzgitter"]), joined_address(["NO. 2, JALAN 3,", "81100 JOHOR"])
    ('Marktstr. 153, 38226 Salzgitter', 'NO. 2, JALAN 3, 81100 JOHOR')
    """
    kept = [line.strip(" |•·") for line in lines]
    while len(kept) > 1 and countries.is_name(kept[-1]):
        kept.pop()
    within = sum("," in line for line in kept)
    own = wrapped or any(line.endswith(",") for line in kept[:-1]) or within > 1 or kept[0].count(",") > 1
    text = " ".join(kept) if own else ", ".join(line.strip(" ,") for line in kept)
    return re.sub(r"\s+", " ", text).strip(" ,")
