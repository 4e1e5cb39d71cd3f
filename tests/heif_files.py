"""HEIC pictures made on the spot, without an encoder: every block of the picture is stored as it is.

The container is that of ISO/IEC 23008-12 (HEIF), its boxes those of ISO/IEC 14496-12. The picture is HEVC (ITU-T H.265)
whose coding units are all in PCM mode (section 7.3.8.7), and each is a slice of its own, so that the arithmetic coder
always begins in the same state and writes the same bits before the samples.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from PIL import Image

BLOCK = 32
"""Width and height of a coding unit in pixels."""
_LEAST_PROBABLE = (128, 176, 208, 240)
"""First row of the table `rangeTabLps` (ITU-T H.265, table 9-52)."""
_LEVEL = 186
"""Level 6.2, which allows the largest pictures."""


class HeifItem(NamedTuple):
    """One picture of a file."""

    image: Image.Image
    """Its sides are multiples of `BLOCK`."""
    rotation: int = 0
    """Quarter turns counter-clockwise that a viewer applies (box `irot`)."""
    bits: int = 8
    """Bits of a sample: 8 or 10."""


def heic(
    *items: HeifItem,
    primary: int = 1,
    brand: bytes = b"heic",
    exif: bytes | None = None,
    size: tuple[int, int] | None = None,
) -> bytes:
    """The bytes of a file.

    Args:
        items: the pictures, numbered from 1.
        primary: the number of the one that viewers show.
        brand: the brand of the file.
        exif: a TIFF structure, which belongs to the first picture.
        size: width and height that the container claims for every picture, instead of their own.
    """
    infos, properties, associations, datas = [], [], [], []
    for number, item in enumerate(items, 1):
        parameters, slices = _hevc(item.image, item.bits)
        width, height = size or item.image.size
        own = [_hvcc(parameters, item.bits), _full(b"ispe", struct.pack(">II", width, height))]
        if item.rotation:
            own.append(_box(b"irot", bytes([item.rotation])))
        properties += [entry for entry in own if entry not in properties]
        indices = bytes(0x80 | properties.index(entry) + 1 for entry in own)
        associations.append(struct.pack(">HB", number, len(own)) + indices)
        infos.append(_full(b"infe", struct.pack(">HH", number, 0) + b"hvc1\0", version=2))
        datas.append(b"".join(struct.pack(">I", len(unit)) + unit for unit in slices))
    references = b""
    if exif is not None:
        number = len(items) + 1
        infos.append(_full(b"infe", struct.pack(">HH", number, 0) + b"Exif\0", version=2))
        datas.append(struct.pack(">I", 0) + exif)
        references = _full(b"iref", _box(b"cdsc", struct.pack(">HHH", number, 1, 1)))
    file_type = _box(b"ftyp", brand + bytes(4) + b"mif1" + brand)

    def meta(offset: int) -> bytes:
        places = b""
        for number, data in enumerate(datas, 1):
            places += struct.pack(">HHHII", number, 0, 1, offset, len(data))
            offset += len(data)
        return _full(
            b"meta",
            _full(b"hdlr", bytes(4) + b"pict" + bytes(13))
            + _full(b"pitm", struct.pack(">H", primary))
            + _full(b"iloc", bytes([0x44, 0]) + struct.pack(">H", len(datas)) + places)
            + _full(b"iinf", struct.pack(">H", len(infos)) + b"".join(infos))
            + _box(
                b"iprp",
                _box(b"ipco", b"".join(properties))
                + _full(b"ipma", struct.pack(">I", len(associations)) + b"".join(associations)),
            )
            + references,
        )

    start = len(file_type) + len(meta(0)) + 8
    return file_type + meta(start) + _box(b"mdat", b"".join(datas))


class _Bits:
    """A bit string in the notation of ITU-T H.265, section 9.2."""

    def __init__(self) -> None:
        self.text: list[str] = []

    def u(self, value: int, width: int) -> None:
        self.text.append(f"{value:0{width}b}" if width else "")

    def whole(self, octets: bytes) -> None:
        for byte in octets:
            self.u(byte, 8)

    def ue(self, *values: int) -> None:
        for value in values:
            binary = f"{value + 1:b}"
            self.text.append("0" * (len(binary) - 1) + binary)

    def align(self, first: str = "1") -> None:
        """Write `first`, then zeros up to a whole byte."""
        text = "".join(self.text) + first
        self.text = [text + "0" * (-len(text) % 8)]

    def data(self) -> bytes:
        text = "".join(self.text)
        return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def _nal(kind: int, payload: bytes) -> bytes:
    """Return a network abstraction layer unit, with emulation prevention."""
    escaped, zeros = bytearray(), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            escaped.append(3)
            zeros = 0
        escaped.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes([kind << 1, 1]) + bytes(escaped)


def _profile(depth: int) -> bytes:
    """Profile, tier and level: Main for 8 bits, Main 10 for 10."""
    number, compatible = (1, 0x60000000) if depth == 8 else (2, 0x20000000)
    return bytes([number]) + struct.pack(">I", compatible) + b"\x90" + bytes(5) + bytes([_LEVEL])


def _hvcc(parameters: list[tuple[int, bytes]], depth: int) -> bytes:
    """Return the decoder's configuration (ISO/IEC 14496-15, section 8.3.3)."""
    head = b"\1" + _profile(depth) + bytes([0xF0, 0, 0xFC, 0xFD, 0xF8 | depth - 8, 0xF8 | depth - 8, 0, 0, 0x0F])
    arrays = [bytes([0x80 | kind]) + struct.pack(">HH", 1, len(unit)) + unit for kind, unit in parameters]
    return _box(b"hvcC", head + bytes([len(arrays)]) + b"".join(arrays))


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def _full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return _box(kind, bytes([version, 0, 0, 0]) + content)


