"""Pair the rows of an answer with the rows of the truth."""

from __future__ import annotations

from collections.abc import Sequence

MIN_AGREEMENT = 0.3
"""Rows that agree less are different rows: a quantity of 1 in a row of four cells agrees by chance."""


def matched_rows(agreement: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Return pairs of row numbers (true, given), one to one.

    Rows are first paired in the order of the page, so that the sum of their agreement is greatest; the rows left over
    are then paired in any order, best first.

    Args:
        agreement: agreement from 0 to 1, a list for each true row with an entry for each given row.
    """
    pairs = _in_order(agreement)
    true_taken, given_taken = {t for t, _ in pairs}, {g for _, g in pairs}
    rest = [(-value, t, g) for t, row in enumerate(agreement) for g, value in enumerate(row) if value >= MIN_AGREEMENT]
    for _, t, g in sorted(rest):
        if t not in true_taken and g not in given_taken:
            pairs.append((t, g))
            true_taken.add(t)
            given_taken.add(g)
    return sorted(pairs)


def _in_order(agreement: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Return the pairs with the greatest sum such that none cross; takes n x m steps."""
    n, m = len(agreement), len(agreement[0]) if agreement else 0
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    """The greatest sum from row t and row g onward."""
    for t in range(n - 1, -1, -1):
        for g in range(m - 1, -1, -1):
            paired = agreement[t][g] + best[t + 1][g + 1] if agreement[t][g] >= MIN_AGREEMENT else 0.0
            best[t][g] = max(paired, best[t + 1][g], best[t][g + 1])
    pairs, t, g = [], 0, 0
    while t < n and g < m:
        if agreement[t][g] >= MIN_AGREEMENT and best[t][g] == agreement[t][g] + best[t + 1][g + 1]:
            pairs.append((t, g))
            t, g = t + 1, g + 1
        elif best[t][g] == best[t + 1][g]:
            t += 1
        else:
            g += 1
    return pairs
