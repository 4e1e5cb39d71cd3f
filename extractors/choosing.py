"""Fields that hold one value: every option scored, then chosen together where values depend on one another."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from extractors.evidence import Evidence
from extractors.features import features_of
from extractors.options import Option, options_of
from extractors.parties import is_country
from extractors.roles import HEADER_ROLES, role_of
from extractors.scorer import Scorer
from extractors.scoring import Choice
from extractors.totals import ADDS_UP, TOTALS, add_up, choose_totals
from extractors.values import SURE_LABEL, choose
from schemas.fields import Field, FieldType
from schemas.geometry import union
from schemas.normalise.characters import squash
from schemas.vocabulary import Kind, Role

ACCEPTED = 0.45
"""Least probability of an answer; a little below one half, where right answers and wrong ones are in balance for F1."""
REPEATED = 0.5
"""Least probability of what stands at a label that repeats the field's name."""
LEAST_LEFT = 0.3
"""Of the probability, when an option is excluded: the others have at most three times as much as before."""
SHORT_LIST = 7
"""Options of a field that joint choices weigh."""
_EDGE = 1e-4
"""Probabilities are kept this far from 0 and 1 where their logarithms are added."""


class Weighed(NamedTuple):
    """An option with the probability that it is its field's value."""

    option: Option
    probability: float

    @property
    def worth(self) -> float:
        """Log odds above those that an answer needs: 0 for the least that is accepted."""
        return _logit(self.probability) - _logit(ACCEPTED)


def choose_values(evidence: Evidence, fields: Sequence[Field], scorer: Scorer, joint: bool = True) -> dict[str, Choice]:
    """The chosen value of each field, by name; absent fields are left out. Arrays are ignored."""
    single = [field for field in fields if field.type is not FieldType.ARRAY]
    roles = {field.name: role_of(field, HEADER_ROLES) for field in single}
    picks = choose(evidence, single)
    told = {f.name: picks[f.name] for f in single if f.name in picks and is_told_by_itself(f, roles[f.name])}
    weighed = _weigh(evidence, [field for field in single if field.name not in told], picks, scorer)
    chosen = {name: options[0] for name, options in weighed.items() if options and options[0].worth >= 0}
    if joint:
        _apart(chosen, weighed, roles)
        _addresses_without_names(evidence, chosen, roles)
        _add_up(evidence, chosen, weighed, roles)
    return told | {
        name: Choice(text_of(evidence, found.option), found.option.word_ids, found.probability)
        for name, found in chosen.items()
    }


def is_told_by_itself(field: Field, role: Role | None) -> bool:
    """Whether the values of a field show what they are: permitted values, truth values, currencies, IBANs."""
    known = role is not None and role.kind in (Kind.CURRENCY, Kind.IBAN)
    return known or field.type in (FieldType.ENUM, FieldType.BOOLEAN)


def _weigh(
    evidence: Evidence, fields: Sequence[Field], picks: Mapping[str, Choice], scorer: Scorer
) -> dict[str, list[Weighed]]:
    """The options of each field, the likeliest first; all are scored in one pass."""
    options = {f.name: options_of(evidence, f, (f.name,), picks.get(f.name)) for f in fields}
    asked = [f for f in fields if options[f.name]]
    if not asked:
        return {}
    features = np.concatenate([features_of(evidence, f, (f.name,), options[f.name]) for f in asked])
    chances = iter(scorer.probabilities(features).tolist())
    found: dict[str, list[Weighed]] = {}
    for field in asked:
        weighed = [_weighed(field, option, next(chances)) for option in options[field.name]]
        found[field.name] = sorted(weighed, key=lambda w: -w.probability)
    return found


def _weighed(field: Field, option: Option, probability: float) -> Weighed:
    """A value at a label that repeats the name of a field of the caller's own is believed, however odd the page."""
    repeated = option.picked and option.fit >= SURE_LABEL and role_of(field, HEADER_ROLES) is None
    return Weighed(option, max(probability, REPEATED) if repeated else probability)


def _apart(chosen: dict[str, Weighed], weighed: dict[str, list[Weighed]], roles: dict[str, Role | None]) -> None:
    """Nobody sends an invoice to himself: of two parties with one name the surer keeps it, the other takes its next.

    What was believed of the excluded name is then shared among the others.
    """
    names = [n for n in chosen if (role := roles[n]) and role.kind is Kind.PARTY]
    for a, b in itertools.combinations(names, 2):
        if a not in chosen or b not in chosen or _role_name(roles[a]) == _role_name(roles[b]):
            continue
        if squash(chosen[a].option.text) != squash(chosen[b].option.text):
            continue
        loser = a if chosen[a].probability < chosen[b].probability else b
        taken = squash(chosen[loser].option.text)
        excluded = sum(w.probability for w in weighed[loser] if squash(w.option.text) == taken)
        rest = [w for w in weighed[loser] if squash(w.option.text) != taken]
        del chosen[loser]
        if rest:
            shared = min(1.0, rest[0].probability / max(LEAST_LEFT, 1 - excluded))
            if Weighed(rest[0].option, shared).worth >= 0:
                chosen[loser] = Weighed(rest[0].option, shared)


