"""Test which text layers are trusted, on PDFs written by hand because no library writes such files."""

from __future__ import annotations

import numpy as np
import pytest

from documents.decode.content import PageContent
from documents.decode.pdf import PdfFile
from documents.decode.pdf_text import is_garbled
from documents.limits import ReadingLimits
from schemas.frames import turn
from schemas.geometry import Box, quad_of
from tests.files import raw_pdf, shown, stream

PROSE = (
    "Invoice number 4711 for the delivery of seven chairs",
    "and one table, payable within thirty days of receipt",
    "to the account that is named at the foot of this page",
)
GREY = "/XObject << /Im 6 0 R >>"
PRINTED = stream(
    "\x00\xff\xff\x00" * 16,
    "/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8",
)
"""A picture with stripes, which a region shows."""
IMAGE = stream(
    "\x80" * 64, "/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8"
)


def picture(x: int, y: int, width: int, height: int) -> str:
    return f"\nq {width} 0 0 {height} {x} {y} cm /Im Do Q\n"


def page(data: bytes) -> PageContent:
    return PdfFile(data, ReadingLimits()).page(1)


def text(content: PageContent) -> str:
    assert content.text is not None
    return " ".join("".join(content.text.texts[start:end]) for start, end in content.text.spans())


def test_a_sound_text_layer_is_used() -> None:
    content = page(raw_pdf(shown(*PROSE)))
    assert text(content) == " ".join(PROSE)
    assert content.regions == ()


def test_the_hidden_text_of_a_scan_is_ignored() -> None:
    content = page(raw_pdf(picture(0, 0, 600, 800) + shown(*PROSE * 4, mode=3), resources=GREY, objects=(IMAGE,)))
    assert content.text is None
    assert len(content.regions) == 1


def test_hidden_words_among_visible_ones_are_left_out() -> None:
    content = page(raw_pdf(shown(*PROSE) + shown("invisible", mode=3, top=300)))
    assert text(content) == " ".join(PROSE)


def test_white_text_on_white_paper_is_left_out_but_not_on_a_dark_panel() -> None:
    panel = "0.1 g 40 380 300 40 re f"
    white = shown("on dark", colour="1 g", top=395) + shown("on white", colour="1 g", top=300)
    assert text(page(raw_pdf(shown(*PROSE) + panel + white))) == " ".join((*PROSE, "on dark"))


