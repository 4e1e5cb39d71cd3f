"""Compose forms with tick boxes and radio buttons, with the truth about each."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from schemas.geometry import Box

WIDTH, HEIGHT = 420.0, 595.0
"""Size of a page in points: A5, so that a page with all its marks is read quickly."""
MARGIN = 36.0
TABLE_HEIGHT = 75.0
"""Height of the largest table and the space below it in points."""
COURIER_WIDTH = 0.6
TIMES_WIDTHS = {"[": 0.333, "]": 0.333, "(": 0.333, ")": 0.333, " ": 0.25, "x": 0.5, "v": 0.5, "X": 0.722}
"""Widths of characters in type sizes, from the fonts' metrics (Adobe Core 14 AFM)."""
_KAPPA = 0.5523
"""Distance of a Bézier curve's control points for a quarter of a circle, in radii."""


class MarkKind(StrEnum):
    """The form in which marks are composed."""

    FIELD = "form fields"
    TEXT = "characters"
    BOX = "boxes"
    CIRCLE = "circles"


class TickStyle(StrEnum):
    """The way a box is ticked."""

    TICK = "tick"
    CROSS = "cross"
    FILLED = "filled"
    HANDWRITTEN = "handwritten"
    DOT = "dot"


class Look(NamedTuple):
    """Fonts and sizes from which forms are composed."""

    fonts: tuple[str, ...]
    """Names of standard fonts (PDF 32000-1, 9.6.2.2)."""
    sizes: tuple[float, float]
    """Smallest and largest type size in points."""
    sides: tuple[float, float]
    """Smallest and largest side of a box, in type sizes."""
    lines: tuple[float, float]
    """Smallest and largest width of a border in points."""


MEASURED = Look(("Times-Roman", "Courier", "Times-Bold"), (8.5, 13.0), (0.7, 1.5), (0.35, 1.4))
"""The look of the forms that are measured: other fonts, sizes and widths."""


class PlacedMark(NamedTuple):
    """A mark as it was composed."""

    box: Box
    """In page fractions."""
    ticked: bool
    style: TickStyle
    label: str


