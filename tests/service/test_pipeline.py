from __future__ import annotations

from schemas.results import Cell, Status, not_found
from service.pipeline.pipeline import renumber_rows


def cell(*path: str | int) -> Cell:
    return Cell(path, "value", "value", 1.0, Status.GROUNDED, None, 0.9)


def test_rows_are_numbered_as_the_answer_shows_them() -> None:
    cells = [
        cell("number"),
        not_found(("missing",)),
        not_found(("items", 0, "what")),
        cell("items", 2, "what"),
        not_found(("items", 2, "sum")),
        cell("items", 10, "sum"),
        cell("taxes", 1, "rate"),
    ]
    assert [c.path for c in renumber_rows(cells)] == [
        ("number",),
        ("missing",),
        ("items", 0, "what"),
        ("items", 0, "sum"),
        ("items", 1, "sum"),
        ("taxes", 0, "rate"),
    ]
