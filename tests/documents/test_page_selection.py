from __future__ import annotations

import pytest

from documents.page_selection import MAX_RANGE_PAGES, select_pages


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        pytest.param(None, [1, 2, 3, 4], id="all"),
        pytest.param("1-3", [1, 2, 3], id="range"),
        pytest.param("4, 1", [1, 4], id="list"),
        pytest.param("3-", [3, 4], id="open-end"),
        pytest.param("2,2-3", [2, 3], id="overlap"),
    ],
)
def test_select_pages(selection: str | None, expected: list[int]) -> None:
    assert select_pages(selection, 4) == expected


@pytest.mark.parametrize("selection", ["", "x", "0", "3-1", "5", "-2", "1-9", "1;2", "1," * 200])
def test_bad_page_selections(selection: str) -> None:
    with pytest.raises(ValueError, match=r"page selection .*: expected .*, got "):
        select_pages(selection, 4)


def test_claiming_a_million_pages_costs_nothing() -> None:
    assert len(select_pages("1-," * 60 + "1-", 1_000_000)) <= MAX_RANGE_PAGES
    assert len(select_pages(None, 1_000_000)) <= MAX_RANGE_PAGES
