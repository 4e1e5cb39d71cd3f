from __future__ import annotations

import pytest

from schemas.normalise.split_numbers import Split, split_number

NONE, DOUBTFUL, CERTAIN = Split.NONE, Split.DOUBTFUL, Split.CERTAIN


@pytest.mark.parametrize(
    ("before", "left", "right", "after", "expected"),
    [
        pytest.param("", "1,719.3", "3", "", CERTAIN, id="thousands-and-one-decimal"),
        pytest.param("", "1.719,3", "3", "", CERTAIN, id="with-a-comma"),
        pytest.param("", "$810.0", "0", "", CERTAIN, id="a-currency"),
        pytest.param("EUR", "810.0", "0", "", CERTAIN, id="a-currency-in-front"),
        pytest.param("", "810,0", "0", "€", CERTAIN, id="a-currency-behind"),
        pytest.param("", "-$2,487.", "75", "", CERTAIN, id="cut-at-the-mark"),
        pytest.param("", "1'234", ".50", "", CERTAIN, id="cut-in-front-of-the-mark"),
        pytest.param("", "12", ",50", "", CERTAIN, id="a-comma-begins-no-number"),
        pytest.param("", "$1,7", "19.33", "", CERTAIN, id="cut-within-thousands"),
        pytest.param("", "05/3", "1/2025", "", CERTAIN, id="a-date"),
        pytest.param("", "2025-0", "5-31", "", CERTAIN, id="an-iso-date"),
        pytest.param("", "810.0", "0", "", DOUBTFUL, id="no-currency-and-no-thousands"),
        pytest.param("", "4.5", "3", "", DOUBTFUL, id="a-rate-and-a-count"),
        pytest.param("", "2", ".50", "", DOUBTFUL, id="a-count-and-a-price-without-units"),
        pytest.param("", "2", "1.50", "", NONE, id="a-count-and-a-price"),
        pytest.param("", "1,7", "19.33", "", NONE, id="a-weight-and-a-price"),
        pytest.param("", "1,234.50", "3", "", NONE, id="two-whole-numbers"),
        pytest.param("", "1,234", "5.00", "", NONE, id="thousands-and-a-price"),
        pytest.param("", "3", "3", "", NONE, id="two-digits"),
        pytest.param("", "1.", "50", "", NONE, id="a-position-and-a-count"),
        pytest.param("paid", "$1,250.", "15", "days", NONE, id="the-end-of-a-sentence"),
        pytest.param("", "12.05.", "2024", "", NONE, id="a-date-with-a-space"),
        pytest.param("", "12/05/20", "25", "", NONE, id="a-short-date-and-a-number"),
        pytest.param("", "3", "1/05/2025", "", NONE, id="a-count-and-a-date"),
        pytest.param("", "030", "1234567", "", NONE, id="a-telephone-number"),
        pytest.param("DE89", "3704", "0044", "", NONE, id="an-iban"),
        pytest.param("", "Total:", "3", "", NONE, id="a-label"),
    ],
)
def test_neighbouring_words(before: str, left: str, right: str, after: str, expected: Split) -> None:
    assert split_number(left, right, before, after) is expected
