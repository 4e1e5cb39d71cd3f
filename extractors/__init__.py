"""Pages + schema -> proposals."""

from extractors.protocol import Extractor
from extractors.rules import RuleExtractor

__all__ = ["Extractor", "RuleExtractor"]
