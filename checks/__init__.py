"""Cells -> findings: what arithmetic and check digits say about the values, and how far that makes them believed."""

from checks.confidence import confirm
from checks.rules import run

__all__ = ["confirm", "run"]