def _video_parameters(depth: int) -> bytes:
    """Return the video parameter set (section 7.3.2.1)."""
    bits = _Bits()
    bits.u(0, 4)
    bits.u(0b11, 2)
    bits.u(0, 6 + 3)
    bits.u(1, 1)
    bits.u(0xFFFF, 16)
    bits.whole(_profile(depth))
    bits.u(1, 1)
    bits.ue(0, 0, 0)
    bits.u(0, 6)
    bits.ue(0)
    bits.u(0, 2)
    bits.align()
    return bits.data()


def _sequence_parameters(width: int, height: int, depth: int) -> bytes:
    """Return the sequence parameter set (section 7.3.2.2)."""
    bits = _Bits()
    bits.u(0, 4 + 3)
    bits.u(1, 1)
    bits.whole(_profile(depth))
    bits.ue(0, 1, width, height)  # 4:2:0
    bits.u(0, 1)
    bits.ue(depth - 8, depth - 8, 0)
    bits.u(1, 1)
    bits.ue(0, 0, 0)
    bits.ue(2, 0, 0, 3, 0, 0)  # coding units of 32 pixels, transforms of 4 to 32
    bits.u(0, 3)
    bits.u(1, 1)  # PCM
    bits.u(depth - 1, 4)
    bits.u(depth - 1, 4)
    bits.ue(2, 0)  # of 32 pixels
    bits.u(1, 1)  # no loop filter over them
    bits.ue(0)
    bits.u(0, 5)
    bits.align()
    return bits.data()


def _picture_parameters() -> bytes:
    """Return the picture parameter set (section 7.3.2.3)."""
    bits = _Bits()
    bits.ue(0, 0)
    bits.u(0, 7)
    bits.ue(0, 0)
    bits.u(0b1, 1)  # init_qp_minus26 of 0
    bits.u(0, 3)
    bits.ue(0, 0)
    bits.u(0, 6)
    bits.u(0, 1)
    bits.u(0b101, 3)  # no deblocking
    bits.u(0, 2)
    bits.ue(0)
    bits.u(0, 2)
    bits.align()
    return bits.data()


def _hevc(image: Image.Image, depth: int) -> tuple[list[tuple[int, bytes]], list[bytes]]:
    """Return the parameter sets, each with its type, and the slices."""
    width, height = image.size
    assert width % BLOCK == height % BLOCK == 0
    parameters = [
        (32, _nal(32, _video_parameters(depth))),
        (33, _nal(33, _sequence_parameters(width, height, depth))),
        (34, _nal(34, _picture_parameters())),
    ]
    luma, blue, red = (np.asarray(plane) for plane in image.convert("YCbCr").split())
    half = tuple(np.asarray(Image.fromarray(plane).reduce(2)) for plane in (blue, red))
    across, down = width // BLOCK, height // BLOCK
    slices = []
    for address in range(across * down):
        top, left = (n * BLOCK for n in divmod(address, across))
        samples = [luma[top : top + BLOCK, left : left + BLOCK]]
        samples += [plane[top // 2 : (top + BLOCK) // 2, left // 2 : (left + BLOCK) // 2] for plane in half]
        packed = b"".join(_packed(block, depth) for block in samples)
        slices.append(_nal(19, _slice(address, across * down, packed)))
    return parameters, slices


def _packed(samples: np.ndarray, depth: int) -> bytes:
    """Return 8-bit samples as samples of `depth` bits, one after the other."""
    wide = (samples.astype(np.uint16) << (depth - 8)).astype(">u2").ravel()
    return np.packbits(np.unpackbits(wide.view(np.uint8)).reshape(-1, 16)[:, 16 - depth :]).tobytes()


def _arithmetic(*bins: int | None) -> bytes:
    """Return what the arithmetic coder writes, up to a whole byte (section 9.3.4.7).

    Args:
        bins: None for a bin that is coded with the context of `part_mode` and has its most probable value, which begins
            in state 0 at a quantisation parameter of 26; the last one is 1, a bin that ends the coder's work.
    """
    low, reach, written, outstanding = 0, 510, "", 0
    for value in bins:
        if value is None:
            reach -= _LEAST_PROBABLE[(reach >> 6) & 3]  # stays above 255, so nothing is written
            continue
        low, reach = low + reach - 2, 2
        while reach < 256:
            if low < 256 or low >= 512:
                bit = low >> 9
                written += f"{bit}" + f"{1 - bit}" * outstanding
                low, outstanding = low - 512 * bit, 0
            else:
                low, outstanding = low - 256, outstanding + 1
            reach, low = reach * 2, low * 2
        bit = low >> 9 & 1
        written += f"{bit}" + f"{1 - bit}" * outstanding + f"{low >> 7 & 3 | 1:02b}"
    bits = _Bits()
    bits.text.append(written[1:])  # the first bit is never written
    bits.align("")
    return bits.data()


def _slice(address: int, count: int, samples: bytes) -> bytes:
    """Return a slice of one coding unit."""
    bits = _Bits()
    bits.u(int(address == 0), 1)
    bits.u(0, 1)
    bits.ue(0)
    if address:
        bits.u(address, (count - 1).bit_length())
    bits.ue(2)  # an intra slice
    bits.ue(0)
    bits.align()
    return bits.data() + _arithmetic(None, 1) + samples + _arithmetic(1)
