"""The payments of Swiss QR-bills and EPC codes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.payment_codes import Payment, payment_of

SWISS = """SPC
0200
1
CH4431999123000889012
S
Robert Schneider AG
Rue du Lac
1268
2501
Biel
CH







1949.75
CHF
S
Pia-Maria Rutschmann-Schnyder
Grosse Marktgasse
28
9400
Rorschach
CH
QRR
210000000003139471430009017
Auftrag vom 15.06.2026
EPD"""
SWISS_PAYMENT = Payment(
    iban="CH4431999123000889012",
    creditor="Robert Schneider AG",
    address="Rue du Lac 1268, 2501 Biel",
    amount=Decimal("1949.75"),
    currency="CHF",
    reference="210000000003139471430009017",
    message="Auftrag vom 15.06.2026",
    bic=None,
)
EPC = "BCD\n002\n1\nSCT\nBFSWDE33BER\nWikimedia Foerdergesellschaft\nDE33100205000001194700\nEUR123.45\n\n\nSpende fuer Wikipedia"
EPC_PAYMENT = Payment(
    iban="DE33100205000001194700",
    creditor="Wikimedia Foerdergesellschaft",
    address=None,
    amount=Decimal("123.45"),
    currency="EUR",
    reference=None,
    message="Spende fuer Wikipedia",
    bic="BFSWDE33BER",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(SWISS, SWISS_PAYMENT, id="Swiss QR-bill"),
        pytest.param(SWISS.replace("\n", "\r\n"), SWISS_PAYMENT, id="lines end in CR LF"),
        pytest.param(
            SWISS.replace(
                "\nS\nRobert Schneider AG\nRue du Lac\n1268\n2501\nBiel",
                "\nK\nRobert Schneider AG\nRue du Lac 1268\n2501 Biel\n\n",
            ),
            SWISS_PAYMENT,
            id="combined address",
        ),
        pytest.param(
            SWISS.replace("1949.75", "").replace("QRR\n210000000003139471430009017", "NON\n"),
            SWISS_PAYMENT._replace(amount=None, reference=None),
            id="open amount, no reference",
        ),
        pytest.param(EPC, EPC_PAYMENT, id="EPC code"),
        pytest.param(
            "BCD\n001\n1\nSCT\nBFSWDE33BER\nEin Verein\nDE33 1002 0500 0001 1947 00",
            EPC_PAYMENT._replace(creditor="Ein Verein", amount=None, currency=None, message=None),
            id="EPC code that ends after the IBAN",
        ),
        pytest.param(
            "BCD\n002\n1\nSCT\n\nA\nDE33100205000001194700\nEUR7.3\n\nRF18 5390 0754 7034\n",
            Payment("DE33100205000001194700", "A", None, Decimal("7.3"), "EUR", "RF18539007547034", None, None),
            id="creditor reference",
        ),
    ],
)
def test_payment(text: str, expected: Payment) -> None:
    assert payment_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org/pay?amount=12",
        "SPC\n0200\n1\nCH4431999123000889012",
        SWISS.replace("CH4431999123000889012", "CH4431999123000889013"),
        EPC.replace("SCT", "INST"),
        EPC.replace("DE33100205000001194700", "DE00"),
    ],
    ids=["empty", "link", "cut off", "wrong check digits", "other scheme", "no IBAN"],
)
def test_no_payment(text: str) -> None:
    assert payment_of(text) is None
