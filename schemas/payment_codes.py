"""Read the payment that a QR code asks for: Swiss QR-bills and EPC codes ("GiroCode").

Formats: Swiss Implementation Guidelines for the QR-bill, version 2.3, chapter 4 (`SPC`), and the European Payments
Council's EPC069-12, version 3.1 (`BCD`). Both are lines of text in a fixed order.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from stdnum import iban as stdnum_iban

_SWISS_CREDITOR = slice(4, 11)
"""Lines of the creditor: kind of address, name, four lines of address, country."""
_SWISS_AMOUNT, _SWISS_CURRENCY, _SWISS_REFERENCE, _SWISS_MESSAGE = 18, 19, 28, 29
_SWISS_MIN_LINES = 31
"""The trailer `EPD` is the last line that every QR-bill has."""
_STRUCTURED, _COMBINED = "S", "K"
"""Kinds of address: street, number, post code and town in lines of their own, or two free lines."""
_EPC_BIC, _EPC_NAME, _EPC_IBAN, _EPC_AMOUNT, _EPC_REFERENCE, _EPC_MESSAGE = 4, 5, 6, 7, 9, 10
_EPC_MIN_LINES = 7
"""An EPC code may end after the IBAN."""
_EPC_AMOUNT_FORM = re.compile(r"([A-Z]{3})(\d{1,9}(?:\.\d{1,2})?)")


class Payment(NamedTuple):
    """A payment as its code states it; what the code leaves open is None."""

    iban: str
    """The creditor's account, checked, without spaces."""
    creditor: str | None
    address: str | None
    """The creditor's address in one line, without the name and the country."""
    amount: Decimal | None
    currency: str | None
    """ISO 4217."""
    reference: str | None
    """A QR reference or an ISO 11649 creditor reference, without spaces."""
    message: str | None
    """The unstructured text for the creditor."""
    bic: str | None


def payment_of(text: str) -> Payment | None:
    """Return the payment that a code asks for, given its content.

    It is None for other codes and for invalid ones.
    """
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    if lines[0] == "SPC" and len(lines) >= _SWISS_MIN_LINES:
        return _swiss(lines)
    if lines[0] == "BCD" and len(lines) >= _EPC_MIN_LINES and lines[3] == "SCT":
        return _epc(lines + [""] * (_EPC_MESSAGE + 1 - len(lines)))
    return None


def _swiss(lines: list[str]) -> Payment | None:
    iban = _iban(lines[3])
    kind, name, first, second, code, town, _ = lines[_SWISS_CREDITOR]
    if iban is None or kind not in (_STRUCTURED, _COMBINED):
        return None
    parts = (f"{first} {second}", f"{code} {town}") if kind == _STRUCTURED else (first, second)
    return Payment(
        iban=iban,
        creditor=name or None,
        address=_joined(parts),
        amount=_amount(lines[_SWISS_AMOUNT]),
        currency=lines[_SWISS_CURRENCY] or None,
        reference=_compact(lines[_SWISS_REFERENCE]),
        message=lines[_SWISS_MESSAGE] or None,
        bic=None,
    )


def _epc(lines: list[str]) -> Payment | None:
    iban = _iban(lines[_EPC_IBAN])
    if iban is None:
        return None
    amount = _EPC_AMOUNT_FORM.fullmatch(lines[_EPC_AMOUNT])
    return Payment(
        iban=iban,
        creditor=lines[_EPC_NAME] or None,
        address=None,
        amount=_amount(amount[2]) if amount else None,
        currency=amount[1] if amount else None,
        reference=_compact(lines[_EPC_REFERENCE]),
        message=lines[_EPC_MESSAGE] or None,
        bic=lines[_EPC_BIC] or None,
    )


def _iban(text: str) -> str | None:
    compact = stdnum_iban.compact(text)
    return compact if stdnum_iban.is_valid(compact) else None


def _joined(parts: tuple[str, ...]) -> str | None:
    return ", ".join(filter(None, (part.strip() for part in parts))) or None


def _compact(reference: str) -> str | None:
    return "".join(reference.split()) or None


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount > 0 else None
