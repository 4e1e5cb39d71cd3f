from __future__ import annotations

import pytest

from extractors.role_matching import COLUMN_ROLES, HEADER_ROLES, label_fit, role_of
from schemas.fields import Field, FieldType
from schemas.vocabulary import meaning


@pytest.mark.parametrize(
    ("name", "kind", "description", "role"),
    [
        pytest.param("invoice_number", "string", None, "invoice_number", id="plain"),
        pytest.param("document_no", "string", None, "invoice_number", id="abbreviated"),
        pytest.param("issued_on", "date", None, "invoice_date", id="issue-date"),
        pytest.param("payable_until", "date", None, "due_date", id="due-date"),
        pytest.param("vendor", "string", None, "supplier_name", id="synonym"),
        pytest.param("where_the_vendor_is_based", "string", None, "supplier_address", id="wordy"),
        pytest.param("billed_to", "string", "name only", "customer_name", id="phrase-with-description"),
        pytest.param("total_incl", "number", "Total amount including tax", "total_gross", id="by-description"),
        pytest.param("Nettobetrag", "money", None, "total_net", id="german"),
        pytest.param("vat_sum", "number", None, "total_tax", id="tax"),
        pytest.param("machine_serial", "string", None, None, id="custom"),
        pytest.param("phone_number", "date", None, None, id="of-another-type"),
    ],
)
def test_role_of(name: str, kind: str, description: str | None, role: str | None) -> None:
    found = role_of(Field(name=name, type=FieldType(kind), description=description), HEADER_ROLES)
    assert (found.name if found else None) == role


@pytest.mark.parametrize(
    ("name", "kind", "role"),
    [
        pytest.param("article", "string", "description", id="article"),
        pytest.param("pieces", "number", "quantity", id="pieces"),
        pytest.param("price_each", "number", "unit_price", id="price"),
        pytest.param("amount", "number", "line_total", id="amount"),
        pytest.param("product_code", "string", "sku", id="code"),
    ],
)
def test_column_roles(name: str, kind: str, role: str) -> None:
    found = role_of(Field(name=name, type=FieldType(kind)), COLUMN_ROLES)
    assert found is not None
    assert found.name == role


def test_labels_of_other_roles_are_held_against_a_candidate() -> None:
    total = next(r for r in HEADER_ROLES if r.name == "total_gross")
    assert label_fit(total, meaning("Total TTC")) > label_fit(total, meaning("Total")) > 0.5
    assert label_fit(total, meaning("Total incl. VAT")) > 0.5
    assert label_fit(total, meaning("Total VAT")) < 0
    assert label_fit(total, meaning("Delivery")) < 0
