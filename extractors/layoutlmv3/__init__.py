"""Extractor for any LayoutLMv3 checkpoint for token classification.

The module `checkpoint` needs the extra `layoutlmv3`.
"""

from extractors.layoutlmv3.extractor import LayoutLMv3Extractor

__all__ = ["LayoutLMv3Extractor"]
