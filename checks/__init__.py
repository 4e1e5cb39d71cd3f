"""Cells -> findings: check sums, dates and check digits, and adjust the confidence of the cells they concern."""

from checks.confirmation import confirm
from checks.rules import run

__all__ = ["confirm", "run"]
