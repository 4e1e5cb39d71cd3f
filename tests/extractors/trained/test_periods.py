"""The two ends of a period, and percentages."""

from __future__ import annotations

import pytest

from extractors import FieldExtractor
from schemas.fields import Field, FieldType, Schema
from tests.extractors.trained.fixed_scores import ByFeature, FixedNetwork
from tests.fakes import document


def answer(page: str, name: str, kind: str) -> str | None:
    """Return what the rules answer where the network sees nothing."""
    schema = Schema(fields=(Field(name=name, type=FieldType(kind)),))
    found = FieldExtractor(FixedNetwork({}), ByFeature("rule")).propose(document(page), schema)
    return found[0].text if found else None


@pytest.mark.parametrize(
    ("page", "name", "expected"),
    [
        pytest.param("Billing period: 01/06/2025 - 30/06/2025", "period_start", "01/06/2025", id="start"),
        pytest.param("Billing period: 01/06/2025 - 30/06/2025", "period_end", "30/06/2025", id="end"),
        pytest.param("Leistungszeitraum 01.06.2025 bis 30.06.2025", "Zeitraum von", "01.06.2025", id="german-start"),
        pytest.param("Leistungszeitraum 01.06.2025 bis 30.06.2025", "Zeitraum bis", "30.06.2025", id="german-end"),
        pytest.param("Période du 01/06/2025 au 30/06/2025", "debut", "01/06/2025", id="french-start"),
        pytest.param("Période du 01/06/2025 au 30/06/2025", "fin", "30/06/2025", id="french-end"),
        pytest.param("Start date: 01/06/2025\nEnd date: 30/06/2025", "end_date", "30/06/2025", id="two-labels"),
    ],
)
def test_the_ends_of_a_period_are_told_apart(page: str, name: str, expected: str) -> None:
    assert answer(page, name, "date") == expected


def test_the_other_end_follows_from_the_one_that_has_a_label() -> None:
    page = document("Statement period 1 January 2026 to 31 January 2026")
    fields = [Field(name=name, type=FieldType.DATE) for name in ("period_from", "period_to")]
    network = FixedNetwork({"period_from": ["1 January 2026"], "period_to": []})
    found = FieldExtractor(network, ByFeature("chance")).propose(page, Schema(fields=tuple(fields)))
    assert {p.path[0]: p.text for p in found} == {"period_from": "1 January 2026", "period_to": "31 January 2026"}


def test_a_percent_sign_says_what_the_name_asks_for() -> None:
    assert answer("Late fee of 1.5 % applies after 10 days", "late_fee_percent", "number") == "1.5"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param("VAT rate: 19 %", "19", id="a-percentage"),
        pytest.param("VAT: 19.00", None, id="an-amount"),
        pytest.param("VAT %\n19.00", "19.00", id="the-sign-in-the-label"),
    ],
)
def test_a_rate_is_never_an_amount(page: str, expected: str | None) -> None:
    found = answer(page, "vat_rate", "number")
    assert (found or "").replace("%", "").strip() == (expected or "")
