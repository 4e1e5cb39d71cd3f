"""Receive what clients send: a picture, and a file of the words on it with their places.

A `.txt` file has a line `x1,y1,x2,y2,x3,y3,x4,y4,text` for each line of text, in pixels. A `.json` file has `words` and
`bboxes` (or `boxes`) `[x0, y0, x1, y1]`, in pixels if any coordinate exceeds 1000, else in thousandths of the page. It
may also have `ocr_lines`, the same words line by line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from schemas.geometry import Box, Point, Quad, quad_of
from service.api.uploads import UploadReader, form_of
from service.contract.errors import ApiError
from service.vendors.invoice_ner.given_words import GivenWord, split

GRID = 1000
"""Coordinates up to this one are thousandths of the page."""
MAX_OCR_BYTES = 1_000_000
"""Maximum size of the file of words, tested before it is decoded."""
MAX_WORDS = 5_000  # ten times as many as a full page has
MAX_CHARACTERS = 50_000
"""Ten characters for each of `MAX_WORDS`."""
MAX_WORDS_PER_LINE = 200  # patterns that are searched for in one line would take long in a longer one
NOT_OCR = "OCR file must contain valid words and bboxes"
Lines = list[list[GivenWord]]


class SentWords(NamedTuple):
    """The words that the caller has read on a page."""

    texts: list[str]
    """The words as they were sent."""
    lines: Lines
    """The same words with their places, by line; one with white space in it is several here."""
    owners: list[int]
    """For each word of `lines`, the position in `texts` of the word that it is part of."""


class InvoiceNerUpload(NamedTuple):
    """A picture, and the file of the words on it."""

    picture: bytes
    ocr: bytes
    is_text: bool
    """The file is a `.txt`, not a `.json`."""


async def received(request: Request[Any, Any, Any], upload_reader: UploadReader) -> InvoiceNerUpload:
    """Receive both parts of the form.

    Raises:
        ApiError: if a part is missing, too large, or of another kind.
    """
    form = await form_of(request)
    picture, ocr = form.get("image"), form.get("ocr_file")
    if not isinstance(picture, UploadFile) or not isinstance(ocr, UploadFile):
        missing = "image" if not isinstance(picture, UploadFile) else "ocr_file"
        raise ApiError("invalid_request", f"Field required: {missing}, as a file of a multipart form")
    name = (ocr.filename or "").lower()
    if not name.endswith((".txt", ".json")):
        raise ApiError("invalid_request", "OCR file must be .txt or .json format")
    content = await ocr.read()
    if len(content) > MAX_OCR_BYTES:
        message = f"OCR file is too large: expected at most {MAX_OCR_BYTES:,} bytes, got {len(content):,}"
        raise ApiError("payload_too_large", message)
    return InvoiceNerUpload(upload_reader.require_size(await picture.read()), content, name.endswith(".txt"))


def words_in(sent: InvoiceNerUpload, width: float, height: float) -> SentWords:
    """Parse the words of the file, in its order.

    Args:
        sent: the file.
        width: the width of the picture in pixels.
        height: the height of the picture in pixels.

    Raises:
        ApiError: if the file is malformed or has too many words; the message says where.
    """
    try:
        text = sent.ocr.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiError("invalid_request", f"{NOT_OCR}: expected UTF-8") from None
    words = _from_text(text, width, height) if sent.is_text else _from_json(text, width, height)
    if not words.texts:
        raise ApiError("invalid_request", f"{NOT_OCR}: expected at least one word")
    return words


def _require_size(words: int, characters: int) -> None:
    if words > MAX_WORDS or characters > MAX_CHARACTERS:
        message = f"OCR file is too large: expected at most {MAX_WORDS:,} words and {MAX_CHARACTERS:,} characters"
        raise ApiError("payload_too_large", message)


def _on_page(value: float, side: float) -> float:
    """Return a coordinate as a fraction of the page, moved to the edge if it is beyond.

    Raises:
        ValueError: if the coordinate is not a number, or more than a page's length beyond the page.
    """
    fraction = value / side
    if not -1 <= fraction <= 2:
        raise ValueError("far beyond the page")
    return min(1.0, max(0.0, fraction))


def _from_text(text: str, width: float, height: float) -> SentWords:
    lines: list[list[GivenWord]] = []
    texts: list[str] = []
    characters = 0
    for number, row in enumerate(text.splitlines(), 1):
        if not row.strip():
            continue
        *corners, written = row.split(",", 8)
        try:
            values = [float(value) for value in corners]
            pairs = zip(values[::2], values[1::2], strict=True)
            quad = Quad(*(Point(_on_page(x, width), _on_page(y, height)) for x, y in pairs))
            if not (quad.box.width and quad.box.height):
                raise ValueError("no area")
        except (ValueError, TypeError):
            raise ApiError("invalid_request", f"{NOT_OCR}: line {number}: expected x1,y1,…,x4,y4,text") from None
        characters += len(written)
        _require_size(len(texts), characters)
        words = split(written, quad)
        texts += [word.text for word in words]
        lines += _short(words)
    _require_size(len(texts), characters)
    return SentWords(texts, lines, list(range(len(texts))))


def _from_json(text: str, width: float, height: float) -> SentWords:
    try:
        sent = msgspec.json.decode(text)
        words, boxes = list(sent["words"]), sent.get("bboxes") or sent.get("boxes") or []
        places = [[_number(value) for value in box] for box in boxes]
        lines = sent.get("ocr_lines") or []
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise ApiError("invalid_request", f"{NOT_OCR}: expected JSON with 'words' and 'bboxes'") from None
    if not all(isinstance(word, str) and word.strip() for word in words):
        raise ApiError("invalid_request", f"{NOT_OCR}: every word must be a string that is not blank")
    if len(words) != len(places):
        message = f"{NOT_OCR}: expected one box per word, got {len(words)} words and {len(places)} boxes"
        raise ApiError("invalid_request", message)
    _require_size(len(words), sum(map(len, words)))
    for number, box in enumerate(places):
        if len(box) != 4 or not (box[0] < box[2] and box[1] < box[3]):
            message = f"{NOT_OCR}: box {number}: expected [x0, y0, x1, y1] with x0 < x1 and y0 < y1"
            raise ApiError("invalid_request", message)
    if max((value for box in places for value in box), default=0) <= GRID:
        width = height = GRID
    placed: list[GivenWord] = []
    owners: list[int] = []
    for number, (word, (x0, y0, x1, y1)) in enumerate(zip(words, places, strict=True)):
        try:
            place = Box(_on_page(x0, width), _on_page(y0, height), _on_page(x1, width), _on_page(y1, height))
        except ValueError:
            place = Box(0, 0, 0, 0)
        if not (place.width and place.height):
            raise ApiError("invalid_request", f"{NOT_OCR}: box {number} is beyond the page")
        parts = split(word, quad_of(place))
        placed += parts
        owners += [number] * len(parts)
    return SentWords(words, _by_sent_lines(placed, lines) or _by_place(placed), owners)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return float(value)


def _by_sent_lines(words: Sequence[GivenWord], lines: object) -> Lines | None:
    """Arrange words in the lines sent with them; None if their words or order differ."""
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        return None
    sent = [line.split() for line in lines]
    if [text for line in sent for text in line] != [word.text for word in words]:
        return None
    following = iter(words)
    return [part for line in sent for part in _short([next(following) for _ in line])]


def _by_place(words: Sequence[GivenWord]) -> Lines:
    """Put words that follow each other to the right, at the same height, in one line."""
    lines: Lines = []
    for word in words:
        box = word.quad.box
        last = lines[-1][-1].quad.box if lines else None
        if last is not None and box.left >= last.left and last.top <= box.center.y <= last.bottom:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [part for line in lines for part in _short(line)]


def _short(line: list[GivenWord]) -> Lines:
    """Cut a line into parts of at most `MAX_WORDS_PER_LINE` words."""
    return [line[i : i + MAX_WORDS_PER_LINE] for i in range(0, len(line), MAX_WORDS_PER_LINE)]
