from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import checks
from tests.checks.cells import cell, schema_of

VAT, REGISTRATION = "vat_number_check_digits", "registration_check_digits"


def findings(name: str, value: str, kind: str = "") -> dict[str, str]:
    """Return the findings for a field, or for a column whose row also states the kind."""
    if not kind:
        schema, cells = schema_of({name: "string"}), [cell((name,), value)]
    else:
        schema = schema_of({name: {"type": "string", "value": "string"}})
        cells = [cell((name, 0, "type"), kind), cell((name, 0, "value"), value)]
    return {finding.rule: finding.outcome.value for finding in checks.run(schema, cells)}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("iban", "DE89 3704 0044 0532 0130 00", {"iban_check_digits": "passed"}, id="iban"),
        pytest.param("iban", "DE89 3704 0044 0532 0130 01", {"iban_check_digits": "failed"}, id="iban-digit"),
        pytest.param("supplierIBAN", "DE89370400440532013000", {"iban_check_digits": "passed"}, id="iban-in-the-name"),
        pytest.param("bank_account", "DE89370400440532013001", {"iban_check_digits": "failed"}, id="iban-by-its-form"),
        pytest.param("bank_account", "0532013000", {}, id="another-account-number"),
        pytest.param("swift", "COBADEFFXXX", {"bic_form": "passed"}, id="bic"),
        pytest.param("bic", "COBADEFFX", {"bic_form": "failed"}, id="bic-too-long"),
        pytest.param("vat_id", "DE136695976", {VAT: "passed"}, id="de"),
        pytest.param("vat_id", "DE136695978", {VAT: "failed"}, id="de-digit"),
        pytest.param("vat_id", "DE 136 695 976", {VAT: "passed"}, id="de-spaced"),
        pytest.param("vat_id", "DE13669597", {}, id="de-form-of-nothing"),
        pytest.param("USt-IdNr", "ATU13585627", {VAT: "passed"}, id="at"),
        pytest.param("TVA", "FR40303265045", {VAT: "passed"}, id="fr"),
        pytest.param("btw_nummer", "BE0428759497", {VAT: "passed"}, id="be"),
        pytest.param("btw_nummer", "NL004495445B01", {VAT: "passed"}, id="nl"),
        pytest.param("btw_nummer", "004495445B02", {VAT: "passed"}, id="nl-without-prefix"),
        pytest.param("vat_number", "GB980780684", {VAT: "passed"}, id="gb"),
        pytest.param("vat_number", "GB802311781", {VAT: "failed"}, id="gb-digit"),
        pytest.param("vat_number", "980780684", {}, id="gb-without-prefix-could-be-any"),
        pytest.param("partita_iva", "00743110157", {VAT: "passed"}, id="it-named"),
        pytest.param("partita_iva", "00743110158", {VAT: "failed"}, id="it-named-digit"),
        pytest.param("NIP", "856-734-62-15", {VAT: "passed"}, id="pl-named"),
        pytest.param("nif", "54362315K", {VAT: "passed"}, id="es-named"),
        pytest.param("nif", "501964843", {VAT: "passed"}, id="pt-shares-the-name"),
        pytest.param("abn", "83 914 571 673", {REGISTRATION: "passed"}, id="au-named"),
        pytest.param("gst_number", "27AAPFU0939F1ZV", {VAT: "passed"}, id="in-by-its-form"),
        pytest.param("gst_number", "27AAPFU0939F1ZO", {VAT: "failed"}, id="in-digit"),
        pytest.param("registration", "CHE-107.787.577", {REGISTRATION: "passed"}, id="ch"),
        pytest.param("vat_id", "CHE-107.787.577 IVA", {VAT: "passed"}, id="ch-vat"),
        pytest.param("supplier_ids", "DE136695978", {VAT: "failed"}, id="numbers-of-the-supplier"),
        pytest.param("handelsregister", "HRB 12345", {}, id="hr-is-not-croatia"),
        pytest.param("registration", "73282932000074", {}, id="14-digits-alone-are-no-siret"),
        pytest.param("invoice_number", "DE136695978", {}, id="a-name-of-something-else"),
    ],
)
def test_by_name_and_form(name: str, value: str, expected: dict[str, str]) -> None:
    assert findings(name, value) == expected


SCHEMES = "iban bic vat_id siret siren abn acn cnpj cvr orgnr nip nif cif piva codice_fiscale"


@given(
    name=st.sampled_from(SCHEMES.split()),
    value=st.text() | st.from_regex(r"\A[A-Z]{2}[0-9A-Z²٣ß]{5,22}\Z") | st.from_regex(r"\A[0-9]{8,15}[A-Z]{0,2}\Z"),
)
def test_whatever_was_read_gets_one_finding_at_most(name: str, value: str) -> None:
    assert len(findings(name, value)) <= 1


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        pytest.param("SIRET", "73282932000074", {REGISTRATION: "passed"}, id="siret"),
        pytest.param("N° SIRET :", "73282932000075", {REGISTRATION: "failed"}, id="siret-digit"),
        pytest.param("SIREN", "552 008 443", {REGISTRATION: "passed"}, id="siren"),
        pytest.param("P.IVA", "00743110157", {VAT: "passed"}, id="abbreviated"),
        pytest.param("VAT number", "FR40303265045", {VAT: "passed"}, id="prefix"),
        pytest.param("SIRET", "FR40303265045", {VAT: "passed"}, id="the-form-knows-better"),
        pytest.param("SIRET", "12345", {}, id="no-form-of-a-siret"),
    ],
)
def test_by_the_type_next_to_it(kind: str, value: str, expected: dict[str, str]) -> None:
    assert findings("company_registrations", value, kind) == expected
