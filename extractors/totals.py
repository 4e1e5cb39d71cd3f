"""Net, tax and gross: labels propose, arithmetic decides."""

from __future__ import annotations

import itertools
from decimal import Decimal

from extractors.candidates import Candidate
from extractors.reading import Reading
from extractors.roles import HEADER_ROLES
from extractors.scoring import MIN_SCORE, Choice, choice_of, scored
from schemas.vocabulary import Kind

TOTALS = ("total_gross", "total_net", "total_tax")
SUM_BONUS = 0.4
"""For three totals that add up: agreement of three amounts is seldom chance."""
GROSS_BONUS = 0.25
"""For having a gross total at all: of the three it is the one that is printed even when the others are not."""
SUM_PENALTY = 0.5
"""For three totals that contradict each other."""
_ROLES = {role.name: role for role in HEADER_ROLES}
_CENT = Decimal("0.02")
_EXTRAS = frozenset({"ship", "discount", "deposit", "tip", "rounding"})
MAX_ROUNDING = Decimal("0.05")


def pick_totals(reading: Reading) -> dict[str, Choice]:
    """Net, tax and gross by the rules alone: labels propose, arithmetic decides between them."""
    options: dict[str, list[tuple[float, Candidate] | None]] = {}
    for name in TOTALS:
        best: dict[Decimal, tuple[float, Candidate]] = {}
        for score, candidate in scored(reading, _ROLES[name]):
            value = candidate.value
            if isinstance(value, Decimal) and (value not in best or score >= best[value][0]):
                best[value] = (score, candidate)
        ranked = sorted(best.values(), key=lambda s: (-s[0], -_magnitude(s[1])))
        options[name] = [None, *ranked[:8]]
    _complete(reading, options)

    between = _between_totals(reading)

    def worth(combination: tuple[tuple[float, Candidate] | None, ...]) -> float:
        scores = sum(item[0] - MIN_SCORE + 0.01 for item in combination if item)
        scores += GROSS_BONUS if combination[0] else 0.0
        gross, net, tax = map(_amount, combination)
        return scores + _plausibility(gross, net, tax, between)

    best_combination = max(itertools.product(*(options[name] for name in TOTALS)), key=worth)
    best_combination = (_rounded(reading, best_combination[0]), *best_combination[1:])
    adds_up = all(best_combination) and worth(best_combination) > 0
    return {
        name: choice_of(item[1], max(item[0], 0.6 if adds_up else 0.0))
        for name, item in zip(TOTALS, best_combination, strict=True)
        if item
    }


Weighed = tuple[float, Candidate]
"""A candidate with the log odds that it is a field's value."""
ADDS_UP = 3.0
"""Log odds for three totals that add up; what was a coin's toss becomes 20 to 1."""
CONTRADICTS = 2.5
"""Log odds against three totals that do not."""


def choose_totals(reading: Reading, options: dict[str, list[Weighed]]) -> dict[str, Candidate | None]:
    """Net, tax and gross chosen together, of weighed candidates.

    Args:
        options: of each total that was asked for its candidates.
    """
    lists: dict[str, list[Weighed | None]] = {name: [None, *options.get(name, [])] for name in TOTALS}
    between = _between_totals(reading)

    def worth(combination: tuple[Weighed | None, ...]) -> float:
        gross, net, tax = map(_amount, combination)
        sums = _plausibility(gross, net, tax, between)
        factor = ADDS_UP / SUM_BONUS if sums > 0 else CONTRADICTS / SUM_PENALTY
        return sum(item[0] for item in combination if item) + sums * factor

    best = max(itertools.product(*(lists[name] for name in TOTALS)), key=worth)
    best = (_rounded(reading, best[0]), *best[1:])
    return dict(zip(TOTALS, (item[1] if item else None for item in best), strict=True))


def add_up(found: dict[str, Candidate | None]) -> bool:
    """Whether all three are there, none of them zero, and net and tax make gross."""
    gross, net, tax = (c.value if (c := found.get(name)) else None for name in TOTALS)
    numbers = [n for n in (gross, net, tax) if isinstance(n, Decimal) and n]
    return len(numbers) == 3 and abs(numbers[1] + numbers[2] - numbers[0]) <= _CENT


def _rounded(reading: Reading, gross: tuple[float, Candidate] | None) -> tuple[float, Candidate] | None:
    """The total after the rounding that some countries print in cash receipts, where it is printed too."""
    value = _amount(gross)
    if gross is None or value is None:
        return gross
    printed = [
        (c, c.value) for c in reading.candidates.by_kind[Kind.AMOUNT] if c.decimals and isinstance(c.value, Decimal)
    ]
    for step, size in printed:
        if not 0 < abs(size) <= MAX_ROUNDING or step.cell.row <= gross[1].cell.row:
            continue
        if all("rounding" not in label.meaning.concepts for label in reading.labels.of(step)):
            continue
        for total, amount in printed:
            if total.cell.row > step.cell.row and abs(amount - value) == abs(size):
                return gross[0], total
    return gross


def _amount(item: tuple[float, Candidate] | None) -> Decimal | None:
    return item[1].value if item and isinstance(item[1].value, Decimal) else None


def _between_totals(reading: Reading) -> frozenset[Decimal]:
    """Amounts that may stand between net and gross beside the tax: shipping, discounts, deposits, tips."""
    labelled = {
        abs(c.value)
        for c in reading.candidates.by_kind[Kind.AMOUNT]
        if isinstance(c.value, Decimal) and c.decimals
        if any(label.meaning.concepts & _EXTRAS for label in reading.labels.of(c))
    }
    return frozenset(labelled)


def _plausibility(
    gross: Decimal | None, net: Decimal | None, tax: Decimal | None, between: frozenset[Decimal]
) -> float:
    """What arithmetic says about three totals."""
    if gross is None:
        return 0.0
    if net is not None and tax is not None:
        if abs(net + tax - gross) in between:
            return 0.0
        return SUM_BONUS if abs(net + tax - gross) <= _CENT else -SUM_PENALTY
    if (net is not None and abs(net) > abs(gross)) or (tax is not None and abs(tax) >= abs(gross)):
        return -SUM_PENALTY
    return 0.0


def _complete(reading: Reading, options: dict[str, list[tuple[float, Candidate] | None]]) -> None:
    """Add unlabelled amounts that make two labelled totals add up."""
    printed = {c.value: c for c in reading.candidates.by_kind[Kind.AMOUNT] if c.decimals}
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


def _magnitude(candidate: Candidate) -> float:
    return abs(float(candidate.value)) if isinstance(candidate.value, Decimal) else 0.0
