"""Pages + schema -> proposals; pages alone -> schema and proposals."""

from extractors.discovery import Discovery, discover
from extractors.errors import ExtractorFailed, ExtractorUnavailable
from extractors.extractor import FieldExtractor
from extractors.invoice_number import find_invoice_number
from extractors.protocol import Extractor, Model

__all__ = [
    "Discovery",
    "Extractor",
    "ExtractorFailed",
    "ExtractorUnavailable",
    "FieldExtractor",
    "Model",
    "discover",
    "find_invoice_number",
]
