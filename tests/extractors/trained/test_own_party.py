"""The caller as one party of a document and never the other."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

import grounding
from extractors import FieldExtractor
from schemas.fields import Schema
from schemas.own_party import OwnParty
from tests.fakes import document

ORION, MILLER = "Orion Optics Ltd", "Miller & Sons GmbH"
ORION_VAT, MILLER_VAT = "GB980780684", "DE136695976"
PAGE = document(
    f"""
{ORION}
12 Harbour Road
London SE1 2AB
VAT {ORION_VAT}

                                   Invoice 4711
{MILLER}                 Date 1.2.2025
Main Street 1
10115 Berlin
VAT {MILLER_VAT}

Lenses       3     10.00      30.00
Total  35.70 EUR
"""
)
"""A letterhead and the window of an envelope."""
LETTER = document(f"Invoice 4711    1.2.2025\n{ORION}\n{MILLER}\nTotal  35.70 EUR")
"""Nothing says who sent it."""
EXTRACTOR = FieldExtractor()
SCHEMA = Schema.model_validate(
    {
        "fields": [
            {"name": "supplier_name", "type": "string"},
            {"name": "customer_name", "type": "string"},
            {"name": "supplier_vat_number", "type": "string"},
            *(
                {
                    "name": f"{party}_company_registrations",
                    "type": "array",
                    "children": [{"name": "value", "type": "string"}],
                }
                for party in ("supplier", "customer")
            ),
        ]
    }
)


def values(own: OwnParty | None, page: Any = PAGE) -> dict[str, Any]:
    cells = grounding.ground(page, EXTRACTOR.propose(page, SCHEMA, None, own))
    return {".".join(map(str, cell.path)): cell.value for cell in cells if cell.value is not None}


@pytest.mark.parametrize(
    "own",
    [
        OwnParty(name="Orion Optics"),
        OwnParty(name="MILLER UND SONS"),
        OwnParty(vat_id="GB 980 7806 84"),
        OwnParty(vat_id=MILLER_VAT),
    ],
)
def test_numbers_go_to_their_party(own: OwnParty) -> None:
    found = values(own)
    assert (found["supplier_name"], found["customer_name"]) == (ORION, MILLER)
    assert found["supplier_vat_number"] == ORION_VAT
    assert found["supplier_company_registrations.0.value"] == ORION_VAT
    assert found["customer_company_registrations.0.value"] == MILLER_VAT
    assert "supplier_company_registrations.1.value" not in found


@pytest.mark.parametrize("name", [ORION, MILLER])
def test_where_the_page_does_not_say_the_caller_is_the_customer(name: str) -> None:
    found = values(OwnParty(name=name), LETTER)
    assert found.get("supplier_name") != name
    assert found.get("customer_name") in (name, None)


def test_a_document_that_does_not_name_the_caller_is_read_as_without() -> None:
    assert values(OwnParty(name="Somebody Else")) == values(None)


@pytest.mark.parametrize(
    ("name", "text", "same"),
    [
        ("Acme", "ACME GmbH & Co. KG", True),
        ("Acme Trading", "Acme Tradlng Ltd.", True),
        ("Acme", "Acme Trading", False),
        ("GmbH", "GmbH", False),
    ],
)
def test_names(name: str, text: str, same: bool) -> None:
    assert OwnParty(name=name).has_name(text) is same


def test_nobody() -> None:
    with pytest.raises(ValidationError, match="Say who you are"):
        OwnParty()
