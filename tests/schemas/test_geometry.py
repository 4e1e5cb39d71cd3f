from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.frames import grid_box, grid_vertices, quad_around, to_grid
from schemas.geometry import Box, Point, Quad, quad_of, union

fractions = st.floats(0.0, 1.0, allow_nan=False)


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [
        pytest.param(0.0, 0, id="edge"),
        pytest.param(1.0, 1000, id="far-edge"),
        pytest.param(0.0005, 1, id="halves-go-up"),
        pytest.param(0.70249, 702, id="nearest"),
        pytest.param(-0.2, 0, id="left-of-the-page"),
        pytest.param(1.7, 1000, id="right-of-the-page"),
    ],
)
def test_grid(fraction: float, expected: int) -> None:
    assert to_grid(fraction) == expected


def test_box_and_vertices_share_the_grid() -> None:
    box = Box(0.1, 0.2, 0.35, 0.25)
    assert grid_box(box) == (100, 200, 350, 250)
    assert grid_vertices(quad_of(box)) == ((100, 200), (350, 200), (350, 250), (100, 250))


@given(st.lists(st.tuples(fractions, fractions, fractions, fractions), min_size=1, max_size=8))
def test_union_holds_every_box(corners: list[tuple[float, float, float, float]]) -> None:
    boxes = [Box(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners]
    around = union(boxes)
    for box in boxes:
        assert around.left <= box.left <= box.right <= around.right
        assert around.top <= box.top <= box.bottom <= around.bottom


@given(st.floats(-80, 80), st.floats(0.4, 2.5))
def test_quad_around_follows_the_tilt_on_pages_of_any_shape(degrees: float, aspect: float) -> None:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def turned(along: float, across: float) -> Point:
        return Point((along * cos - across * sin) / aspect + 0.5, along * sin + across * cos + 0.5)

    symbols = [
        Quad(turned(a, 0), turned(a + 0.02, 0), turned(a + 0.02, 0.03), turned(a, 0.03)) for a in (0, 0.02, 0.04)
    ]
    quad = quad_around(symbols, aspect)
    expected = Quad(turned(0, 0), turned(0.06, 0), turned(0.06, 0.03), turned(0, 0.03))
    for found, wanted in zip(quad, expected, strict=True):
        assert found == pytest.approx(wanted, abs=1e-9)
