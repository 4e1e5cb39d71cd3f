"""Choose net, tax and gross: labels propose amounts, arithmetic decides between them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal

from extractors.role_matching import HEADER_ROLES, label_fit
from extractors.rules.candidates import TypedCandidate
from extractors.rules.page_facts import PageFacts
from extractors.rules.scoring import MIN_SCORE, ScoredText, scored_candidates, scored_text
from schemas.vocabulary import Kind

TOTALS = ("total_gross", "total_net", "total_tax")
"""Roles of the three totals, in the order used throughout this module."""
SUM_BONUS = 0.4
"""Added for three totals that add up; three amounts seldom agree by chance."""
GROSS_BONUS = 0.25
"""Added for having a gross total at all, because it is printed even where net and tax are not."""
SUM_PENALTY = 0.5
"""Subtracted for three totals that contradict each other."""
ScoredCandidate = tuple[float, TypedCandidate]
"""A candidate with its score, or the log odds, that it is a field's value."""
_ROLES = {role.name: role for role in HEADER_ROLES}
_MAX_DIFFERENCE = Decimal("0.02")
"""Maximum difference between net + tax and gross, which are rounded."""
_EXTRA_CONCEPTS = frozenset({"ship", "discount", "deposit", "tip", "rounding"})
"""Concepts of amounts that may come between net and gross."""
MIN_CONTESTING_FIT = 0.6
"""Minimum fit of a label that says `total` and little else."""
MAX_ROUNDING = Decimal("0.05")
"""Maximum amount that a receipt adds or subtracts as cash rounding."""


def pick_totals(facts: PageFacts) -> dict[str, ScoredText]:
    """Return net, tax and gross by the rules alone, by role name.

    Labels propose candidates, and the combination with the highest sum of scores, arithmetic included, wins.
    """
    options: dict[str, list[tuple[float, TypedCandidate] | None]] = {}
    for name in TOTALS:
        best: dict[Decimal, tuple[float, TypedCandidate]] = {}
        for score, candidate in scored_candidates(facts, _ROLES[name]):
            value = candidate.value
            if isinstance(value, Decimal) and (value not in best or score >= best[value][0]):
                best[value] = (score, candidate)
        ranked = sorted(best.values(), key=lambda s: (-s[0], -_magnitude(s[1])))
        options[name] = [None, *ranked[:8]]
    _complete(facts, options)

    sums = TotalSums(facts)

    def joint_score(combination: tuple[ScoredCandidate | None, ...]) -> float:
        scores = sum(item[0] - MIN_SCORE + 0.01 for item in combination if item)
        scores += GROSS_BONUS if combination[0] else 0.0
        return scores + sums.plausibility(*combination)

    best_combination = max(itertools.product(*(options[name] for name in TOTALS)), key=joint_score)
    best_combination = (_rounded(facts, best_combination[0]), *best_combination[1:])
    adds_up = all(best_combination) and joint_score(best_combination) > 0
    return {
        name: scored_text(item[1], max(item[0], 0.6 if adds_up else 0.0))
        for name, item in zip(TOTALS, best_combination, strict=True)
        if item
    }


ADDS_UP_LOG_ODDS = 3.0
"""Log odds for three totals that add up; they turn an even chance into 20 to 1."""
CONTRADICTS_LOG_ODDS = 2.5
"""Log odds against three totals that do not add up."""


def choose_totals(
    facts: PageFacts, sums: TotalSums, options: dict[str, list[ScoredCandidate]]
) -> dict[str, TypedCandidate | None]:
    """Choose net, tax and gross together, by the highest sum of log odds, arithmetic included.

    Args:
        facts: what is known about the document.
        sums: the judge of sums.
        options: candidates of each requested total, by role name.
    """
    lists: dict[str, list[ScoredCandidate | None]] = {name: [None, *options.get(name, [])] for name in TOTALS}

    def joint_score(combination: tuple[ScoredCandidate | None, ...]) -> float:
        fit = sums.plausibility(*combination)
        factor = ADDS_UP_LOG_ODDS / SUM_BONUS if fit > 0 else CONTRADICTS_LOG_ODDS / SUM_PENALTY
        return sum(item[0] for item in combination if item) + fit * factor

    best = max(itertools.product(*(lists[name] for name in TOTALS)), key=joint_score)
    best = (_rounded(facts, best[0]), *best[1:])
    return dict(zip(TOTALS, (item[1] if item else None for item in best), strict=True))