def test_text_under_a_picture_is_read_by_ocr_and_text_on_one_is_not() -> None:
    under = raw_pdf(shown(*PROSE * 4) + picture(0, 0, 600, 800), resources=GREY, objects=(IMAGE,))
    on = raw_pdf(picture(0, 0, 600, 800) + shown(*PROSE * 4), resources=GREY, objects=(IMAGE,))
    assert page(under).text is None
    assert text(page(on)) == " ".join(PROSE * 4)
    assert page(on).regions == ()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_picture_on_a_page_of_text_is_a_region_of_its_own(rotation: int) -> None:
    data = raw_pdf(
        shown(*PROSE) + picture(300, 200, 200, 100),
        page=f"/Rotate {rotation}",
        resources=GREY,
        objects=(PRINTED,),
    )
    content = page(data)
    assert sorted(text(content).split()) == sorted(" ".join(PROSE).split())
    (region,) = content.regions
    upright = quad_of(Box(300 / 600, 500 / 800, 500 / 600, 600 / 800))
    assert region.box == pytest.approx(turn(upright, rotation // 90).box, abs=1e-3)
    height, width = region.picture.shape[:2]
    assert width / height == pytest.approx((2.0, 0.5)[rotation // 90 % 2], abs=0.03)
    assert np.unique(region.picture > 128).size == 2
    assert (region.picture > 200).mean() + (region.picture < 50).mean() > 0.7  # all of it is stripes


def test_a_letterhead_under_the_text_is_read_and_a_plain_background_is_not() -> None:
    for image, regions in ((PRINTED, 1), (IMAGE, 0)):
        content = page(raw_pdf(picture(0, 0, 600, 800) + shown(*PROSE * 4), resources=GREY, objects=(image,)))
        assert text(content) == " ".join(PROSE * 4)
        assert len(content.regions) == regions


def test_icons_are_not_read() -> None:
    content = page(raw_pdf(shown(*PROSE) + picture(300, 200, 12, 12), resources=GREY, objects=(IMAGE,)))
    assert content.regions == ()


def mapped(offset: int) -> dict[str, object]:
    """Make a font whose characters are mapped to others: the code plus an offset."""
    ranges = f"1 beginbfrange\n<20> <7e> <{0x20 + offset:04x}>\nendbfrange"
    cmap = f"/CMapName /X def 1 begincodespacerange <00> <ff> endcodespacerange\n{ranges}"
    font = "/Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R"
    return {"font": font, "objects": (stream(f"/CIDInit /ProcSet findresource begin begincmap {cmap} endcmap end"),)}


@pytest.mark.parametrize("offset", [pytest.param(0xE000, id="private-use"), pytest.param(3, id="shifted-by-three")])
def test_a_text_layer_that_cannot_match_the_print_is_ignored(offset: int) -> None:
    assert page(raw_pdf(shown(*PROSE), **mapped(offset))).text is None  # type: ignore[arg-type]


def test_the_same_font_with_a_correct_map_is_used() -> None:
    assert text(page(raw_pdf(shown(*PROSE), **mapped(0)))) == " ".join(PROSE)  # type: ignore[arg-type]


def test_a_crop_box_is_the_page() -> None:
    content = page(raw_pdf(shown(*PROSE) + shown("cut off", top=100), page="/CropBox [0 400 600 800]"))
    assert (content.width, content.height) == (600, 400)
    assert text(content) == " ".join(PROSE)
    assert content.text is not None
    assert content.text.loose[0][3] == pytest.approx((800 - 740) / 400, abs=0.01)  # the first baseline


def test_form_values_and_notes_are_read() -> None:
    look = "/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 5 0 R >> >>"
    objects = (
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /V (Ada) /Rect [50 300 250 320] /F 4 /AP << /N 8 0 R >> >>",
        "<< /Type /Annot /Subtype /FreeText /Contents (paid) /Rect [50 200 250 220] /F 4 /AP << /N 9 0 R >> >>",
        stream("BT /F1 12 Tf 2 5 Td (Lovelace) Tj ET", look),
        stream("BT /F1 12 Tf 2 5 Td (received) Tj ET", look),
    )
    form = "/AcroForm << /Fields [6 0 R] /DR << /Font << /F1 5 0 R >> >> /DA (/F1 12 Tf 0 g) >>"
    content = page(raw_pdf(shown(*PROSE), page="/Annots [6 0 R 7 0 R]", objects=objects, root=form))
    assert {"Lovelace", "received"} <= set(text(content).split())


def test_links_are_not_text() -> None:
    link = "<< /Type /Annot /Subtype /Link /Rect [50 300 250 320] /A << /S /URI /URI (http://example.com) >> >>"
    assert text(page(raw_pdf(shown(*PROSE), page="/Annots [6 0 R]", objects=(link,)))) == " ".join(PROSE)


def test_a_picture_in_a_form_object_is_placed_by_the_form() -> None:
    form = stream(
        "q 100 0 0 50 0 0 cm /Im Do Q",
        "/Type /XObject /Subtype /Form /BBox [0 0 100 50] /Resources << /XObject << /Im 6 0 R >> >>",
    )
    resources = "/XObject << /Fm 7 0 R >>"
    content = page(
        raw_pdf(shown(*PROSE) + "q 1 0 0 1 300 200 cm /Fm Do Q", resources=resources, objects=(PRINTED, form))
    )
    (region,) = content.regions
    assert region.box == pytest.approx((0.5, 1 - 250 / 800, 400 / 600, 1 - 200 / 800), abs=1e-3)


def test_a_logo_painted_last_does_not_cover_the_text_elsewhere() -> None:
    content = page(
        raw_pdf(
            picture(0, 0, 600, 800) + shown(*PROSE * 4) + picture(540, 20, 40, 40), resources=GREY, objects=(IMAGE,)
        )
    )
    assert text(content) == " ".join(PROSE * 4)


def test_other_languages_are_not_garbled() -> None:
    words = "Hóa đơn giá trị gia tăng Tổng cộng tiền thanh toán Số lượng Đơn giá Thành tiền Người mua hàng " * 3
    assert not is_garbled([c for c in words if not c.isspace()])
