"""Pages + schema -> proposals; pages alone -> schema and proposals."""

from extractors.discovery import Discovery, discover
from extractors.errors import ExtractorFailed, ExtractorUnavailable
from extractors.field_extractor import FieldExtractor
from extractors.invoice_number import find_invoice_number
from extractors.protocol import Extractor, Model, NamedWords, WordChance, WordNamer

__all__ = [
    "Discovery",
    "Extractor",
    "ExtractorFailed",
    "ExtractorUnavailable",
    "FieldExtractor",
    "Model",
    "NamedWords",
    "WordChance",
    "WordNamer",
    "discover",
    "find_invoice_number",
]
