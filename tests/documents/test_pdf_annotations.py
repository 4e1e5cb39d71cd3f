"""Read what annotations show on the page, and nothing that they only say in a window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from documents import DocumentReader, ReadingLimits
from documents.decode.pdf_annotations import MAX_ANNOTATIONS
from schemas.pages import Document
from tests.fakes import Blind
from tests.files import raw_pdf, shown, stream

PRINTED = "Invoice number 4711 of 2024-05-17"
APPEARANCE = stream(
    "BT /F1 12 Tf 1 0 0 1 4 6 Tm (PAID 99.50) Tj ET",
    "/Type /XObject /Subtype /Form /BBox [0 0 100 20] /Resources << /Font << /F1 5 0 R >> >>",
)
DRAWN = "/AP << /N 6 0 R >>"
FORM = "/AcroForm << /Fields [] /DR << /Font << /Helv 5 0 R >> >> >>"
TYPED = "/DA (/Helv 12 Tf 0 g)"
"""How typed text looks if it has no appearance of its own."""


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with closing(DocumentReader(Blind(), ReadingLimits(seconds=20))) as made:
        yield made


def annotated(*annotations: str, root: str = "") -> bytes:
    """Make a page with a line of text and annotations at 100 to 200 points from the left, 400 to 420 from below."""
    rows = " ".join(
        f"<< /Type /Annot /Rect [100 400 200 420] /Contents (PAID 99.50) {entry} >>" for entry in annotations
    )
    return raw_pdf(shown(PRINTED), page=f"/Annots [{rows}]", objects=(APPEARANCE,), root=root)


def words(document: Document) -> list[str]:
    return [word.text for word in document.words]


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(f"/Subtype /FreeText {DRAWN}", id="typed-text"),
        pytest.param(f"/Subtype /FreeText {TYPED}", id="typed-text-without-appearance"),
        pytest.param(f"/Subtype /Stamp /Name /Paid {DRAWN}", id="stamp"),
        pytest.param(f"/Subtype /Widget /FT /Tx /T (total) /V (PAID 99.50) {DRAWN}", id="field-without-form"),
    ],
)
@pytest.mark.parametrize("root", ["", FORM], ids=["no-form", "form"])
def test_what_an_annotation_shows_is_read_at_its_place(reader: DocumentReader, entries: str, root: str) -> None:
    document = reader.read(annotated(entries, root=root))
    assert document.pages[0].text.startswith(PRINTED)
    paid = next(word for word in document.words if word.text == "PAID")
    assert 100 / 600 - 0.01 < paid.box.left < 200 / 600
    assert 1 - 420 / 800 < (paid.box.top + paid.box.bottom) / 2 < 1 - 400 / 800
    assert "99.50" in words(document)


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param("/Subtype /Text /Open true", id="note"),
        pytest.param("/Subtype /Popup /Open true", id="window-of-a-comment"),
        pytest.param("/Subtype /Highlight /QuadPoints [100 420 200 420 100 400 200 400]", id="highlighted"),
        pytest.param(f"/Subtype /FreeText /F 2 {DRAWN}", id="hidden"),
        pytest.param(f"/Subtype /Stamp /F 2 {DRAWN}", id="hidden-stamp"),
        pytest.param("/Subtype /Link", id="link"),
        pytest.param("/Subtype /Stamp /AP << /N 99 0 R >>", id="appearance-is-missing"),
        pytest.param("/Subtype /Stamp /AP << /N 5 0 R >>", id="appearance-is-not-a-drawing"),
        pytest.param("/Subtype /Unheard-Of", id="unknown-kind"),
    ],
)
def test_what_an_annotation_does_not_show_is_left_out(reader: DocumentReader, entries: str) -> None:
    assert words(reader.read(annotated(entries))) == PRINTED.split()


def test_a_note_is_not_drawn_on_a_page_that_is_read_by_ocr() -> None:
    """PDFium's icon for a note has the letters "Note"."""
    seen: list[int] = []

    class Looking(Blind):
        def read(self, picture, deadline=None):  # type: ignore[no-untyped-def]
            seen.append(int((picture < 200).sum()))
            return super().read(picture, deadline)

    with closing(DocumentReader(Looking(), ReadingLimits())) as reader:
        reader.read(raw_pdf("", page="/Annots [<< /Type /Annot /Subtype /Text /Rect [100 400 200 420] >>]"))
    assert seen
    assert max(seen) == 0


def test_a_stamp_after_many_links_is_read(reader: DocumentReader) -> None:
    links = ["/Subtype /Link"] * 300
    assert "PAID" in words(reader.read(annotated(*links, f"/Subtype /Stamp {DRAWN}")))


def test_a_page_with_very_many_annotations_is_read_without_them(reader: DocumentReader) -> None:
    many = [f"/Subtype /FreeText {DRAWN}"] * (MAX_ANNOTATIONS + 1)
    assert words(reader.read(annotated(*many))) == PRINTED.split()
