"""Test that a number which may be a part of a longer one is not reported as certain."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grounding import ground
from schemas.fields import FieldType
from schemas.results import Proposal, Status
from tests.fakes import document


@pytest.mark.parametrize(
    ("line", "value", "status"),
    [
        pytest.param("Weight 810.0 0", "810.0", Status.UNCERTAIN, id="cut"),
        pytest.param("Weight 810.0 0", "0", Status.UNCERTAIN, id="the-rest"),
        pytest.param("Weight 810.0 kg", "810.0", Status.GROUNDED, id="whole"),
        pytest.param("Weight 810.25 3", "810.25", Status.GROUNDED, id="next-to-a-count"),
    ],
)
def test_a_number_next_to_its_own_rest_is_uncertain(line: str, value: str, status: Status) -> None:
    (cell,) = ground(document(line), [Proposal(("weight",), FieldType.NUMBER, value)])
    assert cell.value == Decimal(value)
    assert cell.status is status