@dataclass
class MarkForm:
    """One page, with the marks on it."""

    look: Look
    rng: random.Random
    kind: MarkKind
    content: list[str] = field(default_factory=list)
    marks: list[PlacedMark] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    """Objects of the form's fields."""

    def pdf(self) -> bytes:
        """Return the page as a PDF."""
        font = self.font
        boxed = "/Subtype /Form /BBox [0 0 20 20] /Matrix [1 0 0 1 0 0]"
        bodies = [
            "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{}] >> >>".format(
                " ".join(f"{9 + i} 0 R" for i in range(len(self.fields)))
            ),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:g} {HEIGHT:g}] /Contents 4 0 R /Annots ["
            + " ".join(f"{9 + i} 0 R" for i in range(len(self.fields)))
            + "] /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
            _stream("\n".join(self.content)),
            f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>",
            _stream("0.7 w 1 1 18 18 re S 4 4 m 16 16 l S 4 16 m 16 4 l S", boxed),
            _stream("0.7 w 1 1 18 18 re S", boxed),
            *self.fields,
        ]
        made = b"%PDF-1.7\n"
        offsets = []
        for number, body in enumerate(bodies, 1):
            offsets.append(len(made))
            made += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
        table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
        size = len(bodies) + 1
        end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
        return made + f"{end}startxref\n{len(made)}\n%%EOF".encode()

    def __post_init__(self) -> None:
        self.font = self.rng.choice(self.look.fonts)
        self.size = self.rng.uniform(*self.look.sizes)
        self.side = self.size * self.rng.uniform(*self.look.sides)
        self.line = self.rng.uniform(*self.look.lines)

    def text(self, text: str, x: float, y: float, font: str = "F1", size: float = 0.0) -> float:
        """Print one line with its baseline at y, points from the bottom; return about where it ends."""
        escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        self.content.append(f"BT /{font} {size or self.size:.2f} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm ({escaped}) Tj ET")
        width = 0.6 if self.font == "Courier" else 0.52
        return x + width * (size or self.size) * len(text)

    def mark(self, x: float, y: float, ticked: bool, style: TickStyle, label: str) -> float:
        """Draw one mark on a baseline; return its right edge."""
        if self.kind is MarkKind.TEXT:
            return self._characters(x, y, ticked, style, label)
        side, bottom = self.side, y + 0.35 * self.size - self.side / 2
        place = Box(x / WIDTH, 1 - (bottom + side) / HEIGHT, (x + side) / WIDTH, 1 - bottom / HEIGHT)
        self.marks.append(PlacedMark(place, ticked, style, label))
        if self.kind is MarkKind.FIELD:
            self.fields.append(
                f"<< /Type /Annot /Subtype /Widget /FT /Btn /T (field{len(self.fields)}) /TU ({label})"
                f" /Rect [{x:.2f} {bottom:.2f} {x + side:.2f} {bottom + side:.2f}] /F 4"
                f" /V /{'On' if ticked else 'Off'} /AS /{'On' if ticked else 'Off'}"
                " /AP << /N << /On 7 0 R /Off 8 0 R >> >> >>"
            )
            return x + side
        self.content.append(f"q {self.line:.2f} w")
        self._outline(x, bottom, side)
        if ticked:
            self._tick(x, bottom, side, style)
        self.content.append("Q")
        return x + side

    def _characters(self, x: float, y: float, ticked: bool, style: TickStyle, label: str) -> float:
        forms = {
            TickStyle.TICK: ("[ ]", "[v]"),
            TickStyle.CROSS: ("[ ]", "[x]"),
            TickStyle.FILLED: ("n", "n"),
            TickStyle.HANDWRITTEN: ("[ ]", "[X]"),
            TickStyle.DOT: ("( )", "(\\225)"),
        }
        text = forms[style][ticked]
        if style is TickStyle.FILLED:
            self.text("n" if ticked else "o", x, y, "F2")
            end = x + 0.76 * self.size
        else:
            printed = text.replace("\\225", "x")
            self.text(printed, x, y)
            end = x + self.size * sum(COURIER_WIDTH if self.font == "Courier" else TIMES_WIDTHS[c] for c in printed)
        place = Box(x / WIDTH, 1 - (y + 0.8 * self.size) / HEIGHT, end / WIDTH, 1 - (y - 0.2 * self.size) / HEIGHT)
        self.marks.append(PlacedMark(place, ticked, style, label))
        return end

    def _outline(self, x: float, y: float, side: float) -> None:
        if self.kind is MarkKind.CIRCLE:
            self.content.append(f"{_circle(x + side / 2, y + side / 2, side / 2)} S")
        elif self.rng.random() < 0.25:
            right, top = x + side, y + side
            corners = ((x, y), (right, y), (right, top), (x, top))
            for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
                self.content.append(f"{ax:.2f} {ay:.2f} m {bx:.2f} {by:.2f} l S")
        else:
            self.content.append(f"{x:.2f} {y:.2f} {side:.2f} {side:.2f} re S")

    def _tick(self, x: float, y: float, side: float, style: TickStyle) -> None:
        rng = self.rng

        def at(across: float, up: float) -> str:
            return f"{x + across * side:.2f} {y + up * side:.2f}"

        def jitter(value: float, by: float = 0.06) -> float:
            return value + rng.uniform(-by, by)

        if style is TickStyle.TICK:
            self.content.append(
                f"{self.line * 1.3:.2f} w {at(jitter(0.2), jitter(0.5))} m {at(jitter(0.42), jitter(0.22))} l"
                f" {at(jitter(0.82), jitter(0.82))} l S"
            )
        elif style is TickStyle.CROSS:
            low, high = rng.uniform(0.0, 0.25), rng.uniform(0.75, 1.0)
            self.content.append(f"{at(low, low)} m {at(high, high)} l S {at(low, high)} m {at(high, low)} l S")
        elif style is TickStyle.FILLED and self.kind is MarkKind.CIRCLE:
            self.content.append(f"{_circle(x + side / 2, y + side / 2, side * rng.uniform(0.3, 0.5))} f")
        elif style is TickStyle.FILLED:
            inset = rng.uniform(0.0, 0.2)
            width = 1 - 2 * inset
            self.content.append(f"{at(inset, inset)} {width * side:.2f} {width * side:.2f} re f")
        elif style is TickStyle.DOT:
            self.content.append(f"{_circle(x + side / 2, y + side / 2, side * rng.uniform(0.18, 0.3))} f")
        else:
            pen = rng.uniform(0.8, 1.6)
            strokes = rng.choice((_check_by_hand, _cross_by_hand))(rng)
            for points in strokes:
                start, *rest = points
                curves = " ".join(
                    f"{at(*rest[i])} {at(*rest[i + 1])} {at(*rest[i + 2])} c" for i in range(0, len(rest) - 2, 3)
                )
                self.content.append(f"0.1 0.1 0.5 RG {pen:.2f} w {at(*start)} m {curves} S")
            self.content.append("0 G")


