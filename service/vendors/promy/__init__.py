"""Promy's API: the text of an invoice, line by line."""

from service.vendors.promy.routes import surface

__all__ = ["surface"]
