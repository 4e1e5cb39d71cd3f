from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.signatures import signature, signing_state


@given(st.text("abcXYZ0189_-", min_size=1, max_size=64), st.binary(max_size=300))
def test_signatures_are_those_of_hmac(key: str, message: bytes) -> None:
    expected = hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
    assert signature(signing_state(key), message) == expected


def test_the_state_is_not_the_key() -> None:
    assert b"secret" not in signing_state("secret")
    with pytest.raises(ValueError, match="at most 64 bytes"):
        signing_state("x" * 65)
