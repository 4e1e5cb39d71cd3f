"""Draw pages on which every text remembers where it is printed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from schemas.geometry import Box

Colour = tuple[int, int, int]
INK: Colour = (28, 30, 36)
"""RGB of the text."""
_PACKAGES = {"SourceSansPro": "font_source_sans_pro", "SourceSerifPro": "font_source_serif_pro"}


@dataclass(frozen=True)
class Typeface:
    """A font with its size in pixels of the page."""

    size: int = 22
    weight: str = "Regular"
    family: str = "SourceSansPro"
    colour: Colour = INK


@dataclass(frozen=True)
class DrawnValue:
    """A value as the answer should hold it, and the box of its text in page fractions."""

    value: str
    box: Box


@dataclass
class Canvas:
    """A white page of `width` x `height` pixels that can be drawn on."""

    width: int
    height: int
    truth: dict[str, DrawnValue] = field(default_factory=dict)
    """The drawn values by field path, such as `line_items[0].quantity`."""

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width, self.height), "white")
        self._draw = ImageDraw.Draw(self.image)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        style: Typeface | None = None,
        *,
        align: str = "left",
        field: str = "",
        value: str = "",
    ) -> None:
        """Draw one line with its baseline at `y`; `x` is its left edge, middle or right edge.

        With `field`, remember where it is as the truth of that field, whose value is `value` or the text itself.
        """
        style = style or Typeface()
        font = _font(style.family, style.weight, style.size)
        anchor = {"left": "ls", "center": "ms", "right": "rs"}[align]
        self._draw.text((x, y), text, style.colour, font, anchor)
        if field:
            left, top, right, bottom = self._draw.textbbox((x, y), text, font, anchor)
            box = Box(left / self.width, top / self.height, right / self.width, bottom / self.height)
            self.truth[field] = DrawnValue(value or text, box)

    def line(
        self, left: float, top: float, right: float, bottom: float, width: int = 1, colour: Colour = (150, 152, 160)
    ) -> None:
        """Draw a straight line."""
        self._draw.line((left, top, right, bottom), colour, width)

    def panel(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Draw a filled rectangle."""
        self._draw.rectangle((left, top, right, bottom), colour)

    def logo(self, x: float, y: float, size: float, colour: Colour) -> None:
        """Draw a logo: a disc with a notch and two bars."""
        self._draw.ellipse((x, y, x + size, y + size), colour)
        self._draw.polygon(
            [(x + size * 0.5, y + size * 0.5), (x + size, y + size * 0.1), (x + size, y + size * 0.9)], "white"
        )
        for row in (0.3, 0.62):
            self._draw.rectangle((x + size * 0.7, y + size * row, x + size * 1.15, y + size * (row + 0.1)), colour)

    def scanned(self, tilt: float = 0.0, blur: float = 0.5, noise: float = 5.0, seed: int = 0) -> Image.Image:
        """Return the page as a scanner would deliver it.

        Args:
            tilt: degrees clockwise; the boxes of the truth follow.
            blur: blur radius in pixels.
            noise: standard deviation of the noise in grey levels.
            seed: seed of the noise.
        """
        image = self.image.rotate(-tilt, Image.Resampling.BICUBIC, fillcolor="white") if tilt else self.image
        if tilt:
            self.truth = {name: DrawnValue(t.value, self._turned(t.box, tilt)) for name, t in self.truth.items()}
        pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(blur)), np.float32)
        grain = np.random.default_rng(seed).normal(0, noise, pixels.shape[:2])[:, :, None]
        return Image.fromarray((pixels * 0.97 + grain).clip(0, 255).astype(np.uint8))

    def _turned(self, box: Box, tilt: float) -> Box:
        cos, sin = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
        corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        across, down = self.width / 2, self.height / 2
        xs, ys = [], []
        for x, y in corners:
            dx, dy = x * self.width - across, y * self.height - down
            xs.append((across + dx * cos - dy * sin) / self.width)
            ys.append((down + dx * sin + dy * cos) / self.height)
        return Box(min(xs), min(ys), max(xs), max(ys))


@cache
def _font(family: str, weight: str, size: int) -> ImageFont.FreeTypeFont:
    with as_file(files(_PACKAGES[family]) / "files" / f"{family}-{weight}.ttf") as path:
        return ImageFont.truetype(str(path), size)
