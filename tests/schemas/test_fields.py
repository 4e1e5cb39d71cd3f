from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.fields import MAX_FIELDS, Schema, array_depth
from schemas.presets import presets

TEXT = {"name": "a", "type": "string"}


def nested(depth: int) -> dict[str, Any]:
    field = TEXT
    for _ in range(depth):
        field = {"name": "rows", "type": "array", "children": [field]}  # type: ignore[dict-item]
    return field


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param([], "at least 1 item", id="no-fields"),
        pytest.param([TEXT, TEXT], "the name 'a' is used twice", id="duplicate"),
        pytest.param([{"name": "x", "type": "array", "children": [TEXT, TEXT]}], "used twice", id="duplicate-column"),
        pytest.param([{"name": "x", "type": "array"}], "an array needs 'children'", id="array-without-children"),
        pytest.param([{"name": "x", "type": "array", "children": []}], "needs 'children'", id="array-with-no-child"),
        pytest.param([TEXT | {"children": [TEXT]}], "only an array has 'children'", id="children-of-a-string"),
        pytest.param([{"name": "x", "type": "enum"}], "an enum needs 'values'", id="enum-without-values"),
        pytest.param([TEXT | {"values": ["b"]}], "only an enum has 'values'", id="values-of-a-string"),
        pytest.param([{"name": "x", "type": "text"}], "Input should be 'string'", id="unknown-type"),
        pytest.param([TEXT | {"lenght": 3}], "Extra inputs are not permitted", id="unknown-property"),
        pytest.param([{"name": " ", "type": "string"}], "at least 1 character", id="blank-name"),
        pytest.param([nested(3)], "nests arrays 3 deep", id="too-deep"),
        pytest.param(
            [{"name": f"f{i}", "type": "string"} for i in range(MAX_FIELDS + 1)], "at most 200", id="too-many"
        ),
    ],
)
def test_bad_schemas_are_refused(fields: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Schema.model_validate({"fields": fields})


def test_arrays_nest_twice() -> None:
    schema = Schema.model_validate({"fields": [nested(2)]})
    assert array_depth(schema.fields[0]) == 2


def test_invoice_preset_has_the_fields_of_version_4() -> None:
    invoice = presets()["invoice"]
    names = {field.name for field in invoice.fields}
    assert len(invoice.fields) == 29
    assert {"supplier_payment_details", "total_net", "locale", "document_type_extended", "taxes"} <= names
    line_items = next(f for f in invoice.fields if f.name == "line_items")
    assert [c.name for c in line_items.children or ()] == [
        "description",
        "product_code",
        "quantity",
        "unit_measure",
        "unit_price",
        "tax_rate",
        "tax_amount",
        "total_amount",
    ]


def test_every_preset_describes_every_field() -> None:
    for template in presets().values():
        assert template.title
        assert template.description
        for field in template.fields:
            assert field.description, f"{template.id}.{field.name}"
