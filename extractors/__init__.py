"""Pages + schema -> proposals."""

from extractors.extractor import FieldExtractor
from extractors.protocol import Extractor

__all__ = ["Extractor", "FieldExtractor"]
