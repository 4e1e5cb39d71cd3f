"""Texts with a form of their own: what has it, how it is written, and where it is in a longer text."""

from __future__ import annotations

import pytest

from schemas.fields import TextFormat
from schemas.normalise.text_formats import find, narrowed, read


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("iban", "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("iban", "DE89370400440532013001", "DE89370400440532013001"),  # a misread digit
        ("iban", "GB82", None),
        ("iban", "DE89 3704 0044", None),
        ("bic", "COBADEFF XXX", "COBADEFFXXX"),
        ("bic", "IBAN GB82", None),
        ("bic", "Document", None),
        ("vat_id", "DE 136 695 976", "DE136695976"),
        ("vat_id", "DE136695977", "DE136695977"),  # a misread digit
        ("vat_id", "GB 980 7806 84", "GB980780684"),
        ("vat_id", "CHE-107.787.577 MWST", "CHE107787577MWST"),
        ("vat_id", "FR12", None),
        ("vat_id", "INVOICE 4711", None),
        ("email", "a.b@acme.example", "a.b@acme.example"),
        ("email", "a.b@acme", None),
        ("phone", "+49 30 1234567", "+49 30 1234567"),
        ("phone", "030/1234567", "030/1234567"),
        ("phone", "+49 3", None),
        ("phone", "12.05.2024 to 4", None),
        ("url", "www.acme.example/shop", "www.acme.example/shop"),
        ("url", "Acme Ltd.", None),
        ("currency", "€", "EUR"),
        ("currency", "12.00", None),
        ("country", "Schweiz", "CH"),
        ("country", "Pays-Bas", "NL"),
        ("country", "USA", "US"),
        ("country", "Berlin", None),
        ("time", "2:05 pm", "14:05"),
        ("time", "14.05 Uhr", "14:05"),
        ("time", "12:05:59 AM", "00:05:59"),
        ("time", "25:00", None),
        ("postcode", "10115", "10115"),
        ("postcode", "SW1A 1AA", "SW1A 1AA"),
        ("postcode", "1012 AB", "1012 AB"),
        ("postcode", "Berlin", None),
    ],
)
def test_values(form: str, text: str, value: str | None) -> None:
    assert read(TextFormat(form), text) == value


@pytest.mark.parametrize(
    ("form", "text", "values"),
    [
        ("iban", "IBAN: DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX", ["DE89370400440532013000"]),
        ("email", "Mail a@b.example or c@d.example.", ["a@b.example", "c@d.example"]),
        ("country", "F-75002 Paris, France", ["FR"]),
        ("country", "we met in the US or in Spain", ["ES"]),
        ("country", "New York, United States", ["US"]),
        ("postcode", "10115 Berlin", ["10115"]),
        ("time", "from 9:00 to 17:30", ["09:00", "17:30"]),
        ("vat_id", "USt-IdNr. DE 136 695 976", ["DE136695976"]),
    ],
)
def test_values_within_a_text(form: str, text: str, values: list[str]) -> None:
    found = list(find(TextFormat(form), text))
    assert [part.value for part in found] == values
    assert all(read(TextFormat(form), text[part.start : part.end]) == part.value for part in found)


def test_a_text_with_two_values_has_none() -> None:
    assert narrowed(TextFormat.TIME, "from 9:00 to 17:30") is None
    assert narrowed(TextFormat.TIME, "until 17:30") == ("17:30", "17:30")
