"""Pages + schema -> proposals; pages alone -> schema and proposals."""

from extractors.discovery import Discovery, discover
from extractors.protocol import Extractor
from extractors.rules import RuleExtractor

__all__ = ["Discovery", "Extractor", "RuleExtractor", "discover"]