class TotalSums:
    """Judges whether three totals of one document fit together."""

    def __init__(self, facts: PageFacts) -> None:
        self._between = _between_totals(facts)
        role = _ROLES["total_gross"]
        self._totals = [
            amount
            for amount in facts.candidates.by_kind[Kind.AMOUNT]
            if (amount.decimals or amount.has_currency)
            and any(lb.trust * label_fit(role, lb.meaning) >= MIN_CONTESTING_FIT for lb in facts.labels.of(amount))
        ]

    def is_contested(self, gross: TypedCandidate) -> bool:
        """Return whether a higher amount further down is labelled as the total, too.

        A total written by hand below the printed one, tip included, outranks it whatever adds up. Lower ones are those
        of summaries of the tax.
        """
        return any(other.cell.row > gross.cell.row and _value(other) > _value(gross) for other in self._totals)

    def plausibility(
        self, gross: ScoredCandidate | None, net: ScoredCandidate | None, tax: ScoredCandidate | None
    ) -> float:
        """Return a bonus if three totals add up, a penalty for a contradiction, else 0.

        They are contradicted by each other, or by another total further down.
        """
        found = _plausibility(_amount(gross), _amount(net), _amount(tax), self._between)
        return -SUM_PENALTY if found > 0 and gross is not None and self.is_contested(gross[1]) else found

    def add_up(self, found: Mapping[str, TypedCandidate | None]) -> bool:
        """Return whether net and tax, neither of them zero, make a gross that nothing contests."""
        gross, net, tax = (found.get(name) for name in TOTALS)
        if not (gross and net and tax and gross.value and net.value and tax.value):
            return False
        return self.plausibility((0.0, gross), (0.0, net), (0.0, tax)) > 0


def _value(candidate: TypedCandidate) -> Decimal:
    return candidate.value if isinstance(candidate.value, Decimal) else Decimal(0)


def _rounded(facts: PageFacts, gross: tuple[float, TypedCandidate] | None) -> tuple[float, TypedCandidate] | None:
    """Return the total after cash rounding, if the page prints the rounding."""
    value = _amount(gross)
    if gross is None or value is None:
        return gross
    printed = [
        (c, c.value) for c in facts.candidates.by_kind[Kind.AMOUNT] if c.decimals and isinstance(c.value, Decimal)
    ]
    for step, size in printed:
        if not 0 < abs(size) <= MAX_ROUNDING or step.cell.row <= gross[1].cell.row:
            continue
        if all("rounding" not in label.meaning.concepts for label in facts.labels.of(step)):
            continue
        for total, amount in printed:
            if total.cell.row > step.cell.row and abs(amount - value) == abs(size):
                return gross[0], total
    return gross


def _amount(item: tuple[float, TypedCandidate] | None) -> Decimal | None:
    return item[1].value if item and isinstance(item[1].value, Decimal) else None


def _between_totals(facts: PageFacts) -> frozenset[Decimal]:
    """Return amounts between net and gross besides the tax, such as shipping and tips."""
    labelled = {
        abs(c.value)
        for c in facts.candidates.by_kind[Kind.AMOUNT]
        if isinstance(c.value, Decimal) and c.decimals
        if any(label.meaning.concepts & _EXTRA_CONCEPTS for label in facts.labels.of(c))
    }
    return frozenset(labelled)


def _plausibility(
    gross: Decimal | None, net: Decimal | None, tax: Decimal | None, between: frozenset[Decimal]
) -> float:
    """Return a bonus if three totals add up, a penalty if they contradict each other, else 0."""
    if gross is None:
        return 0.0
    if net is not None and tax is not None:
        if abs(net + tax - gross) in between:
            return 0.0
        return SUM_BONUS if abs(net + tax - gross) <= _MAX_DIFFERENCE else -SUM_PENALTY
    if (net is not None and abs(net) > abs(gross)) or (tax is not None and abs(tax) >= abs(gross)):
        return -SUM_PENALTY
    return 0.0


def _complete(facts: PageFacts, options: dict[str, list[tuple[float, TypedCandidate] | None]]) -> None:
    """Add unlabelled amounts that make two labelled totals add up."""
    printed = {c.value: c for c in facts.candidates.by_kind[Kind.AMOUNT] if c.decimals}
    for missing, (first, second) in {
        "total_net": ("total_gross", "total_tax"),
        "total_tax": ("total_gross", "total_net"),
        "total_gross": ("total_net", "total_tax"),
    }.items():
        known = {item[1].value for item in options[missing] if item}
        for a, b in itertools.product(options[first][:5], options[second][:5]):
            if not (a and b and isinstance(a[1].value, Decimal) and isinstance(b[1].value, Decimal)):
                continue
            value = a[1].value + b[1].value if missing == "total_gross" else a[1].value - b[1].value
            if value in printed and value not in known and value:
                known.add(value)
                options[missing].append((0.2, printed[value]))


def _magnitude(candidate: TypedCandidate) -> float:
    return abs(float(candidate.value)) if isinstance(candidate.value, Decimal) else 0.0
