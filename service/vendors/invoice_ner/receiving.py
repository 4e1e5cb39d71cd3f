"""What its clients send: a picture, and its words with their places.

A `.txt` has a line `x1,y1,x2,y2,x3,y3,x4,y4,text` for each line of text, in pixels. A `.json` has `words` and `bboxes`
(or `boxes`) `[x0, y0, x1, y1]`, in pixels if any coordinate exceeds 1000, else in thousandths of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from documents.given import GivenWord, split
from schemas.geometry import Box, Point, Quad, quad_of
from service.problems import ApiError
from service.uploads import Intake, form_of

GRID = 1000
MAX_OCR_BYTES = 1_000_000
NOT_OCR = "OCR file must contain valid words and bboxes"
Lines = list[list[GivenWord]]


class Received(NamedTuple):
    """A picture, and the file of what was read on it."""

    picture: bytes
    ocr: bytes
    is_text: bool


async def received(request: Request[Any, Any, Any], intake: Intake) -> Received:
    """Both parts of the form.

    Raises:
        ApiError: one is missing, too large, or of another kind.
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
        raise ApiError("payload_too_large", f"OCR file may have at most {MAX_OCR_BYTES:,} bytes; {len(content):,} came")
    return Received(intake.fitting(await picture.read()), content, name.endswith(".txt"))


def words_in(sent: Received, width: float, height: float) -> Lines:
    """Lines of words, in the order of the file.

    Args:
        width: of the picture, in pixels.
        height: likewise.

    Raises:
        ApiError: it is not in its form; the message says where.
    """
    try:
        text = sent.ocr.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiError("invalid_request", f"{NOT_OCR}: expected UTF-8") from None
    lines = _from_text(text, width, height) if sent.is_text else _from_json(text, width, height)
    if not any(lines):
        raise ApiError("invalid_request", f"{NOT_OCR}: there is no word in it")
    return lines


def _from_text(text: str, width: float, height: float) -> Lines:
    lines: Lines = []
    for number, row in enumerate(text.splitlines(), 1):
        if not row.strip():
            continue
        *corners, written = row.split(",", 8)
        try:
            values = [float(value) for value in corners]
            points = [Point(x / width, y / height) for x, y in zip(values[::2], values[1::2], strict=True)]
            quad = Quad(*points)
        except (ValueError, TypeError):
            raise ApiError("invalid_request", f"{NOT_OCR}: line {number} is no x1,y1,…,x4,y4,text") from None
        lines.append(split(written, quad))
    return lines


def _from_json(text: str, width: float, height: float) -> Lines:
    try:
        sent = msgspec.json.decode(text)
        words, boxes = sent["words"], sent.get("bboxes", sent.get("boxes"))
        places = [[float(value) for value in box] for box in boxes]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ApiError("invalid_request", f"{NOT_OCR}: expected JSON with 'words' and 'bboxes'") from None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words) or len(words) != len(places):
        raise ApiError("invalid_request", f"{NOT_OCR}: {len(words)} words and {len(places)} boxes came")
    for number, box in enumerate(places):
        if len(box) != 4 or not (box[0] < box[2] and box[1] < box[3]):
            raise ApiError("invalid_request", f"{NOT_OCR}: box {number} is not [x0, y0, x1, y1] with x0 < x1, y0 < y1")
    if max((value for box in places for value in box), default=0) <= GRID:
        width = height = GRID
    placed = [
        GivenWord(word, quad_of(Box(x0 / width, y0 / height, x1 / width, y1 / height)))
        for word, (x0, y0, x1, y1) in zip(words, places, strict=True)
        if word.strip()
    ]
    return _in_lines(placed)


def _in_lines(words: Sequence[GivenWord]) -> Lines:
    """Words that follow each other to the right, at the same height, are one line."""
    lines: Lines = []
    for word in words:
        box = word.quad.box
        last = lines[-1][-1].quad.box if lines else None
        if last is not None and box.left >= last.left and last.top <= box.center.y <= last.bottom:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines
