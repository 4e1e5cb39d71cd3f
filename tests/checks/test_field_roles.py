from __future__ import annotations

import pytest

from checks.field_roles import fields_by_role
from schemas.vocabulary import COLUMNS, FIELDS, TAX_COLUMNS
from tests.checks.cells import schema_of

SCOPES = {"fields": FIELDS, "lines": COLUMNS, "taxes": TAX_COLUMNS}


def found_roles(scope: str, names: str, kind: str = "money") -> dict[str, str]:
    return fields_by_role(schema_of(dict.fromkeys(names.split(), kind)).fields, SCOPES[scope])


@pytest.mark.parametrize(
    ("names", "net", "tax", "gross"),
    [
        pytest.param("total_net total_tax total_amount", "total_net", "total_tax", "total_amount", id="invoice-preset"),
        pytest.param("total_excl total_tax total_incl", "total_excl", "total_tax", "total_incl", id="excl-incl"),
        pytest.param(
            "subtotal_net vat_sum amount_payable_gross", "subtotal_net", "vat_sum", "amount_payable_gross", id="renamed"
        ),
        pytest.param(
            "Nettobetrag MwSt-Betrag Rechnungsbetrag", "Nettobetrag", "MwSt-Betrag", "Rechnungsbetrag", id="de"
        ),
        pytest.param("montantHT montantTVA montantTTC", "montantHT", "montantTVA", "montantTTC", id="fr-camel-case"),
        pytest.param("base_imponible total_iva total_factura", "base_imponible", "total_iva", "total_factura", id="es"),
        pytest.param("imponibile imposta totale_fattura", "imponibile", "imposta", "totale_fattura", id="it"),
        pytest.param(
            "bedrag_excl_btw btw_bedrag factuurbedrag", "bedrag_excl_btw", "btw_bedrag", "factuurbedrag", id="nl"
        ),
        pytest.param("total_before_tax tax total_with_tax", "total_before_tax", "tax", "total_with_tax", id="in-words"),
        pytest.param("subtotal total_net tax total", "total_net", "tax", "total", id="the-better-match"),
        pytest.param("net_total net_amount tax total", None, "tax", "total", id="two-alike-are-not-clear"),
        pytest.param("net cgst sgst total", "net", None, "total", id="taxes-of-unknown-kinds"),
        pytest.param("net_weight tax_office total_pages", None, None, None, id="names-of-something-else"),
    ],
)
def test_totals(names: str, net: str | None, tax: str | None, gross: str | None) -> None:
    found = found_roles("fields", names)
    assert (found.get("total_net"), found.get("total_tax"), found.get("total_gross")) == (net, tax, gross)


@pytest.mark.parametrize(
    ("names", "quantity", "price", "line"),
    [
        pytest.param("quantity unit_price total_amount", "quantity", "unit_price", "total_amount", id="invoice-preset"),
        pytest.param("pieces price_each amount", "pieces", "price_each", "amount", id="renamed"),
        pytest.param("Menge Einzelpreis Gesamtpreis", "Menge", "Einzelpreis", "Gesamtpreis", id="de"),
        pytest.param("quantite prix_unitaire total_ht", "quantite", "prix_unitaire", "total_ht", id="fr"),
        pytest.param("cantidad precio_unitario importe", "cantidad", "precio_unitario", "importe", id="es"),
        pytest.param("quantita prezzo_unitario importo", "quantita", "prezzo_unitario", "importo", id="it"),
        pytest.param("aantal stukprijs bedrag", "aantal", "stukprijs", "bedrag", id="nl"),
        pytest.param(
            "qty unit_cost net_amount gross_amount", "qty", "unit_cost", "net_amount", id="net-is-the-product"
        ),
        pytest.param("position weight line_number", None, None, None, id="numbers-of-something-else"),
    ],
)
def test_columns(names: str, quantity: str | None, price: str | None, line: str | None) -> None:
    found = found_roles("lines", names, "number")
    assert (found.get("quantity"), found.get("unit_price"), found.get("line_total")) == (quantity, price, line)


@pytest.mark.parametrize(
    ("scope", "name", "kind"),
    [
        pytest.param("fields", "total", "string", id="a-text-is-no-amount"),
        pytest.param("fields", "due", "string", id="a-text-is-no-date"),
        pytest.param("lines", "quantity", "money", id="money-is-no-quantity"),
        pytest.param("taxes", "rate", "money", id="money-is-no-rate"),
    ],
)
def test_the_type_must_fit(scope: str, name: str, kind: str) -> None:
    assert found_roles(scope, name, kind) == {}


def test_a_total_that_is_described_as_net_is_not_the_gross_one() -> None:
    schema = schema_of({"total": "money"})
    described = schema.fields[0].model_copy(update={"description": "The total before tax"})
    assert fields_by_role(schema.fields, FIELDS)["total_gross"] == "total"
    assert "total_gross" not in fields_by_role([described], FIELDS)
