"""Taking e-mails apart: which parts become documents, under which names, and what is left out and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage

import pytest

from documents import (
    DamagedDocument,
    DocumentReader,
    EmailPart,
    ReadingLimits,
    ReceivedEmail,
    TooLarge,
    UnsupportedFormat,
)
from documents.decode import email_parts as parts
from documents.decode.email_parts import email_parts, file_name, is_email
from documents.decode.html_text import html_text
from documents.decode.text_pages import encoded_text
from tests.fakes import Blind
from tests.files import encoded, pdf, picture
from tests.mail_files import (
    attached_outlook_message,
    compound_file,
    docx,
    eml,
    message,
    msg,
    outlook_attachment,
    outlook_folder,
    properties,
    zipped,
)

LIMITS = ReadingLimits()
BILL = ("invoice.pdf", "application/pdf", pdf("Invoice 1"))


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with closing(DocumentReader(Blind())) as made:
        yield made


def outcome(data: bytes, limits: ReadingLimits = LIMITS) -> dict[str, str | None]:
    """Each part's name, and why it is left out."""
    return {part.name: part.reason for part in email_parts(data, limits)}


def nested(levels: int) -> EmailMessage:
    made = message("innermost")
    for _ in range(levels):
        outer = message("outer")
        outer.add_attachment(made)
        made = outer
    return made


def test_body_and_attachments_of_an_internet_message() -> None:
    found = email_parts(eml("Invoice number 4711", BILL), LIMITS)
    assert found == [
        EmailPart("body.txt", encoded_text("Invoice number 4711"), None),
        EmailPart("invoice.pdf", BILL[2], None),
    ]


def test_body_and_attachments_of_an_outlook_message() -> None:
    large = pdf(*(f"Invoice {number}" for number in range(12)))  # not in the small sectors
    found = email_parts(msg("Hello", outlook_attachment("a.pdf", BILL[2]), outlook_attachment("b.pdf", large)), LIMITS)
    assert [(part.name, part.content) for part in found] == [
        ("body.txt", encoded_text("Hello")),
        ("a.pdf", BILL[2]),
        ("b.pdf", large),
    ]


@pytest.mark.parametrize(
    ("attached", "expected"),
    [
        pytest.param(BILL, {"invoice.pdf": None}, id="pdf"),
        pytest.param(("a.png", "image/png", encoded(picture())), {"a.png": None}, id="small-picture-that-is-attached"),
        pytest.param(("a.docx", "application/octet-stream", docx()), {"a.docx": None}, id="office-file"),
        pytest.param(("a.txt", "text/plain", b"Total 5.00"), {"a.txt": None}, id="text"),
        pytest.param(
            ("a.zip", "application/zip", zipped(a="x")),
            {"a.zip": "it is a ZIP archive, which is not read"},
            id="archive",
        ),
        pytest.param(("a.pdf", "application/pdf", b""), {"a.pdf": parts.EMPTY}, id="empty"),
        pytest.param(("winmail.dat", "application/ms-tnef", b"x"), {"winmail.dat": parts.TNEF}, id="winmail-dat"),
        pytest.param(
            ("winmail.dat", "application/octet-stream", b"x"), {"winmail.dat": parts.TNEF}, id="winmail-dat-by-name"
        ),
        pytest.param(("smime.p7m", "application/pkcs7-mime", b"x"), {"smime.p7m": parts.SEALED}, id="encrypted"),
        pytest.param(
            ("smime.p7s", "application/pkcs7-signature", b"x"), {"smime.p7s": parts.SIGNATURE}, id="signature"
        ),
        pytest.param(("../../etc/x.pdf", "application/pdf", BILL[2]), {"x.pdf": None}, id="name-with-folders"),
        pytest.param(("C:\\temp\\x.pdf", "application/pdf", BILL[2]), {"x.pdf": None}, id="name-with-a-drive"),
        pytest.param(
            ("m.eml", "application/octet-stream", eml("inner", BILL)),
            {"m.eml/body.txt": None, "m.eml/invoice.pdf": None},
            id="e-mail-as-a-file",
        ),
        pytest.param(
            ("m.msg", "application/vnd.ms-outlook", msg("inner")), {"m.msg/body.txt": None}, id="outlook-as-a-file"
        ),
    ],
)
def test_attachments(attached: tuple[str, str, bytes], expected: dict[str, str | None]) -> None:
    assert outcome(eml("Hello", attached)) == {"body.txt": None} | expected


def test_equal_names_are_numbered() -> None:
    found = outcome(eml("Hello", BILL, BILL, ("INVOICE.pdf", BILL[1], BILL[2])))
    assert list(found) == ["body.txt", "invoice.pdf", "invoice (2).pdf", "INVOICE (3).pdf"]


