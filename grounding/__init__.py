"""Proposals + pages -> cells with text, place and match ratio. Needs no HTTP and no model."""

from grounding.grounder import Grounder, ground

__all__ = ["Grounder", "ground"]
