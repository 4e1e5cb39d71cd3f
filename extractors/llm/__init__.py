"""Values proposed by a language model behind any OpenAI-compatible `/chat/completions`.

What it says is a proposal like any other: grounding looks for each value on the page, and what is not there is not
found, however sure the model was.
"""

from extractors.llm.endpoint import Chat, Endpoint
from extractors.llm.extractor import LlmExtractor

__all__ = ["Chat", "Endpoint", "LlmExtractor"]
