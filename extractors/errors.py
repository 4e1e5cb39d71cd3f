"""Errors of extractors that depend on another server.

Their messages never quote a document or a model's answer.
"""

from __future__ import annotations


class ExtractorFailed(Exception):
    """The extractor's answer cannot be used, and another attempt would fail the same way."""


class ExtractorUnavailable(ConnectionError):
    """The extractor did not answer, or asked the caller to try again later."""
