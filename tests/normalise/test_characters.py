from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.normalise import booleans
from schemas.normalise.characters import fold_text, ordinary, plain_text, squash


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


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        pytest.param("⽉⾒電機", "月見電機", id="kangxi-radicals"),
        pytest.param("⻑野⻘", "長野青", id="radicals-of-the-supplement"),
        pytest.param("豈", "豈", id="compatibility-ideograph"),
        pytest.param("ｶﾞｿﾘﾝ", "ガソリン", id="half-width-katakana"),
        pytest.param("ﻓﺎﺗﻮﺭﺓ ﻻ", "فاتورة لا", id="joined-forms-of-arabic"),
        pytest.param("ﬁ １２", "fi 12", id="ligature-and-full-width"),
        pytest.param("24⁹⁵ m²", "24⁹⁵ m²", id="raised-digits-stay"),
    ],
)
def test_forms_that_only_look_different(printed: str, expected: str) -> None:
    assert ordinary(printed) == expected
    assert squash(printed) == squash(expected)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        *((character, True) for character in "☑☒⊠⊡✓✔√✗✘✕✖\uf0fe"),
        *((character, False) for character in "☐□❏\uf06f"),
    ],
)
def test_ticked_and_empty_boxes_are_truth_values(printed: str, expected: bool) -> None:
    assert booleans.parse(printed) is expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        pytest.param("No allergies", True, id="no-before-a-word"),
        pytest.param("NO ALLERGIES", True, id="capitals"),
        pytest.param("Non-smoker", True, id="prefix-non"),
        pytest.param("non_smoker", True, id="a-name"),
        pytest.param("There are no pets", True, id="no-after-a-verb"),
        pytest.param("No. of guests", False, id="number-with-a-stop"),
        pytest.param("No of guests", False, id="number-without-a-stop"),
        pytest.param("No 12 Harbour Road", False, id="number-before-a-digit"),
        pytest.param("Order no given", False, id="number-inside"),
        pytest.param("Northern region", False, id="a-word-that-begins-with-no"),
        pytest.param("I agree without reservation", False, id="without-inside"),
    ],
)
def test_negated_labels(label: str, expected: bool) -> None:
    assert booleans.is_negated(label) is expected


def test_booleans() -> None:
    assert booleans.parse("Ja") is True
    assert booleans.parse("☐") is False
    assert booleans.parse("maybe") is None
    assert all(booleans.parse(form) is value for value in (True, False) for form in booleans.written_forms(value))
