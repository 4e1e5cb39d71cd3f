from __future__ import annotations

import pytest

from service.vendors.invoice_ner.invoice_number import find_invoice_number
from tests.fakes import document


@pytest.mark.parametrize(
    ("page", "number"),
    [
        ("Invoice No. : 4711", "4711"),
        ("INVOICE NUMBER  INV-2023-001234", "INV-2023-001234"),
        ("Invoice no\n20250430-001", "20250430-001"),
        ("Tax Invoice #A/77-1", "A/77-1"),
        ("Document No : TD01167104", "TD01167104"),
        ("Rechnungsnummer: RE-2024/17", "RE-2024/17"),
        ("Rechnung Nr. 17", "17"),
        ("Facture n° F2024-003", "F2024-003"),
        ("Número de factura: 2024-55", "2024-55"),
        ("Fattura n. 2024/17", "2024/17"),
        ("Fatura nº FT-77", "FT-77"),
        ("Factuurnummer: 202400017", "202400017"),
        ("Faktura nr 17/2024", "17/2024"),
        ("Please quote INV-001234 when you pay", "INV-001234"),
        ("Invoice date: 30.04.2025", None),
        ("Invoice no: pending", None),
        ("Total 12.00", None),
        ("", None),
    ],
)
def test_numbers(page: str, number: str | None) -> None:
    read = document(page)
    found = find_invoice_number(read)
    assert (found and found.text) == number
    if found:
        assert found.text in " ".join(read.words[i].text for i in found.word_ids)