def test_an_attachment_without_a_name_gets_one() -> None:
    made = message("Hello")
    made.add_attachment(BILL[2], "application", "pdf")
    made.add_attachment(encoded(picture()), "image", "png")
    assert list(outcome(made.as_bytes())) == ["body.txt", "attachment.pdf", "attachment.png"]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param((300, 100), {"logo.png": parts.INLINE}, id="logo"),
        pytest.param((1200, 1600), {"logo.png": None}, id="photograph-of-a-page"),
    ],
)
@pytest.mark.parametrize("outlook", [False, True], ids=["internet", "outlook"])
def test_pictures_within_the_text(size: tuple[int, int], expected: dict[str, str | None], outlook: bool) -> None:
    image, html = encoded(picture(size=size)), "<p>Dear customer</p><img src='cid:one@two'>"
    if outlook:
        data = msg("Dear customer", outlook_attachment("logo.png", image, "one@two"), html=html.encode())
    else:
        made = message(None, html)
        made.add_related(image, "image", "png", cid="<one@two>", filename="logo.png")
        data = made.as_bytes()
    assert outcome(data) == {"body.txt": None} | expected


def test_outlook_hides_the_pictures_of_a_text() -> None:
    data = msg("Hello", outlook_attachment("logo.png", encoded(picture()), hidden=True))
    assert outcome(data) == {"body.txt": None, "logo.png": parts.INLINE}


def test_attached_messages_are_taken_apart() -> None:
    made = message("outer")
    inner = message("inner")
    inner.add_attachment(BILL[2], "application", "pdf", filename="invoice.pdf")
    made.add_attachment(inner, filename="forwarded.eml")
    assert list(outcome(made.as_bytes())) == ["body.txt", "forwarded.eml/body.txt", "forwarded.eml/invoice.pdf"]
    outlook = msg("outer", attached_outlook_message("Re: bill", "inner", outlook_attachment("a.pdf", BILL[2])))
    assert list(outcome(outlook)) == ["body.txt", "Re: bill.msg/body.txt", "Re: bill.msg/a.pdf"]


@pytest.mark.parametrize(("levels", "expected"), [(3, None), (4, parts.TOO_DEEP)])
def test_messages_are_taken_apart_to_a_small_depth(levels: int, expected: str | None) -> None:
    found = outcome(nested(levels).as_bytes())
    assert list(found.values())[-1] == expected
    assert sum(name.endswith("body.txt") for name in found) == 4


@pytest.mark.parametrize(
    ("plain", "html", "expected"),
    [
        pytest.param("Total 5.00", "<p>Total <b>5.00</b></p>", "Total 5.00", id="plain-text-first"),
        pytest.param(None, "<p>Total <b>5.00</b></p>", "Total 5.00", id="html-alone"),
        pytest.param(
            "See HTML",
            "<p>Thank you for your order of one oak table, which we send tomorrow</p>",
            "Thank you for your order of one oak table, which we send tomorrow",
            id="plain-text-is-a-hint",
        ),
    ],
)
def test_the_body(plain: str | None, html: str, expected: str) -> None:
    (body,) = email_parts(message(plain, html).as_bytes(), LIMITS)
    assert body.content == encoded_text(expected)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        pytest.param("text/plain; charset=iso-8859-1", b"M\xfcller", "Müller", id="latin-1"),
        pytest.param("text/plain; charset=utf-8", "Müller".encode(), "Müller", id="utf-8"),
        pytest.param("text/plain; charset=utf-8", b"M\xfcller", "Müller", id="not-what-it-says"),
        pytest.param("text/plain; charset=no-such-charset", "Müller".encode(), "Müller", id="unknown"),
        pytest.param("text/plain", b"M\xfcller", "Müller", id="none"),
    ],
)
def test_encodings(head: str, body: bytes, expected: str) -> None:
    data = b"From: a@example.com\r\nSubject: x\r\nContent-Type: " + head.encode() + b"\r\n\r\n" + body
    assert email_parts(data, LIMITS)[0].content == encoded_text(expected)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<style>p {}</style><p>a<br>b</p><script>c</script>", ["a", "b"]),
        ("<div style='display: none'>preview</div><div>text</div>", ["text"]),
        ("<div style='display:none'>never closed", ["never closed"]),
        (
            "<table><tr><th>Article<th>Price<tr><td>Oak table<td>90.00<tr><td>Cup<td>5.00</table>",
            ["Article    Price", "Oak table  90.00", "Cup        5.00"],
        ),
        (
            "<table><tr><td>A<td>1<td>2.00<tr><td colspan=2>Total<td>2.00</table>",
            ["A      1  2.00", "Total     2.00"],
        ),
        ("<table><tr><td><table><tr><td>a<td>b</table></td></tr><tr><td>c</td></tr></table>", ["a  b", "c"]),
        ("M&uuml;ller&nbsp;&amp; S&#246;hne", ["Müller & Söhne"]),
        ("<pre>a   b\nc   d</pre>", ["a   b", "c   d"]),
        ("<table>" * 3000 + "deep", ["deep"]),
    ],
)
def test_html_as_text(html: str, expected: list[str]) -> None:
    assert [line for line in html_text(html).splitlines() if line] == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(eml(), True, id="internet-message"),
        pytest.param(b"From a@example.com Wed Apr 30\n" + eml(), True, id="from-a-mailbox"),
        pytest.param(b"\r\n" + eml(), True, id="blank-line-first"),
        pytest.param(b"Received: by x;\n with y\nMessage-ID: <a>\n\nx", True, id="folded-header"),
        pytest.param(msg(), True, id="outlook"),
        pytest.param(msg("x", outlook_attachment("a.pdf", BILL[2])), True, id="outlook-with-a-pdf-at-its-beginning"),
        pytest.param(pdf("From: a", "To: b"), False, id="pdf"),
        pytest.param(docx(), False, id="office"),
        pytest.param(compound_file({"WordDocument": b"x"}), False, id="word-before-2007"),
        pytest.param(b"HTTP/1.1 200 OK\nDate: today\nContent-Type: text/plain\n\nx", False, id="reply-of-a-web-server"),
        pytest.param(b"Date: today\nSubject: none\n\nx", False, id="no-sender"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_what_is_an_email(data: bytes, expected: bool) -> None:
    assert is_email(data) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b\\c.pdf", "c.pdf"),
        ("..", ""),
        ("a\x00\u202eb.pdf", "ab.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 300, "x" * 120),
    ],
)
def test_names_of_files(name: str, expected: str) -> None:
    assert file_name(name) == expected