def _addresses_without_names(evidence: Evidence, chosen: dict[str, Weighed], roles: dict[str, Role | None]) -> None:
    """The name of a party is no part of its address."""
    words = evidence.document.words
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
            chosen[name] = Weighed(replace(found.option, text=text, word_ids=kept), found.probability)


def _role_name(role: Role | None) -> str:
    return role.name.partition("_")[0] if role else ""


def _add_up(
    evidence: Evidence, chosen: dict[str, Weighed], weighed: dict[str, list[Weighed]], roles: dict[str, Role | None]
) -> None:
    """Net, tax and gross: the combination that is likeliest, arithmetic counted in."""
    names = {t: n for t in TOTALS for n in weighed if (role := roles[n]) and role.name == t}
    if len(names) < 2:
        return
    lists = {t: weighed[n][:SHORT_LIST] if (n := names.get(t)) else [] for t in TOTALS}
    best = choose_totals(
        evidence.reading,
        {t: [(w.worth, w.option.candidate) for w in ws if w.option.candidate] for t, ws in lists.items()},
    )
    raised = ADDS_UP if add_up(best) else 0.0
    for total, name in names.items():
        candidate = best.get(total)
        found = next((w for w in lists[total] if candidate is not None and w.option.candidate is candidate), None)
        if found is None and candidate is not None:  # rounded on the line below
            found = Weighed(Option(candidate.text, candidate.word_ids, candidate.kind, candidate=candidate), ACCEPTED)
        if found is None:
            chosen.pop(name, None)
        else:
            chosen[name] = Weighed(found.option, _raised(found, raised))


def _raised(found: Weighed, log_odds: float) -> float:
    return 1 / (1 + math.exp(-(_logit(found.probability) + log_odds)))


def _logit(probability: float) -> float:
    inside = min(1 - _EDGE, max(_EDGE, probability))
    return math.log(inside / (1 - inside))


def text_of(evidence: Evidence, option: Option) -> str:
    """As printed; what stands on several lines is joined as one would write it in one."""
    lines = [evidence.line_of_word[i] for i in option.word_ids]
    if option.candidate is not None or len(set(lines)) == 1:
        return option.text
    words = evidence.document.words
    pieces = [
        " ".join(words[i].text for i, _ in group)
        for _, group in itertools.groupby(zip(option.word_ids, lines, strict=True), key=lambda item: item[1])
    ]
    if option.kind is not Kind.ADDRESS:
        return " ".join(pieces)
    return joined_address(pieces, wrapped=_is_centred(evidence, option.word_ids))


CENTRED = 0.02
"""Page widths: lines whose middles agree so far, and whose left edges do not, are centred."""


def _is_centred(evidence: Evidence, word_ids: Sequence[int]) -> bool:
    """Whether lines stand around one axis, as till receipts wrap a text; lines of a letter begin below one another."""
    words = evidence.document.words
    lines = [
        union(words[i].box for i in group)
        for _, group in itertools.groupby(word_ids, key=lambda i: evidence.line_of_word[i])
    ]
    lefts, middles = [box.left for box in lines], [(box.left + box.right) / 2 for box in lines]
    return max(middles) - min(middles) < CENTRED < max(lefts) - min(lefts)


def joined_address(lines: Sequence[str], wrapped: bool = False) -> str:
    """Lines of an address as one: with commas, unless it brings its own; a country on a line of its own is left out.

    Args:
        wrapped: the lines are one text that was cut where the paper ends, not one part each.

    >>> joined_address(["Marktstr. 153", "38226 Salzgitter"]), joined_address(["NO. 2, JALAN 3,", "81100 JOHOR"])
    ('Marktstr. 153, 38226 Salzgitter', 'NO. 2, JALAN 3, 81100 JOHOR')
    """
    kept = [line.strip(" |•·") for line in lines]
    while len(kept) > 1 and is_country(kept[-1]):
        kept.pop()
    within = sum("," in line for line in kept)
    own = wrapped or any(line.endswith(",") for line in kept[:-1]) or within > 1 or kept[0].count(",") > 1
    text = " ".join(kept) if own else ", ".join(line.strip(" ,") for line in kept)
    return re.sub(r"\s+", " ", text).strip(" ,")
