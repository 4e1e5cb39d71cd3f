"""Draw the boxes of an extraction on its pages. Needs the extra `overlay`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from docwitness._exceptions import DocwitnessError
from docwitness._models import Cell, Extraction

if TYPE_CHECKING:
    from PIL.Image import Image

_COLOURS = {"grounded": (22, 128, 74), "uncertain": (201, 122, 0)}
_RENDER_SCALE = 150 / 72
"""Pixels per PDF point, for 150 dpi."""
_LABEL_HEIGHT = 13
"""Pixels."""
_INSTALL_HINT = "Run this in a checkout of the repository: pip install './clients/python[overlay]'"


def overlays(document: bytes, result: Extraction[Any]) -> Iterator[tuple[int, Image]]:
    """Yield (page number, picture) for each page on which a value was found.

    Args:
        document: the bytes of the file that was sent.
        result: its extraction.

    Raises:
        DocwitnessError: if the extra is not installed.
    """
    try:
        from PIL import ImageDraw, ImageFont  # noqa: PLC0415  # optional
    except ImportError:
        raise DocwitnessError(f"drawing needs Pillow and pypdfium2, which are not installed. {_INSTALL_HINT}") from None
    cells = [(name, cell) for name, cell in result.cells() if cell.page and cell.vertices]
    font = ImageFont.load_default(_LABEL_HEIGHT)
    for number in sorted({cell.page for _, cell in cells if cell.page}):
        picture = _page(document, number)
        draw = ImageDraw.Draw(picture, "RGBA")
        for name, cell in cells:
            if cell.page == number:
                _mark(draw, font, picture.size, name, cell)
        yield number, picture


def _mark(draw: Any, font: Any, size: tuple[int, int], name: str, cell: Cell) -> None:
    width, height = size
    points = [(p.x * width / 1000, p.y * height / 1000) for p in cell.vertices]
    colour = _COLOURS.get(cell.status, _COLOURS["uncertain"])
    draw.polygon(points, fill=(*colour, 36), outline=(*colour, 255), width=2)
    x, y = points[0]
    draw.text((x, max(0, y - _LABEL_HEIGHT - 3)), name, fill=(*colour, 255), font=font)


def _page(document: bytes, number: int) -> Image:
    from PIL import Image, ImageOps  # noqa: PLC0415  # optional

    if document[:1024].find(b"%PDF-") >= 0:
        import pypdfium2  # noqa: PLC0415  # optional

        with pypdfium2.PdfDocument(document) as pdf:
            rendered: Image.Image = pdf[number - 1].render(scale=_RENDER_SCALE).to_pil()
            return rendered.convert("RGB")
    image = Image.open(io.BytesIO(document))
    if getattr(image, "n_frames", 1) > 1:
        image.seek(number - 1)
    return ImageOps.exif_transpose(image).convert("RGB")
