"""Cells -> findings: what arithmetic and check digits say about the values."""

from checks.rules import run

__all__ = ["run"]
