"""The options of a field, and the choice between them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from extractors import FieldExtractor
from extractors.plan import ExtractionPlan
from extractors.rules.page_facts import PageFacts
from extractors.rules.totals import pick_totals
from extractors.trained.choosing import joined_address
from extractors.trained.context import ExtractionContext
from extractors.trained.options import in_one_block, options_of
from schemas.fields import Field, FieldType, Schema
from schemas.vocabulary import Kind
from tests.extractors.trained.fixed_scores import ByFeature, FixedNetwork
from tests.fakes import document, word_ids


def propose(
    page: str, scored_texts: dict[str, list[str]], feature: str, *fields: dict[str, Any], locale: str | None = None
) -> dict[str, str]:
    extractor = FieldExtractor(FixedNetwork(scored_texts), ByFeature(feature))
    proposals = extractor.propose(document(page), Schema.model_validate({"fields": fields}), locale)
    return {str(p.path[0]): p.text for p in proposals}


def test_a_text_the_network_scores_high_is_an_option() -> None:
    page = document("Ab Cd Ef    Gh")
    plan = ExtractionPlan.of([Field(name="alias", type=FieldType.STRING)])
    context = ExtractionContext(page, plan, FixedNetwork({"alias": ["Cd Ef"]}))
    assert "Cd Ef" in [option.text for option in options_of(context, plan.fields[0], None)]


def test_a_typed_field_has_only_options_of_its_type() -> None:
    page = document("Total    12,00\nDate    1.2.2020")
    plan = ExtractionPlan.of([Field(name="total", type=FieldType.MONEY)])
    context = ExtractionContext(page, plan, FixedNetwork({"total": ["Total"]}))
    assert {option.text for option in options_of(context, plan.fields[0], None)} == {"12,00"}


@pytest.mark.parametrize(
    ("page", "text", "kept"),
    [
        pytest.param("Main St 1    Date\n10115 Berlin    1.2.20", "Main St 1 Date 10115 Berlin", "Main St 1 10115 Berlin", id="next-to-each-other"),
        pytest.param("Main St 1\n\n\n\nBerlin", "Main St 1 Berlin", "Main St 1", id="far-below"),
        pytest.param("Main St 1\nBerlin", "Main St 1 Berlin", "Main St 1 Berlin", id="one-block"),
    ],
)  # fmt: skip
def test_a_value_stays_in_its_block(page: str, text: str, kept: str) -> None:
    made = document(page)
    context = ExtractionContext(made, ExtractionPlan.of([]), FixedNetwork({}))
    words = in_one_block(context, word_ids(made, text))
    assert " ".join(made.words[i].text for i in words) == kept


def test_a_field_below_the_minimum_probability_is_absent() -> None:
    field = {"name": "nickname", "type": "string", "description": "What friends call her"}
    assert propose("Ab    Cd", {"nickname": ["Ab"]}, "chance", field) == {"nickname": "Ab"}
    assert propose("Ab    Cd", {"nickname": ["Ab"]}, "checked", field) == {}


@pytest.mark.parametrize(
    ("page", "field", "expected"),
    [
        pytest.param("Birth date  04/09/1988", {"name": "birth_date", "type": "date"}, "04/09/1988", id="a-date-of-its-own"),
        pytest.param("Federal tax  9,420.00", {"name": "federal_tax", "type": "money"}, "9,420.00", id="an-amount-of-its-own"),
        pytest.param("Federal tax  2024\nOther  9,420.00", {"name": "federal_tax", "type": "money"}, None, id="not-a-bare-number"),
        pytest.param("Date  04/09/1988", {"name": "date", "type": "date"}, None, id="the-scorer-decides-on-common-fields"),
    ],
)  # fmt: skip
def test_a_label_that_repeats_the_words_of_a_name_is_enough(
    page: str, field: dict[str, Any], expected: str | None
) -> None:
    assert propose(page, {}, "checked", field).get(str(field["name"])) == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        pytest.param("ja-JP", "R6.11.3", id="japanese"),
        pytest.param("de-DE", None, id="another-locale"),
        pytest.param(None, None, id="unknown"),
    ],
)
def test_a_year_of_a_japanese_era_is_a_date_where_the_locale_says_so(locale: str | None, expected: str | None) -> None:
    field = {"name": "birth_date", "type": "date"}
    assert propose("Birth date  R6.11.3", {}, "checked", field, locale=locale).get("birth_date") == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        pytest.param("de-DE", "1234", id="a-point-groups-digits"),
        pytest.param("en-US", "1.234", id="a-point-before-decimals"),
    ],
)
def test_the_locale_reads_a_number_where_the_page_does_not(locale: str, expected: str) -> None:
    (number,) = PageFacts(document("Weight  1.234"), locale).candidates.by_kind[Kind.NUMBER]
    assert number.value == Decimal(expected)


@pytest.mark.parametrize("locale", [None, "en-US"])
def test_whole_amounts_count_where_the_page_prints_no_cents(locale: str | None) -> None:
    totals = pick_totals(PageFacts(document("Subtotal  100\nTax  19\nTotal  119"), locale))
    assert totals == pick_totals(PageFacts(document("Subtotal  100\nTax  19\nTotal  119")))


def test_sender_and_recipient_differ() -> None:
    fields = ({"name": "supplier_name", "type": "string"}, {"name": "customer_name", "type": "string"})
    found = propose(
        "Acme Ltd    Zeta GmbH",
        {"supplier_name": ["Acme Ltd"], "customer_name": ["Acme Ltd", "Zeta GmbH"]},
        "chance",
        *fields,
    )
    assert found["supplier_name"] == "Acme Ltd"
    assert found.get("customer_name") != "Acme Ltd"


def test_a_name_is_not_part_of_its_address() -> None:
    fields = ({"name": "supplier_name", "type": "string"}, {"name": "supplier_address", "type": "string"})
    scored_texts = {"supplier_name": ["Acme Ltd"], "supplier_address": ["Acme Ltd Main Street 1 12345 Berlin"]}
    found = propose("Acme Ltd\nMain Street 1\n12345 Berlin", scored_texts, "chance", *fields)
    assert found == {"supplier_name": "Acme Ltd", "supplier_address": "Main Street 1, 12345 Berlin"}


def test_totals_that_add_up_win_over_higher_scores() -> None:
    fields = tuple({"name": name, "type": "money"} for name in ("total_net", "total_tax", "total_amount"))
    page = "Net    100,00\nTax    19,00\nTotal    119,00\nPaid    150,00"
    scored_texts = {"total_net": ["100,00"], "total_tax": ["19,00"], "total_amount": ["119,00", "150,00"]}
    assert propose(page, scored_texts, "chance", *fields) == {
        "total_net": "100,00",
        "total_tax": "19,00",
        "total_amount": "119,00",
    }


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["Marktstr. 153", "38226 Salzgitter"], "Marktstr. 153, 38226 Salzgitter", id="lines-become-parts"),
        pytest.param(["Marktstr. 153", "38226 Salzgitter", "Deutschland"], "Marktstr. 153, 38226 Salzgitter", id="country"),
        pytest.param(["No 2, Jalan 3,", "81100 Johor"], "No 2, Jalan 3, 81100 Johor", id="it-brings-its-commas"),
        pytest.param(["12, Jalan 7/4, Kawasan", "Tampoi, 81200 Johor"], "12, Jalan 7/4, Kawasan Tampoi, 81200 Johor", id="wrapped-prose"),
    ],
)  # fmt: skip
def test_an_address_in_one_line(lines: list[str], expected: str) -> None:
    assert joined_address(lines) == expected
