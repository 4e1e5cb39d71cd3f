"""Decode image files into upright RGB pictures, one per page."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, UnidentifiedImageError

from documents.decode.code_reading import codes_on
from documents.decode.content import PLAIN, WHOLE, PageContent, PageOptions, PictureRegion
from documents.errors import DamagedDocument, TooLarge, UnsupportedFormat
from documents.limits import ReadingLimits
from schemas.frames import EXIF

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
_WHITE = (255, 255, 255)
"""RGB of the ground that transparent pictures are pasted on."""


def is_image(data: bytes) -> bool:
    """Return whether the bytes begin like an image of a supported format."""
    return data.startswith(_SIGNATURES)


class ImageFile:
    """An open image file. TIFFs may have several pages; an animation has one, its first frame."""

    def __init__(self, data: bytes, limits: ReadingLimits) -> None:
        """Read the header.

        Raises:
            UnsupportedFormat: if the bytes are not an image of a supported format.
            DamagedDocument: if they begin like one but cannot be opened.
        """
        self._limits = limits
        with _translated(data):
            self._image = Image.open(io.BytesIO(data), formats=FORMATS)
            self.page_count = getattr(self._image, "n_frames", 1) if self._image.format == "TIFF" else 1

    def page(self, number: int, options: PageOptions = PLAIN) -> PageContent:
        """Decode one page as the sender sees it; see `PagedFile.page`.

        EXIF orientation is applied, transparency becomes white. Large pictures are reduced, but not the reported size.
        """
        with _translated(b""):
            self._image.seek(number - 1)
            width, height = self._image.size
            if width * height > self._limits.pixels:
                raise TooLarge(
                    f"the image is too large: expected at most {self._limits.pixels:,} pixels, got {width} x {height}."
                    " Send a smaller one."
                )
            self._image.draft("RGB", (self._limits.side, self._limits.side))
            self._image.load()  # for a TIFF, Pillow applies the orientation here
            orientation = EXIF.get(self._image.getexif().get(_ORIENTATION, 1), EXIF[1])
            image = _averageable(self._image)
            shrink = max(image.size) // self._limits.side
            if shrink > 1:
                image = image.reduce(shrink)  # averages whole pixels, in an eighth of the time that resampling takes
            if orientation.mirrored:
                image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            if orientation.quarters:
                image = image.transpose(_TURNS[orientation.quarters])
            shape = image.width / image.height
            if abs(shape - height / width) < abs(shape - width / height):
                width, height = height, width
            image.thumbnail((self._limits.side, self._limits.side))
            picture = np.asarray(_flattened(image))
            region = PictureRegion(WHOLE, picture, (width, height))
            return PageContent(width, height, None, (region,), codes_on(picture, options.all_codes, WHOLE))

    def close(self) -> None:
        """Free Pillow's memory."""
        self._image.close()


Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded, with a better message


_ORIENTATION = 0x0112
"""Number of the EXIF tag `Orientation`."""
_TURNS = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}
"""Pillow's turns, which are counter-clockwise, by quarter turns clockwise."""


def _averageable(image: Image.Image) -> Image.Image:
    """Convert palettes and single bits to a mode whose pixels can be averaged."""
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    return _flattened(image) if image.mode.startswith("I") or image.mode == "F" else image


def _flattened(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB on white."""
    if image.mode.startswith("I") or image.mode == "F":
        samples = np.asarray(image, dtype=np.float32)
        peak = 65535 if image.mode.startswith("I;16") or samples.max(initial=0) > 255 else 255
        return Image.fromarray((samples * (255 / peak)).clip(0, 255).astype(np.uint8)).convert("RGB")
    if "A" in image.getbands() or "transparency" in image.info:
        picture = image.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (*_WHITE, 255))
        return Image.alpha_composite(ground, picture).convert("RGB")
    return image.convert("RGB")


@contextmanager
def _translated(data: bytes) -> Iterator[None]:
    """Turn Pillow's many errors into ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except TooLarge:
        raise
    except UnidentifiedImageError as error:
        if data.startswith(_SIGNATURES):
            raise DamagedDocument(
                "the image is damaged: it begins like a supported format but cannot be opened. Save it again."
            ) from error
        raise UnsupportedFormat(
            f"the file format is not supported: expected an image ({', '.join(FORMATS)}) or a PDF, got other bytes."
            " Convert the file."
        ) from error
    except Exception as error:  # Pillow's decoders raise anything on a broken file
        raise DamagedDocument(
            "the image is truncated or damaged: its pixels cannot be decoded. Save it again."
        ) from error