def _check_by_hand(rng: random.Random) -> list[list[tuple[float, float]]]:
    """Return one stroke of a pen that leaves the box at the top right, in sides of the box."""
    end = (rng.uniform(0.9, 1.35), rng.uniform(0.9, 1.4))
    turn = (rng.uniform(0.3, 0.5), rng.uniform(0.0, 0.25))
    return [
        [
            (rng.uniform(0.0, 0.25), rng.uniform(0.4, 0.65)),
            (0.2, 0.4),
            (0.3, 0.2),
            turn,
            (turn[0] + 0.15, turn[1] + 0.3),
            (end[0] - 0.3, end[1] - 0.35),
            end,
        ]
    ]


def _cross_by_hand(rng: random.Random) -> list[list[tuple[float, float]]]:
    """Return two strokes of a pen that reach over the corners, in sides of the box."""

    def near(value: float) -> float:
        return value + rng.uniform(-0.2, 0.2)

    return [
        [(near(0.05), near(0.05)), (near(0.3), near(0.35)), (near(0.6), near(0.6)), (near(1.0), near(1.0))],
        [(near(0.05), near(1.0)), (near(0.3), near(0.7)), (near(0.7), near(0.35)), (near(1.0), near(0.0))],
    ]


QUESTIONS = (
    "Membership", "Delivery", "Payment by", "Insured at work", "Newsletter", "Marital status", "Insurance cover",
    "Preferred contact", "Account type", "Vehicle use", "Sex", "Freight terms", "Meals", "Visit", "Language",
)  # fmt: skip
OPTIONS = (
    "Yes", "No", "Adult", "Family", "Student", "Senior", "Express", "Standard", "Card", "Cash", "Transfer", "Single",
    "Married", "By post", "By e-mail", "Full", "Partial", "Private", "Business", "Prepaid", "Collect", "Third party",
    "I agree to the terms", "Copy of passport enclosed", "Do not call me", "O positive", "Other", "Daily", "Owner",
)  # fmt: skip
_PROSE = (
    "The undersigned confirms that all statements are true and complete.",
    "Order 100 of 08 October: 0 open items, 80 paid (90 in all), DOBQ 00O8.",
    "Office use only. Do not write below this line. Form D 60 B, edition 08/2024.",
    "Please return this form to the office within 30 days (see overleaf).",
    "f (x) = 2 [a] + b [i] holds for x in [0, 1]; see also notes (a) and (b).",
)


def compose_form(rng: random.Random, look: Look, kind: MarkKind) -> MarkForm:
    """Compose a page of questions with options, some text and sometimes a table."""
    form = MarkForm(look, rng, kind)
    y = HEIGHT - 50
    form.text("Application form " + str(rng.randint(100, 999)), MARGIN, y, size=form.size * 1.4)
    y -= 2.2 * form.size
    style = rng.choice(tuple(TickStyle))
    writers: tuple[Callable[[MarkForm, float, TickStyle], float], ...] = (_row, _row, _column, _left_labels)
    while y > 120:
        y = rng.choice(writers)(form, y, style) - form.size * rng.uniform(0.5, 1.2)
        if rng.random() < 0.3 and y > 100:
            form.text(rng.choice(_PROSE), MARGIN, y, size=8)
            y -= 1.8 * form.size
        if kind is not MarkKind.TEXT:
            style = rng.choice(tuple(TickStyle))
    if rng.random() < 0.5 and y > TABLE_HEIGHT:
        _table(form, min(100, y))
    return form


