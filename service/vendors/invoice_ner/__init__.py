"""The Invoice NER API: an invoice's number from a picture and the words that the caller has read on it."""

from service.vendors.invoice_ner.routes import surface

__all__ = ["surface"]
