"""The Invoice NER API: an invoice's number, from a picture and the caller's own words."""

from service.vendors.invoice_ner.routes import surface

__all__ = ["surface"]
