"""Test how tick boxes and radio buttons are found, judged and labelled."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.mark_forms import MEASURED, MarkKind, compose_form, compose_plain_page, overlap
from documents.decode.pdf_forms import readable_name
from documents.marks.page_marks import page_marks
from documents.marks.picture_marks import find_on_picture
from documents.ocr.ocr_engine import OcrEngine, OcrResult
from documents.pictures import Picture
from documents.placed import PlacedLine, PlacedWord
from documents.reader import DocumentReader
from schemas.deadline import Deadline
from schemas.frames import turn
from schemas.geometry import Box, Point, Quad, quad_of
from schemas.marks import Mark, MarkShape, MarkState
from schemas.pages import Document, Symbol, make_line, make_word
from tests.files import raw_pdf, shown, stream


class NoOcr(OcrEngine):
    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        raise AssertionError("these pages have text")


def read(data: bytes) -> Document:
    reader = DocumentReader(NoOcr())
    try:
        return reader.read(data)
    finally:
        reader.close()


def marks_of(document: Document) -> list[tuple[str, str]]:
    """State and label of each mark."""
    return [
        (m.state.value, " ".join(document.words[i].text for i in m.label_ids)) for p in document.pages for m in p.marks
    ]


def text(*lines: tuple[float, float, str]) -> str:
    """Operators for 12 pt text at (x, y)."""
    return "".join(f"\nBT /F1 12 Tf 0 g 1 0 0 1 {x} {y} Tm ({line}) Tj ET\n" for x, y, line in lines)


PROSE = text((50, 100, "All statements in this form are true and complete to the best of my knowledge."))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            ("[x] Express", "[ ] Standard"), [("ticked", "Express"), ("empty", "Standard")], id="square-brackets"
        ),
        pytest.param(("[X] Express  [ ] Standard",), [("ticked", "Express"), ("empty", "Standard")], id="two-in-a-row"),
        pytest.param((r"\( \) Yes  \(x\) No",), [("empty", "Yes"), ("ticked", "No")], id="round-brackets-as-options"),
        pytest.param(("Newsletter [ ] yes [v] no",), [("empty", "yes"), ("ticked", "no")], id="after-a-question"),
        pytest.param(("The function f [x] = 2 [a] is odd",), [], id="formula"),
        pytest.param((r"Copy \(x\) of the deed",), [], id="one-pair-of-round-brackets-in-prose"),
        pytest.param(("[1] First source", "[2] Second source"), [], id="numbers-of-notes"),
        pytest.param(("items[] and a[x] are arrays",), [], id="brackets-attached-to-a-word"),
    ],
)
def test_brackets_are_marks_where_they_have_the_form_of_options(
    lines: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert marks_of(read(raw_pdf(shown(*lines) + PROSE))) == expected


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        pytest.param("☐☑", ["empty", "ticked"], id="ballot-boxes"),
        pytest.param("☒□", ["ticked", "empty"], id="crossed-and-plain-square"),
        pytest.param("○●", ["empty", "ticked"], id="radio-buttons"),
        pytest.param("■□", ["ticked", "empty"], id="filled-square-next-to-an-empty-one"),
        pytest.param("●●", [], id="bullets"),
        pytest.param("■■", [], id="square-bullets"),
        pytest.param("○○", [], id="round-bullets"),
        pytest.param("✓✓", ["ticked", "ticked"], id="check-marks"),
        pytest.param("✗✓", ["unclear", "ticked"], id="a-cross-next-to-a-check-mark-may-mean-no"),
        pytest.param("\uf06f\uf0fe", ["empty", "ticked"], id="wingdings"),
        pytest.param("\uf0a3\uf052", ["empty", "ticked"], id="wingdings-2"),
    ],
)
def test_characters_that_show_boxes_are_marks(characters: str, expected: list[str]) -> None:
    lines, next_id = [], 0
    for row, character in enumerate(characters):
        line = make_line(
            tuple(
                make_word(next_id + i, symbols(word, 0.1 + 0.03 * i, 0.1 + 0.03 * row))
                for i, word in enumerate((character, "label"))
            )
        )
        next_id += 2
        lines.append(line)
    marks = page_marks((), lines, 0.7)
    assert [m.state.value for m in marks] == expected
    assert all(m.shape is MarkShape.TEXT and len(m.label_ids) == 1 for m in marks)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(("[✘]", "[ ]"), ["ticked", "empty"], id="heavy-cross-in-square-brackets"),
        pytest.param(("[✕]", "[✖]"), ["ticked", "ticked"], id="multiplication-signs-in-square-brackets"),
        pytest.param(("(✗)", "( )"), ["ticked", "empty"], id="cross-in-round-brackets"),
        pytest.param(("(✘)", "(\uf0fc)"), ["ticked", "ticked"], id="heavy-cross-and-wingdings-in-round-brackets"),
        pytest.param(("(v)", "(x)"), [], id="roman-five-is-not-a-tick-in-round-brackets"),
    ],
)
def test_every_tick_character_ticks_brackets(options: tuple[str, ...], expected: list[str]) -> None:
    assert states([f"{option} label" for option in options]) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            ("cash ■ card ■", "", "", "", "", "day □ night □"), ["ticked"] * 2 + ["empty"] * 2, id="both-in-a-row"
        ),
        pytest.param(("■ cash", "■ card", "", "", "", "", "□ day"), ["ticked"] * 2 + ["empty"], id="all-of-a-column"),
        pytest.param(("■ first", "", "", "", "", "then □ day □ night"), ["empty"] * 2, id="bullet-before-options"),
        pytest.param(("cash ■ card ■",), [], id="no-empty-one-on-the-page"),
    ],
)
def test_a_question_may_have_only_filled_squares(rows: tuple[str, ...], expected: list[str]) -> None:
    assert states(rows) == expected


def states(rows: Sequence[str]) -> list[str]:
    """Set rows of words, and return the states of their marks."""
    lines, next_id = [], 0
    for row, text in enumerate(rows):
        words, left = [], 0.1
        for part in text.split():
            words.append(make_word(next_id, symbols(part, left, 0.1 + 0.03 * row)))
            left += 0.015 * (len(part) + 0.5)
            next_id += 1
        if words:
            lines.append(make_line(tuple(words)))
    return [m.state.value for m in page_marks((), lines, 0.7)]


def symbols(word: str, left: float, top: float, size: float = 0.015) -> tuple[Symbol, ...]:
    return tuple(
        Symbol(c, quad_of(Box(left + i * size, top, left + (i + 1) * size, top + size)), 1.0)
        for i, c in enumerate(word)
    )


SQUARE = "0.8 w {x} {y} 10 10 re S "
CIRCLE = "0.8 w {x} {m} m {x} {a} {c} {t} {r} {t} c {d} {t} {e} {a} {e} {m} c {e} {b} {d} {y} {r} {y} c {c} {y} {x} {b} {x} {m} c h S "


def square(x: float, y: float) -> str:
    return SQUARE.format(x=x, y=y)


def circle(x: float, y: float, size: float = 10) -> str:
    k = 0.2239 * size
    return CIRCLE.format(
        x=x, y=y, m=y + size / 2, a=y + size / 2 + k + 0.05 * size, b=y + size / 2 - k - 0.05 * size, t=y + size,
        c=x + size / 2 - k - 0.05 * size, d=x + size / 2 + k + 0.05 * size, r=x + size / 2, e=x + size,
    )  # fmt: skip


TWO_LABELS = text((70, 701, "Adult"), (70, 681, "Family")) + PROSE
TICK = "1 w 52 704 m 54 702 l 58 708 l S "


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        pytest.param(square(50, 700) + square(50, 680), ["empty", "empty"], id="rectangles"),
        pytest.param(square(50, 700) + TICK + square(50, 680), ["ticked", "empty"], id="check-mark"),
        pytest.param(
            square(50, 700) + "51 701 m 59 709 l S 51 709 m 59 701 l S " + square(50, 680),
            ["ticked", "empty"],
            id="cross",
        ),
        pytest.param(square(50, 700) + "52 702 6 6 re f " + square(50, 680), ["ticked", "empty"], id="filled-inside"),
        pytest.param(square(50, 680) + "50 700 10 10 re f ", ["ticked", "empty"], id="filled-next-to-an-empty-one"),
        pytest.param("50 700 4 4 re f 50 680 4 4 re f ", [], id="bullets"),
        pytest.param("50 700 10 10 re f 50 680 10 10 re f ", [], id="filled-squares-alone"),
        pytest.param(
            "0.8 w 50 700 m 60 700 l S 60 700 m 60 710 l S 60 710 m 50 710 l S 50 710 m 50 700 l S ",
            ["empty"],
            id="four-lines",
        ),
        pytest.param(
            "0 g 50 700 10 10 re f 1 g 51 701 8 8 re f 0 g ", ["empty"], id="border-of-a-dark-and-a-light-square"
        ),
        pytest.param("50 700 10 10 re 51 701 8 8 re f* ", ["empty"], id="border-as-one-path-with-a-hole"),
        pytest.param(circle(50, 700) + circle(50, 680), ["empty", "empty"], id="circles"),
        pytest.param(
            circle(50, 700) + circle(52.5, 702.5, 5).replace(" S ", " f ") + circle(50, 680),
            ["ticked", "empty"],
            id="radio",
        ),
        pytest.param(
            square(50, 700) + text((51, 701, "x")) + square(50, 680), ["ticked", "empty"], id="letter-x-in-the-box"
        ),
        pytest.param(square(50, 700) + text((51, 701, "7")), [], id="digit-in-the-box"),
        pytest.param("0.8 w 50 700 12 12 re S 62 700 12 12 re S 74 700 12 12 re S ", [], id="boxes-for-single-letters"),
        pytest.param("0.8 w 50 700 12 12 re S 62 700 80 12 re S ", [], id="cell-of-a-table"),
        pytest.param(
            "0.5 w 50 700 m 62 700 l S 50 712 m 62 712 l S 50 700 m 50 712 l S 62 700 m 62 712 l S 62 700 m 200 700 l S"
            " 62 712 m 200 712 l S ",
            [],
            id="cell-drawn-with-lines",
        ),
        pytest.param("0.8 w 50 700 40 40 re S ", [], id="too-large"),
        pytest.param("0.8 w 0.2 0.7 0.2 rg 50 700 10 10 re B 0.9 0.3 0.1 rg 50 680 10 10 re B 0 g ", [], id="legend"),
        pytest.param("0.8 w 50 700 10 10 re S 1 g 51 701 8 8 re f 0 g ", ["empty"], id="paper-painted-inside"),
    ],
)
def test_drawn_boxes_are_judged_by_what_is_drawn_in_them(drawing: str, expected: list[str]) -> None:
    assert [state for state, _ in marks_of(read(raw_pdf(drawing + TWO_LABELS)))] == expected


def test_boxes_in_a_nested_form_are_placed_on_the_page() -> None:
    form = stream(square(0, 0), "/Type /XObject /Subtype /Form /BBox [0 0 20 20] /Matrix [1 0 0 1 0 0]")
    page = read(
        raw_pdf("q 1 0 0 1 50 700 cm /X1 Do Q" + TWO_LABELS, resources="/XObject << /X1 6 0 R >>", objects=(form,))
    )
    (mark,) = page.pages[0].marks
    assert mark.quad.box == pytest.approx((50 / 600, 90 / 800, 60 / 600, 100 / 800), abs=1e-4)
    assert marks_of(page) == [("empty", "Adult")]


def test_a_mark_on_a_turned_page_follows_its_text() -> None:
    upright, turned = (read(raw_pdf(square(50, 700) + TWO_LABELS, page=page)) for page in ("", "/Rotate 90"))
    assert marks_of(turned) == marks_of(upright) == [("empty", "Adult")]
    expected = turn(upright.pages[0].marks[0].quad, 1)
    for corner, other in zip(turned.pages[0].marks[0].quad, expected, strict=True):
        assert corner == pytest.approx(other, abs=1e-4)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [(50, "M"), (70, None), (150, "F"), (170, None)], [("empty", "M"), ("empty", "F")], id="labels-before-boxes"
        ),
        pytest.param(
            [(50, "Visit"), (90, None), (106, "Yes"), (160, None), (176, "No")],
            [("empty", "Yes"), ("empty", "No")],
            id="labels-after-boxes-and-a-question-before",
        ),
        pytest.param([(50, "Smoker"), (400, None)], [("empty", "Smoker")], id="far-to-the-right-of-its-label"),
        pytest.param(
            [(50, None), (66, "I agree to the terms")], [("empty", "I agree to the terms")], id="several-words"
        ),
        pytest.param([(50, None), (66, "Cash"), (120, "EUR 5.00")], [("empty", "Cash")], id="ends-at-a-wide-gap"),
    ],
)
def test_labels_are_on_the_side_where_the_row_has_them(
    rows: list[tuple[int, str | None]], expected: list[tuple[str, str]]
) -> None:
    content = "".join(square(x, 700) if label is None else text((x, 701, label)) for x, label in rows)
    assert marks_of(read(raw_pdf(content + PROSE))) == expected


def form(fields: str, objects: tuple[str, ...]) -> bytes:
    count = len(objects)
    references = " ".join(f"{6 + i} 0 R" for i in range(count))
    return raw_pdf(
        TWO_LABELS,
        page=f"/Annots [{references}]",
        root=f"/AcroForm << /Fields [{fields}] /DA (/F1 12 Tf 0 g) >>",
        objects=objects,
    )


def widget(entries: str, box: str = "50 700 60 710") -> str:
    return f"<< /Type /Annot /Subtype /Widget /Rect [{box}] /F 4 {entries} >>"


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param("/FT /Btn /T (agree) /V /Yes /AS /Yes", [(MarkState.TICKED, MarkShape.BOX, "agree")], id="ticked"),
        pytest.param("/FT /Btn /T (agree) /V /Off /AS /Off", [(MarkState.EMPTY, MarkShape.BOX, "agree")], id="empty"),
        pytest.param(
            "/FT /Btn /Ff 32768 /T (type) /V /a /AS /a /MK << /CA (l) >>",
            [(MarkState.TICKED, MarkShape.CIRCLE, "type")],
            id="radio-button",
        ),
        pytest.param(
            "/FT /Btn /T (c1) /TU (I agree) /V /Off /AS /Off",
            [(MarkState.EMPTY, MarkShape.BOX, "I agree")],
            id="text-for-readers",
        ),
        pytest.param("/FT /Btn /T (x) /AS /Yes /V /Yes /F 2", [], id="hidden"),
        pytest.param("/FT /Btn /Ff 65536 /T (send)", [], id="push-button"),
        pytest.param("/FT /Sig /T (signature)", [], id="signature"),
    ],
)
def test_fields_of_a_form_say_their_state(entries: str, expected: list[tuple[MarkState, MarkShape, str]]) -> None:
    state = "a" if "/V /a" in entries else "Yes"
    body = widget(entries.replace("/F 2", "") + f" /AP << /N << /{state} 7 0 R /Off 7 0 R >> >>")
    body = body.replace("/F 4", "/F 2") if "/F 2" in entries else body
    appearance = stream("", "/Type /XObject /Subtype /Form /BBox [0 0 10 10]")
    data = raw_pdf(
        TWO_LABELS, page="/Annots [6 0 R]", root="/AcroForm << /Fields [6 0 R] >>", objects=(body, appearance)
    )
    document = read(data)
    assert [(m.state, m.shape, m.name) for m in document.pages[0].marks] == expected
    assert all(m.confidence == 1.0 for m in document.pages[0].marks)


def test_a_tick_box_that_the_list_of_fields_lacks_is_read_from_its_appearance() -> None:
    document = read(form("", (widget("/FT /Btn /T (lone) /AS /Yes"),)))
    assert [(m.state, m.name) for m in document.pages[0].marks] == [(MarkState.TICKED, "lone")]


def test_filled_fields_are_entries_and_empty_ones_are_not() -> None:
    objects = (
        widget("/FT /Tx /T (applicant.dateOfBirth) /V (1 May 1990)", "50 600 150 620"),
        widget("/FT /Tx /T (empty)", "50 570 150 590"),
        widget("/FT /Tx /T (t3) /TU (Town or city) /V (Bath)", "50 540 150 560"),
        widget("/FT /Tx /Ff 8192 /T (secret) /V (hunter2)", "50 510 150 530"),
    )
    document = read(form("6 0 R 7 0 R 8 0 R 9 0 R", objects))
    entries = document.pages[0].form_entries
    assert [e.name for e in entries] == ["date Of Birth", "Town or city"]
    assert entries[0].quad.box == pytest.approx((50 / 600, 180 / 800, 150 / 600, 200 / 800), abs=1e-4)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("form1[0].page1[0].surname[0]", "surname"),
        ("applicant.dateOfBirth", "date Of Birth"),
        ("VATNumber", "VAT Number"),
        ("post_code", "post code"),
        ("Check Box 1", "Check Box 1"),
        ("", ""),
    ],
)
def test_names_of_fields_are_written_as_words(name: str, expected: str) -> None:
    assert readable_name(name) == expected


class Sheet:
    """A picture with words, as OCR would read them, and boxes."""

    def __init__(self, size: tuple[int, int] = (900, 600), font: int = 28) -> None:
        self.image = Image.new("RGB", size, "white")
        self.draw = ImageDraw.Draw(self.image)
        self.font = ImageFont.load_default(font)
        self.lines: list[PlacedLine] = []

    def text(self, x: float, y: float, line: str, read_as: str | None = None, start: float | None = None) -> None:
        """Print a line with its top at y; OCR reads `read_as`, its first symbol from `start`."""
        self.draw.text((x, y), line, "black", self.font)
        right, height = x + self.draw.textlength(line, self.font), 36
        placed = read_as or line
        words: list[PlacedWord] = []
        position = x
        step = (right - x) / len(placed)
        for word in placed.split(" "):
            symbols = []
            for index, character in enumerate(word):
                left = position if start is None or words or index else start
                symbols.append(self._symbol(character, left, y, position + step, y + height))
                position += step
            words.append(PlacedWord(tuple(symbols), self._quad(symbols)))
            position += step
        self.lines.append(words)

    def read_symbol(self, character: str, box: tuple[float, float, float, float]) -> None:
        symbol = self._symbol(character, *box)
        self.lines.append([PlacedWord((symbol,), symbol.quad)])

    def _symbol(self, character: str, left: float, top: float, right: float, bottom: float) -> Symbol:
        width, height = self.image.size
        return Symbol(character, quad_of(Box(left / width, top / height, right / width, bottom / height)), 0.95)

    @staticmethod
    def _quad(symbols: list[Symbol]) -> Quad:
        first, last = symbols[0].quad, symbols[-1].quad
        return first._replace(top_right=last.top_right, bottom_right=last.bottom_right)

    def box(self, x: float, y: float, side: float = 26, width: int = 2) -> None:
        self.draw.rectangle((x, y, x + side, y + side), outline="black", width=width)

    def circle(self, x: float, y: float, side: float = 26, width: int = 2) -> None:
        self.draw.ellipse((x, y, x + side, y + side), outline="black", width=width)

    def found(self) -> tuple[list[str], list[str]]:
        """States from the top, and the texts of the lines without what was read in place of marks."""
        result = find_on_picture(np.asarray(self.image), self.lines)
        marks = sorted(result.marks, key=lambda m: m.quad.box.top)
        texts = [" ".join("".join(s.text for s in word.symbols) for word in line) for line in result.lines]
        return [m.state.value for m in marks], texts


def on_picture(draw: Callable[[Sheet], object]) -> Sheet:
    """A sheet with two options, of which the first box is filled in by `draw`."""
    sheet = Sheet()
    for row, label in enumerate(("Adult member", "Family of four")):
        sheet.box(60, 104 + 60 * row)
        sheet.text(100, 100 + 60 * row, label)
    draw(sheet)
    return sheet


PICTURES = [
    pytest.param(lambda s: None, ["empty", "empty"], id="empty"),
    pytest.param(lambda s: s.draw.line((65, 117, 71, 125, 82, 109), "black", 2), ["ticked", "empty"], id="check-mark"),
    pytest.param(
        lambda s: (s.draw.line((62, 106, 84, 128), "black", 2), s.draw.line((62, 128, 84, 106), "black", 2)),
        ["ticked", "empty"], id="cross",
    ),
    pytest.param(lambda s: s.draw.rectangle((64, 108, 82, 126), "black"), ["ticked", "empty"], id="filled"),
    pytest.param(lambda s: s.draw.ellipse((67, 111, 79, 123), "black"), ["ticked", "empty"], id="dot"),
    pytest.param(
        lambda s: s.draw.line((62, 116, 70, 126, 92, 92), (20, 20, 120), 3), ["ticked", "empty"], id="pen-leaves-the-box"
    ),
    pytest.param(lambda s: s.draw.rectangle((72, 116, 74, 118), "black"), ["unclear", "empty"], id="speck"),
    pytest.param(lambda s: s.draw.rectangle((66, 110, 80, 124), (185, 185, 185)), ["unclear", "empty"], id="smudge"),
]  # fmt: skip


@pytest.mark.parametrize(("draw", "expected"), PICTURES)
def test_boxes_on_pictures_are_judged_by_the_ink_in_them(draw: Callable[[Sheet], object], expected: list[str]) -> None:
    assert on_picture(draw).found() == (expected, ["Adult member", "Family of four"])


@pytest.mark.parametrize(("draw", "expected"), PICTURES)
@pytest.mark.parametrize("degrees", [1.5, -3.0])
def test_boxes_on_tilted_pictures_are_judged_alike(
    draw: Callable[[Sheet], object], expected: list[str], degrees: float
) -> None:
    sheet = on_picture(draw)
    sheet.image = sheet.image.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor="white")
    width, height = sheet.image.size
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def moved(point: Point) -> Point:
        x, y = point.x * width - width / 2, point.y * height - height / 2
        return point._replace(x=(x * cos - y * sin + width / 2) / width, y=(x * sin + y * cos + height / 2) / height)

    def turned(quad: Quad) -> Quad:
        return Quad(*map(moved, quad))

    sheet.lines = [
        [PlacedWord(tuple(s._replace(quad=turned(s.quad)) for s in w.symbols), turned(w.quad)) for w in line]
        for line in sheet.lines
    ]
    assert sheet.found()[0] == expected


def test_radio_buttons_on_pictures_come_in_groups() -> None:
    sheet = Sheet()
    for row, label in enumerate(("Adult member", "Family of four")):
        sheet.circle(60, 104 + 60 * row)
        sheet.text(100, 100 + 60 * row, label)
    sheet.draw.ellipse((67, 111, 79, 123), "black")
    assert sheet.found()[0] == ["ticked", "empty"]
    alone = Sheet()
    alone.circle(60, 104)
    alone.text(100, 100, "Adult member")
    assert alone.found()[0] == []


def test_what_ocr_reads_in_place_of_a_box_is_no_word() -> None:
    sheet = Sheet()
    sheet.box(60, 104)
    sheet.read_symbol("O", (58, 100, 88, 136))
    sheet.text(100, 100, "Adult member")
    assert sheet.found() == (["empty"], ["Adult member"])


def test_a_letter_that_took_the_place_of_a_box_is_cut_off_there() -> None:
    sheet = Sheet()
    sheet.box(60, 104)
    sheet.text(100, 100, "Owner", start=58)
    result = find_on_picture(np.asarray(sheet.image), sheet.lines)
    (mark,), ((word,),) = result.marks, result.lines
    assert "".join(s.text for s in word.symbols) == "Owner"
    assert word.symbols[0].quad.box.left >= mark.quad.box.right


def test_words_that_ocr_joined_across_a_box_are_divided() -> None:
    sheet = Sheet()
    sheet.text(60, 100, "Yes")
    sheet.box(130, 104)
    sheet.text(180, 100, "No", start=126)
    (yes,), (no,) = sheet.lines
    symbols = (*yes.symbols, *no.symbols)
    sheet.lines = [
        [PlacedWord(symbols, yes.quad._replace(top_right=no.quad.top_right, bottom_right=no.quad.bottom_right))]
    ]
    assert sheet.found() == (["empty"], ["Yes No"])


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda s: s.text(60, 200, "D B 0 8 Order OOO 00 Do Owner 100 Bold"), id="letters"),
        pytest.param(lambda s: [s.draw.rectangle((60 + 40 * i, 200, 100 + 40 * i, 240), outline="black", width=2) for i in range(8)], id="table-cells"),
        pytest.param(lambda s: [s.box(60 + 34 * i, 200) for i in range(6)], id="boxes-for-single-letters"),
        pytest.param(lambda s: [s.draw.rectangle((60, 200 + 40 * i, 74, 214 + 40 * i), "black") for i in range(3)], id="bullets"),
        pytest.param(lambda s: s.box(600, 400), id="box-far-from-any-text"),
    ],
)  # fmt: skip
def test_other_shapes_on_pictures_are_not_marks(draw: Callable[[Sheet], object]) -> None:
    sheet = Sheet()
    sheet.text(60, 100, "Order 100 of 8 October")
    draw(sheet)
    assert sheet.found()[0] == []


def test_a_mark_that_is_seen_twice_is_one() -> None:
    quad = quad_of(Box(0.1, 0.1, 0.115, 0.115))
    line = make_line((make_word(0, symbols("☐", 0.1, 0.1)), make_word(1, symbols("Yes", 0.13, 0.1))))
    sure = Mark(quad, MarkState.TICKED, MarkShape.BOX, 1.0, name="agree")
    assert page_marks([sure], [line], 1.0) == (sure._replace(label_ids=(1,)),)


@pytest.mark.parametrize("kind", [MarkKind.FIELD, MarkKind.TEXT, MarkKind.BOX, MarkKind.CIRCLE])
def test_composed_forms_are_read_without_a_mistake(kind: MarkKind) -> None:
    for seed in range(2):
        composed = compose_form(random.Random(f"{kind} {seed}"), MEASURED, kind)
        marks = read(composed.pdf()).pages[0].marks
        assert len(marks) == len(composed.marks)
        for truth in composed.marks:
            best = max(marks, key=lambda m: overlap(m.quad.box, truth.box))
            assert (best.state is MarkState.TICKED) == truth.ticked


def test_a_composed_page_without_marks_has_none() -> None:
    for seed in range(4):
        assert read(compose_plain_page(random.Random(seed), MEASURED).pdf()).pages[0].marks == ()
