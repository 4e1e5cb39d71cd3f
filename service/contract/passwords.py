"""Tell requests with different passwords apart, without keeping the passwords."""

from __future__ import annotations

import hashlib

_COST = 2**13
"""Scrypt's N: 25 ms and 8 MB for one password, so that stored fingerprints are of little use for guessing."""
_BLOCK_SIZE = 8
_PARALLELISM = 1


def password_parts(password: str | None, document: bytes) -> tuple[bytes, ...]:
    """Return what a password adds to the fingerprint of a request; nothing if there is none.

    It takes some milliseconds: call it off the event loop.

    Args:
        password: the password.
        document: what it opens, which is the salt.
    """
    if not password:
        return ()
    salt = hashlib.sha256(document).digest()
    return (hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK_SIZE, p=_PARALLELISM),)
