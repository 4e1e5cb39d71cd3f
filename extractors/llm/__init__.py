"""Values proposed by a language model behind any OpenAI-compatible `/chat/completions`.

They are proposals like any others: grounding looks for each value on the page, and reports a value that is not there as
not found, however sure the model was.
"""

from extractors.llm.endpoint import Chat, Endpoint
from extractors.llm.extractor import LlmExtractor

__all__ = ["Chat", "Endpoint", "LlmExtractor"]
