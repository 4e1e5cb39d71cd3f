"""Documents as Markdown: each kind of block, in the right order, escaped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.frames import Tilted, turn
from schemas.geometry import Box, Quad, quad_of
from schemas.marks import Mark, MarkShape, MarkState
from schemas.pages import Document, Line, Page, Symbol, TextSource, make_line, make_word
from service.contract.markdown import markdown_pages

WIDTH, HEIGHT = 600.0, 800.0
Printed = tuple[float, float, str] | tuple[float, float, str, float]
"""Left and top in points, text, and its height in points (10 by default)."""


def document(*printed: Printed, tilt: float = 0.0) -> Document:
    """One page with a line for each text, whose characters are half as wide as high."""
    frame = Tilted.by(tilt, WIDTH / HEIGHT)
    lines: list[Line] = []
    number = 0
    for left, top, text, *rest in printed:
        height = rest[0] if rest else 10.0
        words = []
        at = left
        for word in text.split(" "):
            symbols = []
            for character in word:
                symbols.append(Symbol(character, _quad(frame, at, top, height), 1.0))
                at += height / 2
            words.append(make_word(number, tuple(symbols)))
            number += 1
            at += height / 2
        lines.append(make_line(tuple(words)))
    return Document((Page(1, WIDTH, HEIGHT, tuple(lines), TextSource.TEXT_LAYER),))


def _quad(frame: Tilted, left: float, top: float, height: float) -> Quad:
    flat = quad_of(Box(left / WIDTH, top / HEIGHT, (left + height / 2) / WIDTH, (top + height) / HEIGHT))
    if not frame.sin:
        return flat
    return Quad(*(frame.to_page(p.x * frame.aspect, p.y) for p in flat))


def written(document: Document) -> str:
    (page,) = markdown_pages(document)
    return str(page["markdown"])


TABLE = (
    (50, 100, "Item"), (250, 100, "Quantity"), (400, 100, "Amount"),
    (50, 115, "Keyboard"), (270, 115, "2"), (400, 115, "98.00"),
    (50, 130, "Mouse"), (400, 130, "12.50"),
    (250, 145, "Total"), (400, 145, "110.50"),
)  # fmt: skip
TABLE_TEXT = """\
| Item | Quantity | Amount |
| --- | --- | --- |
| Keyboard | 2 | 98.00 |
| Mouse |  | 12.50 |
|  | Total | 110.50 |"""
COLUMN = "A line of prose that fills its column"
PROSE = "The quick brown fox jumps over the lazy dog and runs"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param([(50, 50, "Invoice", 24), (50, 90, "Dear customer")], "# Invoice\n\nDear customer", id="heading"),
        pytest.param(
            [(50, 50, "Terms", 14), (50, 90, PROSE), (50, 102, PROSE), (50, 114, "away.")],
            f"## Terms\n\n{PROSE} {PROSE} away.",
            id="heading of second level, and a paragraph in one line",
        ),
        pytest.param(
            [(50, 50, PROSE + " under-"), (50, 62, "ground " + PROSE)],
            f"{PROSE} underground {PROSE}",
            id="hyphenated word",
        ),
        pytest.param(
            [(50, 50, "ACME Ltd"), (50, 62, "1 Main Street"), (50, 74, "London")],
            "ACME Ltd\\\n1 Main Street\\\nLondon",
            id="lines of an address stay apart",
        ),
        pytest.param([(50, 50, "One"), (50, 90, "Two")], "One\n\nTwo", id="paragraphs"),
        pytest.param(
            [(50, 50, "• first thing"), (50, 62, "• second thing"), (50, 74, "3. third thing")],
            "- first thing\n- second thing\n3. third thing",
            id="list",
        ),
        pytest.param(TABLE, TABLE_TEXT, id="table with empty cells"),
        pytest.param(
            [(50, 100, "Item"), (250, 100, "Price"), (400, 100, "Sum"), (50, 115, "Keyboard"), (250, 115, "49"),
             (400, 115, "98"), (50, 127, "with cable"), (50, 150, "Mouse"), (250, 150, "12"), (400, 150, "12")],
            "| Item | Price | Sum |\n| --- | --- | --- |\n| Keyboard with cable | 49 | 98 |\n| Mouse | 12 | 12 |",
            id="text wrapped in a cell",
        ),
        pytest.param(
            [(50, 100, "Net"), (300, 100, "100.00"), (50, 115, "VAT"), (300, 115, "19.00")],
            "|  |  |\n| --- | --- |\n| Net | 100.00 |\n| VAT | 19.00 |",
            id="labels and values have no header",
        ),
        pytest.param([(50, 50, "Date: 1 May"), (300, 50, "Page 1")], "Date: 1 May\u2003Page 1", id="row"),
        pytest.param(
            [(50, 50, COLUMN), (50, 62, COLUMN), (50, 74, COLUMN),
             (310, 50, COLUMN), (310, 62, COLUMN), (310, 74, COLUMN)],
            " ".join([COLUMN] * 3) + "\n\n" + " ".join([COLUMN] * 3),
            id="columns of prose one after the other",
        ),
        pytest.param(
            [(50, 50, "# 4*5_a <b> `c` [d] e_f")],
            "\\# 4\\*5_a \\<b> \\`c\\` \\[d\\] e_f",
            id="special characters",
        ),
        pytest.param([(50, 50, "-5 degrees")], "\\-5 degrees", id="minus is no bullet"),
        pytest.param([(50, 50, "2024. A year")], "2024. A year".replace("2024", "\\2024"), id="year is no number of a list"),
        pytest.param(
            [(50, 100, "A|B"), (200, 100, "C"), (350, 100, "D"), (50, 115, "1"), (200, 115, "2"), (350, 115, "3")],
            "| A\\|B | C | D |\n| --- | --- | --- |\n| 1 | 2 | 3 |",
            id="bar in a cell",
        ),
    ],
)  # fmt: skip
def test_blocks(page: list[Printed], expected: str) -> None:
    assert written(document(*page)) == expected


def test_a_tilted_table_is_a_table() -> None:
    assert written(document(*TABLE, tilt=0.03)) == TABLE_TEXT


def marked(page: Document, *marks: Mark) -> Document:
    return Document((replace(page.pages[0], marks=marks),))


def box(left: float, top: float, width: float = 10) -> Quad:
    return quad_of(Box(left / WIDTH, top / HEIGHT, (left + width) / WIDTH, (top + 10) / HEIGHT))


def test_tick_boxes_come_before_their_labels() -> None:
    page = document((50, 50, "Smoker:"), (120, 50, "Yes"), (160, 50, "No"), (200, 50, "unknown"))
    states = (MarkState.EMPTY, MarkState.TICKED, MarkState.UNCLEAR)
    marks = [Mark(box(108 + 40 * i, 50), state, MarkShape.BOX, 1.0, (i + 1,)) for i, state in enumerate(states)]
    assert written(marked(page, *marks)) == "Smoker:\u2003[ ] Yes\u2003[x] No\u2003[?] unknown"


def test_a_tick_box_after_its_label_comes_after_it() -> None:
    mark = Mark(box(120, 50), MarkState.TICKED, MarkShape.BOX, 1.0, (0, 1))
    assert written(marked(document((50, 50, "I agree")), mark)) == "I agree [x]"


def test_marks_that_are_set_as_characters_appear_once() -> None:
    page = document((50, 50, "☑ Yes"), (120, 50, "[ ] No"))
    marks = (
        Mark(box(50, 50, 5), MarkState.TICKED, MarkShape.TEXT, 1.0, (1,)),
        Mark(box(120, 50, 15), MarkState.EMPTY, MarkShape.TEXT, 1.0, (4,)),
    )
    assert written(marked(page, *marks)) == "[x] Yes\u2003[ ] No"


def test_tick_boxes_without_labels_are_in_their_columns() -> None:
    page = document((50, 50, "Question"), (300, 50, "Yes"), (400, 50, "No"), (50, 65, "Smoker"), (50, 80, "Pets"))
    marks = (
        Mark(box(300, 65), MarkState.EMPTY, MarkShape.BOX, 1.0),
        Mark(box(400, 65), MarkState.TICKED, MarkShape.BOX, 1.0),
        Mark(box(300, 80), MarkState.TICKED, MarkShape.BOX, 1.0),
        Mark(box(400, 80), MarkState.EMPTY, MarkShape.BOX, 1.0),
    )
    assert written(marked(page, *marks)) == (
        "| Question | Yes | No |\n| --- | --- | --- |\n| Smoker | [ ] | [x] |\n| Pets | [x] | [ ] |"
    )


def test_a_turned_page_is_written_upright_with_places_as_sent() -> None:
    sent = turned_page(document(*TABLE).pages[0])
    (page,) = markdown_pages(Document((sent,)), with_blocks=True)
    assert page["markdown"] == TABLE_TEXT
    assert page["blocks"][0]["bbox"] == {"xmin": 806, "ymin": 83, "xmax": 875, "ymax": 717}


def turned_page(page: Page) -> Page:
    """The page turned by a quarter clockwise."""
    lines = tuple(
        make_line(
            tuple(make_word(w.id, tuple(s._replace(quad=turn(s.quad, 1)) for s in w.symbols)) for w in line.words)
        )
        for line in page.lines
    )
    return replace(page, width=page.height, height=page.width, lines=lines)


def test_blocks_and_cells_have_their_places() -> None:
    (page,) = markdown_pages(document(*TABLE), with_blocks=True)
    (block,) = page["blocks"]
    assert (block["kind"], block["markdown"]) == ("table", TABLE_TEXT)
    assert block["bbox"] == {"xmin": 83, "ymin": 125, "xmax": 717, "ymax": 194}
    assert block["cells"][1][2] == {
        "text": "98.00",
        "bbox": {"xmin": 667, "ymin": 144, "xmax": 708, "ymax": 156},
        "vertices": [{"x": 667, "y": 144}, {"x": 708, "y": 144}, {"x": 708, "y": 156}, {"x": 667, "y": 156}],
    }
    assert block["cells"][2][1] == {"text": "", "bbox": None, "vertices": []}


def test_an_empty_page() -> None:
    assert markdown_pages(Document((Page(1, 10, 10, (), TextSource.OCR),)), True) == [
        {"page": 1, "markdown": "", "blocks": []}
    ]