def test_too_many_attachments_are_refused() -> None:
    assert len(outcome(eml("Hello", *[BILL] * 49))) == 50
    with pytest.raises(TooLarge, match="at most 50 documents"):
        outcome(eml("Hello", *[BILL] * 50))
    with pytest.raises(TooLarge, match="at most 50 documents"):
        outcome(eml("Hello", *[("a.zip", "application/zip", b"x")] * 600))


def test_large_attachments_are_refused() -> None:
    with pytest.raises(TooLarge, match="at most 1,000 bytes"):
        outcome(eml("Hello", BILL, BILL), ReadingLimits(email_bytes=1000))
    with pytest.raises(TooLarge, match="at most 1,000 bytes"):
        outcome(msg("Hello", outlook_attachment("a.pdf", bytes(2000))), ReadingLimits(email_bytes=1000))


def test_an_email_with_nothing_to_read_is_refused() -> None:
    with pytest.raises(UnsupportedFormat, match="got 1 attachments of other kinds"):
        outcome(eml("", ("a.zip", "application/zip", zipped(a="x"))))


def test_calls_refuse_emails_and_say_what_to_do(reader: DocumentReader) -> None:
    for data in (eml(), msg()):
        with pytest.raises(ReceivedEmail, match="POST /ocr/jobs"):
            reader.read(data)
        assert [part.name for part in reader.email_parts(data) or ()] == ["body.txt"]
    assert reader.email_parts(pdf("Invoice")) is None


def test_the_body_is_read_with_its_places(reader: DocumentReader) -> None:
    found = reader.email_parts(eml("Invoice number 4711\n\nTotal     119.00"))
    assert found is not None
    assert found[0].content is not None
    (page,) = reader.read(found[0].content).pages
    assert [line.text for line in page.lines] == ["Invoice number 4711", "Total", "119.00"]
    total, amount = page.lines[1].box, page.lines[2].box
    assert total.top == pytest.approx(amount.top)
    assert total.right < amount.left


def test_a_truncated_outlook_message_is_damaged(reader: DocumentReader) -> None:
    data = msg("Hello", outlook_attachment("a.pdf", BILL[2]))
    with pytest.raises(ReceivedEmail):
        reader.read(data[:-512])
    with pytest.raises(DamagedDocument, match="structure cannot be parsed"):
        reader.email_parts(data[:-512])


def test_broken_properties_of_outlook_do_not_hide_the_others() -> None:
    broken = outlook_folder(32, "Hello", None, outlook_attachment("a.pdf", BILL[2]))
    del broken["__substg1.0_1000001F"]  # the body's stream is missing
    broken["__attach_version1.0_#00000009"] = properties(8, {0x3705: 1})  # an attachment without anything
    found = email_parts(compound_file(broken | {"__nameid_version1.0": {"x": b"y"}}), LIMITS)
    assert [(part.name, part.reason) for part in found] == [("a.pdf", None), ("attachment", parts.EMPTY)]
