from __future__ import annotations

import pytest

from schemas.vocabulary import meaning


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        pytest.param("Rechnungsnummer:", "invoice number", id="german-compound"),
        pytest.param("Factuurdatum", "invoice date", id="dutch-compound"),
        pytest.param("N° de facture", "invoice number", id="french-number-sign"),
        pytest.param("Date d'échéance", "due date", id="french-elision"),
        pytest.param("Fecha de vencimiento", "due date", id="spanish-phrase"),
        pytest.param("Numero fattura", "invoice number", id="italian"),
        pytest.param("invoice_number", "invoice number", id="snake-case"),
        pytest.param("invoiceNumber", "invoice number", id="camel-case"),
        pytest.param("T.V.A.", "tax", id="dotted-abbreviation"),
        pytest.param("Total TTC", "total gross", id="tax-included"),
        pytest.param("Gesamtbetrag inkl. MwSt.", "total gross", id="tax-included-german"),
        pytest.param("Total amount before tax", "total amount net", id="net-in-words"),
        pytest.param("Balance due", "due amount", id="phrase"),
        pytest.param("USt.-Id.-Nr.", "registration", id="abbreviations-joined"),
        pytest.param("To:", "buyer", id="a-word-that-stands-alone"),
        pytest.param("to", "buyer", id="alone-without-colon"),
        pytest.param("due to rain", "due", id="the-same-word-in-a-sentence"),
    ],
)
def test_meaning(text: str, concepts: str) -> None:
    assert meaning(text).concepts == frozenset(concepts.split())


def test_unknown_words_are_kept() -> None:
    found = meaning("Machine serial number")
    assert found.concepts == {"number"}
    assert found.others == {"machine", "serial"}