def compose_plain_page(rng: random.Random, look: Look) -> MarkForm:
    """Compose a page without marks: prose, a table, bullets, boxes for single letters."""
    form = MarkForm(look, rng, MarkKind.BOX)
    y = HEIGHT - 60
    for _ in range(rng.randint(4, 10)):
        form.text(rng.choice(_PROSE), MARGIN, y, size=8)
        y -= 14
    for item in rng.sample(OPTIONS, 4):
        form.text("l" if rng.random() < 0.5 else "n", MARGIN, y, "F2", 6)
        form.text(item, MARGIN + 12, y)
        y -= 1.5 * form.size
    for digit in str(rng.randint(10**7, 10**8 - 1)):
        x = MARGIN + 16 * len(form.fields)
        form.content.append(f"0.6 w {x} {y - 4} 16 16 re S")
        form.text(digit, x + 5, y, size=10)
        form.fields.append("")
    form.fields.clear()
    _table(form, y - 40)
    for text in rng.sample(("0", "O", "D", "8", "00", "Q", "OO", "B"), 5):
        y -= 1.6 * form.size
        form.text(text, WIDTH / 2, y - 120)
        form.text(rng.choice(OPTIONS), WIDTH / 2 + 40, y - 120)
    return form


def _row(form: MarkForm, y: float, style: TickStyle) -> float:
    rng = form.rng
    x = form.text(rng.choice(QUESTIONS), MARGIN, y) + 2 * form.size
    options = rng.sample(OPTIONS, rng.randint(2, 3))
    chosen = rng.randrange(len(options) + 1)
    for index, option in enumerate(options):
        if x + form.size * (len(option) * 0.6 + 4) > WIDTH - 10:
            break
        end = form.mark(x, y, index == chosen, style, option)
        x = form.text(option, end + 0.5 * form.size, y) + 2 * form.size
    return y - 1.8 * form.size


def _column(form: MarkForm, y: float, style: TickStyle) -> float:
    rng = form.rng
    form.text(rng.choice(QUESTIONS) + ":", MARGIN, y)
    y -= 1.7 * form.size
    for option in rng.sample(OPTIONS, rng.randint(2, 4)):
        end = form.mark(MARGIN + 10, y, rng.random() < 0.4, style, option)
        form.text(option, end + 0.6 * form.size, y)
        y -= 1.7 * form.size
    return y


def _left_labels(form: MarkForm, y: float, style: TickStyle) -> float:
    rng = form.rng
    x = MARGIN
    for option in rng.sample(OPTIONS[:20], 2):
        end = form.text(option, x, y)
        form.mark(end + 0.6 * form.size, y, rng.random() < 0.5, style, option)
        x = max(x + 150, end + 5 * form.size)
    return y - 1.8 * form.size


def _table(form: MarkForm, top: float) -> None:
    rng = form.rng
    columns, rows = rng.randint(3, 6), rng.randint(2, 4)
    width = (WIDTH - 2 * MARGIN) / columns
    form.content.append("0.5 w")
    for row in range(rows + 1):
        form.content.append(f"{MARGIN} {top - 15 * row} m {WIDTH - MARGIN} {top - 15 * row} l S")
    for column in range(columns + 1):
        x = MARGIN + width * column
        form.content.append(f"{x:.2f} {top} m {x:.2f} {top - 15 * rows} l S")
        for row in range(rows):
            if column < columns:
                form.text(str(rng.choice((0, 8, "x", "O", 100, "12.00"))), x + 6, top - 15 * row - 11, size=9)


def _circle(x: float, y: float, radius: float) -> str:
    """Return the operators of a circle's path."""
    k = _KAPPA * radius

    def curve(points: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{a:.3f} {b:.3f}" for a, b in points) + " c"

    return " ".join(
        (
            f"{x + radius:.3f} {y:.3f} m",
            curve(((x + radius, y + k), (x + k, y + radius), (x, y + radius))),
            curve(((x - k, y + radius), (x - radius, y + k), (x - radius, y))),
            curve(((x - radius, y - k), (x - k, y - radius), (x, y - radius))),
            curve(((x + k, y - radius), (x + radius, y - k), (x + radius, y))),
            "h",
        )
    )


def _stream(content: str, entries: str = "") -> str:
    return f"<< /Length {len(content)} {entries} >>\nstream\n{content}\nendstream"


def overlap(a: Box, b: Box) -> float:
    """Return the shared area as a share of both together."""
    across, down = min(a.right, b.right) - max(a.left, b.left), min(a.bottom, b.bottom) - max(a.top, b.top)
    shared = max(0.0, across) * max(0.0, down)
    both = a.width * a.height + b.width * b.height - shared
    return shared / both if both > 0 and math.isfinite(both) else 0.0
