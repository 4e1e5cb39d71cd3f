from __future__ import annotations

import pytest

from service.vendors.mindee.registrations import registration_type


@pytest.mark.parametrize(
    ("number", "written", "country", "kind"),
    [
        ("732 829 320 00074", "SIRET", None, "SIRET"),
        ("73282932000074", None, None, "SIRET"),
        ("732829320", "Siren:", None, "SIREN"),
        ("732829320", None, "FR", "SIREN"),
        ("732829320", None, None, "COMPANY REGISTRATION NUMBER"),
        ("FR40303265045", None, None, "VAT NUMBER"),
        ("GB980780684", "", None, "VAT NUMBER"),
        ("181/815/08155", "Steuer-Nr.", None, "STNR"),
        ("DE136695976", "USt-IdNr.", None, "VAT NUMBER"),
        ("12345678", "KvK", None, "KVK"),
        ("12345678", None, "NL", "KVK"),
        ("A13585625", "CIF", None, "CIF"),
        ("J99216582", None, "ES", "CIF"),
        ("501964843", "NIF", None, "NIF"),
        ("501964843", None, "PT", "NIF"),
        ("13585628", "CVR-nr", None, "CVR"),
        ("13585628", None, "DK", "CVR"),
        ("RCCMNL83S18D969H", "Cod. Fisc.", None, "CF"),
        ("RCCMNL83S18D969H", None, "IT", "CF"),
        ("25123891", "DIČ", "CZ", "DIC"),
        ("GODE561231GR8", None, None, "RFC"),
        ("27AAPFU0939F1ZV", None, None, "GSTIN"),
        ("00192200M", None, None, "UEN"),
        ("53-0196600", "EIN", None, "TIN"),
        ("53-0196600", None, "US", "TIN"),
        ("123026635RT0001", None, None, "GST/HST"),
        ("123456789", "HST No.", None, "GST/HST"),
        ("4711", "Tax ID", None, "TAX ID"),
        ("HRB 4711", "Registered", None, "COMPANY REGISTRATION NUMBER"),
        ("4711", None, None, "COMPANY REGISTRATION NUMBER"),
    ],
)
def test_types(number: str, written: str | None, country: str | None, kind: str) -> None:
    assert registration_type(number, written, country) == kind
