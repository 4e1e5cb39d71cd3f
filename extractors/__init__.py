"""Pages + schema -> proposals; pages alone -> schema and proposals."""

from extractors.discovery import Discovery, discover
from extractors.errors import ExtractorFailed, ExtractorUnavailable
from extractors.field_extractor import FieldExtractor
from extractors.protocol import Extractor, Model

__all__ = [
    "Discovery",
    "Extractor",
    "ExtractorFailed",
    "ExtractorUnavailable",
    "FieldExtractor",
    "Model",
    "discover",
]
