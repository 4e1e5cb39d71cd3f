from __future__ import annotations

import pytest

from schemas.normalise import currencies
from schemas.normalise.notation import Notation


@pytest.mark.parametrize(
    ("page", "written", "code"),
    [
        pytest.param("Total € 12.00", "€", "EUR", id="euro-sign"),
        pytest.param("Suma 12,00 zł", "zł", "PLN", id="polish-word"),
        pytest.param("Celkem 12,00 Kč", "Kč", "CZK", id="czech-word"),
        pytest.param("Total R$ 12,00", "R$", "BRL", id="real"),
        pytest.param("Total Rs. 12.00", "Rs.", "INR", id="rupees-with-a-point"),
        pytest.param("Total Rs. 12.00\x00Lahore, Pakistan", "Rs.", "PKR", id="rupees-by-country"),
        pytest.param("المجموع ١٢٫٠٠ ر.س", "ر.س", "SAR", id="saudi-riyal"),
        pytest.param("Total SAR 12.00", "SAR", "SAR", id="code"),
        pytest.param("Összesen 12 000 Ft", "Ft", "HUF", id="forint"),
        pytest.param("合計 ¥ 88,000 (税込)", "¥", "JPY", id="yen-on-a-japanese-page"),
        pytest.param("合计 ¥ 88.00 发票", "¥", "CNY", id="yuan-on-a-chinese-page"),
        pytest.param("Total ¥ 88.00, to be paid in CNY 88.00", "¥", "CNY", id="code-next-to-another-amount"),
        pytest.param("Total $ 12.00, i.e. CAD 12.00", "$", "CAD", id="canadian-dollars-by-their-code"),
        pytest.param("Total $ 12.00\x00Sydney, Australia", "$", "AUD", id="australian-dollars-by-country"),
        pytest.param("Total $ 12.00", "$", "USD", id="dollars-without-a-country"),
        pytest.param("Total 12.00 items", "items", None, id="no-currency"),
    ],
)
def test_currency_of_a_document(page: str, written: str, code: str | None) -> None:
    assert Notation([page]).currency(written) == code


@pytest.mark.parametrize(
    ("locale", "code"),
    [
        pytest.param("sv", "SEK", id="swedish"),
        pytest.param("da", "DKK", id="danish"),
        pytest.param("nb-NO", "NOK", id="norwegian"),
        pytest.param("is", "ISK", id="icelandic"),
        pytest.param(None, "SEK", id="unknown"),
    ],
)
def test_crowns_by_locale(locale: str | None, code: str) -> None:
    assert Notation(["88 kr"], locale).currency("kr") == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        pytest.param("SAR 172.50", ["SAR"], id="before"),
        pytest.param("172.50SAR", ["SAR"], id="touching-after"),
        pytest.param("ALL 500.00", ["ALL"], id="a-code-that-is-a-word"),
        pytest.param("Total Due (SAR)", ["SAR"], id="in-parentheses"),
        pytest.param("Total (ALL)", [], id="a-word-in-parentheses"),
        pytest.param("ALL 500", [], id="a-word-before-a-count"),
        pytest.param("sar 172.50", [], id="small-letters"),
        pytest.param("DEM 172.50", [], id="no-longer-legal-tender"),
        pytest.param("XSAR 172.50", [], id="part-of-a-word"),
    ],
)
def test_codes_next_to_amounts(text: str, codes: list[str]) -> None:
    assert [match[1] for match in currencies.codes_next_to_amounts(text)] == codes


def test_every_printed_form_means_its_currency() -> None:
    for written, code in currencies.printed().items():
        assert written.upper() == code or written in map(str.casefold, currencies.written_forms(code)), written
