"""Open PDFs that are locked by a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pypdfium2 as pdfium
import pytest
from fpdf import FPDF
from fpdf.enums import EncryptionMethod

from documents import DocumentReader, EncryptedDocument, ReadingLimits, ReadingOptions
from documents.decode import decoder, poppler
from documents.decode.content import PLAIN, PageContent, PageOptions
from documents.decode.decoder import AnyFile
from documents.decode.pdf import PdfFile
from documents.errors import DamagedDocument
from tests.fakes import Blind
from tests.files import encoded, pdf, picture

LINE = "Invoice number 4711 of 2024-05-17"


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with closing(DocumentReader(Blind(), ReadingLimits(seconds=20))) as made:
        yield made


def locked(method: EncryptionMethod, user: str, owner: str) -> bytes:
    made = FPDF()
    made.set_encryption(owner_password=owner, user_password=user, encryption_method=method)
    made.set_font("Helvetica", size=12)
    made.add_page()
    made.text(20, 20, LINE)
    return bytes(made.output())


@pytest.mark.parametrize("method", [EncryptionMethod.RC4, EncryptionMethod.AES_128, EncryptionMethod.AES_256])
@pytest.mark.parametrize("user", ["secret", "pässwört"])
@pytest.mark.parametrize("sent_by", ["user", "owner"])
def test_either_password_opens_it(reader: DocumentReader, method: EncryptionMethod, user: str, sent_by: str) -> None:
    data = locked(method, user, "the owner's")
    password = user if sent_by == "user" else "the owner's"
    assert reader.read(data, ReadingOptions(password=password)).pages[0].text == LINE


@pytest.mark.parametrize(
    ("password", "message"),
    [
        pytest.param(None, "expected it as 'password', got none", id="none"),
        pytest.param("", "expected it as 'password', got none", id="empty"),
        pytest.param("sesame", "does not open it", id="wrong"),
    ],
)
def test_the_message_says_what_is_wrong_with_the_password(
    reader: DocumentReader, password: str | None, message: str
) -> None:
    with pytest.raises(EncryptedDocument, match=message) as caught:
        reader.read(pdf(LINE, password="secret"), ReadingOptions(password=password))
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [pdf(LINE), encoded(picture()), locked(EncryptionMethod.AES_256, "", "the owner's")],
    ids=["open-pdf", "picture", "only-restricted"],
)
def test_a_password_that_is_not_needed_is_ignored(reader: DocumentReader, data: bytes) -> None:
    assert reader.read(data, ReadingOptions(password="secret")).pages


def test_the_second_renderer_gets_a_decrypted_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poppler takes a password only on its command line, where every user of the machine can read it."""
    received: list[bytes] = []

    class Poppler:
        def __init__(self, data: bytes, limits: ReadingLimits) -> None:
            received.append(data)

        def page(self, number: int, options: PageOptions = PLAIN) -> PageContent:
            return PageContent(1, 1, None, ())

    def failing(self: PdfFile, number: int, options: PageOptions = PLAIN) -> PageContent:
        raise DamagedDocument("cannot be rendered")

    monkeypatch.setattr(decoder, "PopplerFile", Poppler)
    monkeypatch.setattr(poppler, "is_installed", lambda: True)
    monkeypatch.setattr(PdfFile, "page", failing)
    file = AnyFile(locked(EncryptionMethod.AES_256, "secret", "owner"), ReadingLimits(), "secret")
    file.page(1)
    file.page(1)
    assert received[0] == received[1]
    with pdfium.PdfDocument(received[0]) as copy:
        assert copy[0].get_textpage().get_text_range() == LINE
