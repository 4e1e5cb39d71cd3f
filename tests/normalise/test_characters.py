from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.normalise import booleans
from schemas.normalise.characters import fold_text, plain_text, squash


@given(st.text(max_size=40))
def test_folding_keeps_positions(text: str) -> None:
    assert len(plain_text(text)) == len(text)
    assert len(fold_text(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Ｎo ﬁx", "nofix", id="full-width-and-ligature"),
        pytest.param("Straße", "strasse", id="sharp-s"),
        pytest.param("A – B", "a-b", id="dashes"),
        pytest.param(" \u00a0\t", "", id="only-spaces"),
    ],
)
def test_squash(text: str, expected: str) -> None:
    assert squash(text) == expected


def test_booleans() -> None:
    assert booleans.parse("Ja") is True
    assert booleans.parse("☐") is False
    assert booleans.parse("maybe") is None
    assert all(booleans.parse(form) is value for value in (True, False) for form in booleans.written_forms(value))
