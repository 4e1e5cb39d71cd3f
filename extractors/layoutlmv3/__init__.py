"""Any LayoutLMv3 checkpoint for token classification as extractor; `checkpoint` needs the extra `layoutlmv3`."""

import os

from extractors.layoutlmv3.extractor import LayoutLMv3Extractor

__all__ = ["LayoutLMv3Extractor"]

os.environ["HF_HUB_OFFLINE"] = "1"  # read when transformers and PEFT are imported: they must not ask the hub anything
