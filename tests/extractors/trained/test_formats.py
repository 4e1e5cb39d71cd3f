"""Strings with a format, from the page to the cell, with the models that ship."""

from __future__ import annotations

import pytest

import grounding
from extractors import FieldExtractor
from schemas.fields import Schema
from schemas.pages import Document
from schemas.results import Cell, Status
from tests.fakes import document

PAGE = document(
    """
Acme GmbH                                     Invoice 4711
Main Street 1                                 Date 1.2.2025
10115 Berlin                                  Time 2:05 pm
Germany
Tel. +49 30 1234567     E-Mail info@acme.com   www.acme.com
USt-IdNr. DE 136 695 976
Bank: IBAN DE89 3704 0044 0532 0130 00   SWIFT COBADEFFXXX
Total  11.90 EUR
"""
)
EXTRACTOR = FieldExtractor()


def cell(name: str, form: str, page: Document = PAGE) -> Cell | None:
    fields = [{"name": name, "type": "string", "format": form}]
    schema = Schema.model_validate({"fields": fields})
    cells = grounding.ground(page, EXTRACTOR.propose(page, schema))
    return cells[0] if cells and cells[0].value is not None else None


@pytest.mark.parametrize(
    ("name", "form", "value", "printed"),
    [
        ("konto", "iban", "DE89370400440532013000", "DE89 3704 0044 0532 0130 00"),
        ("swift_code", "bic", "COBADEFFXXX", "COBADEFFXXX"),
        ("ust", "vat_id", "DE136695976", "DE 136 695 976"),
        ("kontakt", "email", "info@acme.com", "info@acme.com"),
        ("telefon", "phone", "+49 30 1234567", "+49 30 1234567"),
        ("homepage", "url", "www.acme.com", "www.acme.com"),
        ("waehrung", "currency", "EUR", "EUR"),
        ("supplier_country", "country", "DE", "Germany"),
        ("uhrzeit", "time", "14:05", "2:05 pm"),
        ("supplier_postcode", "postcode", "10115", "10115"),
    ],
)
def test_a_format_finds_its_value_under_any_name(name: str, form: str, value: str, printed: str) -> None:
    found = cell(name, form)
    assert found is not None
    assert (found.value, found.raw_text, found.status) == (value, printed, Status.GROUNDED)


@pytest.mark.parametrize(
    ("name", "form"),
    [("total", "bic"), ("invoice_number", "bic"), ("fax_number", "phone"), ("supplier_name", "time")],
)
def test_a_value_of_the_form_is_not_the_answer_to_every_name(name: str, form: str) -> None:
    assert cell(name, form) is None


@pytest.mark.parametrize(("name", "form"), [("contact", "email"), ("telephone", "phone"), ("account", "iban")])
def test_a_text_of_another_form_is_never_the_answer(name: str, form: str) -> None:
    page = document("Contact: Jane Doe\nTelephone: ask at the desk\nAccount: 4711")
    assert cell(name, form, page=page) is None
