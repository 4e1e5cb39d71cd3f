"""Every change of frame is undone by its inverse, and does what its picture does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from schemas.frames import EXIF, GridBox, Pixels, Tilted, from_grid, grid_box, turn
from schemas.geometry import Box, Point, Quad, quad_of

fractions = st.floats(0.0, 1.0)
points = st.builds(Point, fractions, fractions)
quads = st.builds(Quad, points, points, points, points)
sides = st.integers(1, 20_000)
steps = st.integers(0, 1000)


def close(one: Quad, other: Quad) -> bool:
    return all(a == pytest.approx(b, abs=1e-9) for a, b in zip(one, other, strict=True))


@given(points, sides, sides)
def test_pixels_and_fractions(point: Point, width: int, height: int) -> None:
    frame = Pixels(width, height)
    assert frame.to_fractions(*frame.from_fractions(point)) == pytest.approx(point)


@given(steps, steps, steps, steps)
def test_the_grid_is_exact(a: int, b: int, c: int, d: int) -> None:
    box = GridBox(min(a, c), min(b, d), max(a, c), max(b, d))
    assert grid_box(from_grid(box)) == box


@given(quads, st.integers(-8, 8))
def test_turned_pages(quad: Quad, quarters: int) -> None:
    assert close(turn(turn(quad, quarters), -quarters), quad)


@given(quads, st.sampled_from(sorted(EXIF)))
def test_stored_pictures(quad: Quad, value: int) -> None:
    orientation = EXIF[value]
    assert close(orientation.to_stored(orientation.to_seen(quad)), quad)
    assert close(orientation.to_seen(orientation.to_stored(quad)), quad)


@given(points, st.floats(-math.pi, math.pi), st.floats(0.2, 5.0))
def test_tilted_text(point: Point, radians: float, aspect: float) -> None:
    frame = Tilted.by(radians, aspect)
    assert frame.to_page(*frame.to_lines(point)) == pytest.approx(point, abs=1e-9)


@pytest.mark.parametrize("value", sorted(EXIF))
def test_corners_go_where_pillow_moves_the_pixels(value: int) -> None:
    """One dark pixel of a stored picture; its corners as seen are around it in the picture that Pillow makes upright."""
    stored = np.full((4, 8), 255, np.uint8)
    stored[1, 6] = 0
    exif = Image.Exif()
    exif[0x0112] = value
    picture = Image.fromarray(stored)
    picture.info["exif"] = exif.tobytes()
    seen = np.asarray(ImageOps.exif_transpose(picture))
    (row,), (column,) = np.nonzero(seen == 0)
    height, width = seen.shape
    box = EXIF[value].to_seen(quad_of(Box(6 / 8, 1 / 4, 7 / 8, 2 / 4))).box
    assert box == pytest.approx((column / width, row / height, (column + 1) / width, (row + 1) / height))
