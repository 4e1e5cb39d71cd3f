"""Answer fields from the payment that a QR code on the page asks for.

A code has check sums and is read without error, so what it states outranks text: the account, the amount due, its
currency, the payment reference and the creditor. The total and the supplier's address, which need not be what is paid
and to whom, are taken from it only where the page's text gives no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from extractors.plan import PlannedField
from extractors.rules.scoring import ScoredText
from schemas.fields import FieldType
from schemas.normalise import currencies, numbers
from schemas.normalise.characters import squash
from schemas.pages import Document
from schemas.payment_codes import Payment, payment_of
from schemas.results import Region

CODE_SCORE = 0.99
"""Score of a value that a code states: codes correct their own errors, so only the field may be misunderstood."""
SPARE_SCORE = 0.8
"""Score where the code's value is another thing in principle, such as the amount to pay for the total."""


class _Stated(NamedTuple):
    """A payment and the place of its code."""

    payment: Payment
    region: Region


def _amount(payment: Payment) -> str | None:
    return None if payment.amount is None else str(payment.amount)


_OUTRANKING: dict[str, Callable[[Payment], str | None]] = {
    "iban": lambda payment: payment.iban,
    "bic": lambda payment: payment.bic,
    "amount_due": _amount,
    "currency": lambda payment: payment.currency,
    "payment_reference": lambda payment: payment.reference,
    "supplier_name": lambda payment: payment.creditor,
}
"""Values that a code states for a role, in preference to text."""
_SPARE: dict[str, Callable[[Payment], str | None]] = {
    "total_gross": _amount,
    "supplier_address": lambda payment: payment.address,
}
"""Values that a code may have for a role that the text does not answer."""
_PRINTED_ROLES = frozenset({"supplier_name"})
"""Roles for which a code's value outranks text only if it is printed too: money may be due to a bank or an agency."""


def coded_values(
    document: Document, fields: Sequence[PlannedField], chosen: Mapping[str, ScoredText]
) -> dict[str, ScoredText]:
    """Return the values that the document's payment code gives, by the name of the field.

    There are none if the document has several codes that ask for different payments.

    Args:
        document: the pages.
        fields: the requested fields.
        chosen: the values that the text gives.
    """
    stated = _payment(document)
    if stated is None:
        return {}
    found: dict[str, ScoredText] = {}
    for field in fields:
        if value := _value(document, field, stated, chosen.get(field.name)):
            found[field.name] = value
    return found


def _payment(document: Document) -> _Stated | None:
    found = [
        _Stated(payment, Region(page.number, code.quad))
        for page in document.pages
        for code in page.codes
        if (payment := payment_of(code.text))
    ]
    return found[0] if len({stated.payment for stated in found}) == 1 else None


def _value(document: Document, field: PlannedField, stated: _Stated, chosen: ScoredText | None) -> ScoredText | None:
    name = field.role.name if field.role else ""
    is_open = field.role is None and chosen is None and _is_some_number(field)
    if is_open:
        value, score = stated.payment.reference, SPARE_SCORE
    elif name in _OUTRANKING:
        value, score = _OUTRANKING[name](stated.payment), CODE_SCORE
    elif name in _SPARE and chosen is None:
        value, score = _SPARE[name](stated.payment), SPARE_SCORE
    else:
        return None
    if value is None:
        return None
    if chosen is not None and _is_same(name, chosen.text, value):
        return chosen._replace(score=max(chosen.score, score))
    if name in _PRINTED_ROLES and squash(value) not in squash(_text(document)):
        return None if chosen else ScoredText(value, (), SPARE_SCORE, doubtful=True, code=stated.region)
    return ScoredText(value, (), score, doubtful=score == SPARE_SCORE, code=stated.region)


def _is_some_number(field: PlannedField) -> bool:
    """Return whether a field asks for a number or reference without saying of what."""
    return field.type is FieldType.STRING and field.about.concepts == {"number"}


def _is_same(role: str, text: str, value: str) -> bool:
    if role in ("amount_due", "total_gross"):
        return any(numbers.parse(value, ".") in span.readings for span in numbers.find(text))
    if role == "currency":
        return currencies.parse(text) == value
    return squash(text) == squash(value)


def _text(document: Document) -> str:
    return "".join(page.text for page in document.pages)
