"""Fields that a payment code answers, with and without the same value as text."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from extractors import FieldExtractor
from grounding import ground
from schemas.codes import Code
from schemas.fields import Field, FieldType, Schema
from schemas.geometry import Box, quad_of
from schemas.pages import Document
from schemas.results import Cell, Status
from tests.fakes import document

EXTRACTOR = FieldExtractor()
CODE_PLACE = quad_of(Box(0.6, 0.7, 0.8, 0.85))
EPC = "BCD\n002\n1\nSCT\n\nMuster GmbH\nDE33100205000001194700\nEUR{amount}\n\n{reference}\n"
PAGE = """\
Muster GmbH                    Invoice 4711
IBAN DE89370400440532013000
Net        100.00
VAT 19 %    19.00
Total      119.00
Paid        19.00
"""


def answer(name: str, kind: FieldType, page: str = PAGE, code: str = "", codes: tuple[str, ...] = ()) -> Cell:
    made = document(page)
    all_codes = tuple(Code("QRCode", text, CODE_PLACE) for text in (code, *codes) if text)
    stated = Document((replace(made.pages[0], codes=all_codes),))
    proposals = EXTRACTOR.propose(stated, Schema(fields=(Field(name=name, type=kind),)))
    return ground(stated, proposals)[0] if proposals else Cell((name,), None, None, 0.0, Status.NOT_FOUND, None, 0.0)


PAYMENT = EPC.format(amount="100.00", reference="RF18539007547034")


@pytest.mark.parametrize(
    ("name", "kind", "value", "at_code"),
    [
        pytest.param(
            "iban", FieldType.STRING, "DE33100205000001194700", True, id="account of the code, not of the text"
        ),
        pytest.param("amount_due", FieldType.MONEY, Decimal("100.00"), False, id="amount, where it is printed"),
        pytest.param("payment_reference", FieldType.STRING, "RF18539007547034", True, id="payment reference"),
        pytest.param("supplier_name", FieldType.STRING, "Muster GmbH", False, id="creditor, where it is printed"),
        pytest.param("currency", FieldType.STRING, "EUR", True, id="currency"),
        pytest.param("total", FieldType.MONEY, Decimal("119.00"), False, id="the printed total stays"),
    ],
)
def test_a_payment_code_answers(name: str, kind: FieldType, value: object, at_code: bool) -> None:
    cell = answer(name, kind, code=PAYMENT)
    assert (cell.value, cell.status) == (value, Status.GROUNDED)
    assert cell.place is not None
    assert (cell.place.quad == CODE_PLACE) is at_code
    assert cell.raw_text


@pytest.mark.parametrize("name", ["reference", "number"])
def test_a_reference_of_something_is_uncertain(name: str) -> None:
    cell = answer(name, FieldType.STRING, code=PAYMENT)
    assert (cell.value, cell.status) == ("RF18539007547034", Status.UNCERTAIN)
    assert cell.evidence is not None
    assert cell.evidence.doubtful


def test_a_creditor_that_is_not_printed_does_not_replace_the_supplier() -> None:
    factoring = PAYMENT.replace("Muster GmbH", "Factoring Bank AG")
    cell = answer("supplier_name", FieldType.STRING, "Seller: " + PAGE, factoring)
    assert cell.value == "Muster GmbH"


def test_two_different_payments_answer_nothing() -> None:
    other = EPC.format(amount="7.00", reference="")
    assert answer("iban", FieldType.STRING, code=PAYMENT, codes=(other,)).value == "DE89370400440532013000"
    assert answer("iban", FieldType.STRING, code=PAYMENT, codes=(PAYMENT,)).value == "DE33100205000001194700"


def test_other_codes_answer_nothing() -> None:
    assert answer("iban", FieldType.STRING, code="https://example.org").value == "DE89370400440532013000"
