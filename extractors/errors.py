"""What an extractor that asks others may fail with. Nothing that a document or a model says is repeated."""

from __future__ import annotations


class ExtractorFailed(Exception):
    """It answered with nothing that can be used, and would do so again."""


class ExtractorUnavailable(ConnectionError):
    """It did not answer, or asked to be asked later."""
