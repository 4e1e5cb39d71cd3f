"""Pages + schema -> proposals; pages alone -> schema and proposals."""

from extractors.errors import ExtractorFailed, ExtractorUnavailable
from extractors.protocol import Extractor, Model
from extractors.schemaless.discovery import Discovery, discover
from extractors.trained.field_extractor import FieldExtractor

__all__ = [
    "Discovery",
    "Extractor",
    "ExtractorFailed",
    "ExtractorUnavailable",
    "FieldExtractor",
    "Model",
    "discover",
]
