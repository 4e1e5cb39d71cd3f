"""Checks HMAC-SHA256 signatures of a key that is not kept.

HMAC (FIPS 198-1) hashes a block made of the key before anything else, twice. What SHA-256 (FIPS 180-4) has computed
after each of these two blocks is enough to go on from, and does not lead back to the key. No library at hand goes on
from such a state, so the compression is written out here; it is used for a few hundred bytes a call.
"""

from __future__ import annotations

import itertools
import math
import struct

_MASK = 0xFFFFFFFF
_BLOCK = 64
_INNER, _OUTER = 0x36, 0x5C


def _primes(count: int) -> list[int]:
    found: list[int] = []
    for number in itertools.count(2):
        if all(number % prime for prime in found):
            found.append(number)
        if len(found) == count:
            return found
    raise AssertionError


def _cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle)
    return low


# the first 32 bits of the fractions of square and cube roots of the first primes
_START = tuple(math.isqrt(prime << 64) & _MASK for prime in _primes(8))
_ROUNDS = tuple(_cube_root(prime << 96) & _MASK for prime in _primes(64))


def signing_state(key: str) -> bytes:
    """What is kept of a key to check its signatures: 64 bytes.

    Raises:
        ValueError: the key is longer than a block of SHA-256.
    """
    block = key.encode().ljust(_BLOCK, b"\0")
    if len(block) > _BLOCK:
        raise ValueError(f"expected a key of at most {_BLOCK} bytes")
    states = [_compress(_START, bytes(byte ^ pad for byte in block)) for pad in (_INNER, _OUTER)]
    return struct.pack(">16I", *states[0], *states[1])


def signature(state: bytes, message: bytes) -> str:
    """The HMAC-SHA256 of a message, hexadecimal, with the key whose state this is."""
    words = struct.unpack(">16I", state)
    return _finish(words[8:], _finish(words[:8], message)).hex()


def _finish(state: tuple[int, ...], message: bytes) -> bytes:
    """SHA-256 of one block, of which only the state is known, and what follows it."""
    length = (_BLOCK + len(message)) * 8
    padded = message + b"\x80"
    padded += bytes(-(len(padded) + 8) % _BLOCK) + struct.pack(">Q", length)
    for start in range(0, len(padded), _BLOCK):
        state = _compress(state, padded[start : start + _BLOCK])
    return struct.pack(">8I", *state)


def _compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    """FIPS 180-4, 6.2.2."""
    schedule = list(struct.unpack(">16I", block))
    for t in range(16, 64):
        w2, w15 = schedule[t - 2], schedule[t - 15]
        small1 = _turned(w2, 17) ^ _turned(w2, 19) ^ (w2 >> 10)
        small0 = _turned(w15, 7) ^ _turned(w15, 18) ^ (w15 >> 3)
        schedule.append((small1 + schedule[t - 7] + small0 + schedule[t - 16]) & _MASK)
    a, b, c, d, e, f, g, h = state
    for constant, word in zip(_ROUNDS, schedule, strict=True):
        big1 = _turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25)
        first = (h + big1 + ((e & f) ^ (~e & g)) + constant + word) & _MASK
        big0 = _turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22)
        second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) & _MASK
        a, b, c, d, e, f, g, h = (first + second) & _MASK, a, b, c, (d + first) & _MASK, e, f, g
    return tuple((old + new) & _MASK for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))


def _turned(word: int, bits: int) -> int:
    return (word >> bits | word << (32 - bits)) & _MASK
