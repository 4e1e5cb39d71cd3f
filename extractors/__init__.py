"""Pages + schema -> proposals; pages alone -> schema and proposals."""

from extractors.discovery import Discovery, discover
from extractors.extractor import FieldExtractor
from extractors.protocol import Extractor

__all__ = ["Discovery", "Extractor", "FieldExtractor", "discover"]
