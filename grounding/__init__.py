"""Proposals + pages -> cells with text, place and match ratio. Stands alone: no HTTP, no model."""

from grounding.engine import Grounder, ground

__all__ = ["Grounder", "ground"]
