"""International bank account numbers (ISO 13616), recognised by their form.

Whether the check digits are right is for others to test.
"""

from __future__ import annotations

import re

_FORM = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")

PRINTED = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{1,4}){3,8}(?![A-Z0-9])")
"""Text that may be a whole number, in groups or without spaces; the last group may belong to the next word."""
PRINTED_LOOSELY = re.compile(r"(?<![A-Z0-9])([A-Z]{2}\s?\d{2}(?:\s?[A-Z0-9]{1,4}){2,8})(?![A-Z0-9])")
"""Text that may be a number printed wrongly: shorter, or with a space after the country."""


def has_form(compact: str) -> bool:
    """Return whether a text without spaces has the form of an IBAN.

    >>> has_form("DE89370400440532013000"), has_form("0532013000")
    (True, False)
    """
    return _FORM.fullmatch(compact) is not None
