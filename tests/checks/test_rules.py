from __future__ import annotations

from decimal import Decimal
from typing import Any

import checks
from schemas.fields import Schema
from schemas.results import Cell, FieldPath, Outcome, Status, Value, not_found

SCHEMA = Schema.model_validate(
    {
        "fields": [
            *({"name": n, "type": "money"} for n in ("total_net", "total_tax", "total_amount")),
            *({"name": n, "type": "date"} for n in ("date", "due_date")),
            {"name": "iban", "type": "string"},
            {
                "name": "line_items",
                "type": "array",
                "children": [
                    {"name": "quantity", "type": "number"},
                    {"name": "unit_price", "type": "money"},
                    {"name": "total_amount", "type": "money"},
                ],
            },
        ]
    }
)


def cell(path: FieldPath, value: Value) -> Cell:
    return Cell(path, value, str(value), 1.0, Status.GROUNDED, None, 0.9)


def outcomes(**values: Any) -> dict[str, Outcome]:
    cells = [cell((name,), value) for name, value in values.items()]
    return {finding.rule: finding.outcome for finding in checks.run(SCHEMA, cells)}


def test_totals() -> None:
    rule = "total_is_net_plus_tax"
    right = {"total_net": Decimal("100.00"), "total_tax": Decimal("19.00"), "total_amount": Decimal("119.00")}
    assert outcomes(**right) == {rule: Outcome.PASSED}
    assert outcomes(**right | {"total_tax": Decimal("7.00")}) == {rule: Outcome.FAILED}
    assert outcomes(total_net=Decimal("100.00")) == {}


def test_dates() -> None:
    rule = "due_date_not_before_date"
    assert outcomes(date="2020-01-31", due_date="2020-02-01") == {rule: Outcome.PASSED}
    assert outcomes(date="2020-02-01", due_date="2020-01-31") == {rule: Outcome.FAILED}


def test_iban() -> None:
    assert outcomes(iban="DE89 3704 0044 0532 0130 00") == {"iban_check_digits": Outcome.PASSED}
    assert outcomes(iban="DE89 3704 0044 0532 0130 01") == {"iban_check_digits": Outcome.FAILED}


def test_vat_numbers() -> None:
    schema = Schema.model_validate({"fields": [{"name": "vat_id", "type": "string"}]})

    def outcome(value: str) -> list[Outcome]:
        return [finding.outcome for finding in checks.run(schema, [cell(("vat_id",), value)])]

    assert outcome("DE136695976") == [Outcome.PASSED]
    assert outcome("DE136695978") == [Outcome.FAILED]
    assert outcome("123456") == []


def test_rows_name_their_cells() -> None:
    def row(number: int, *values: str) -> list[Cell]:
        names = ("quantity", "unit_price", "total_amount")
        return [cell(("line_items", number, n), Decimal(v)) for n, v in zip(names, values, strict=True)]

    cells = [*row(0, "2", "10.00", "20.00"), *row(1, "3", "5.00", "16.00"), not_found(("line_items", 2, "quantity"))]
    findings = checks.run(SCHEMA, cells)
    assert [f.outcome for f in findings] == [Outcome.PASSED, Outcome.FAILED]
    assert findings[1].paths[0] == ("line_items", 1, "total_amount")
    assert findings[1].message == "3 x 5.00 = 16.00"
