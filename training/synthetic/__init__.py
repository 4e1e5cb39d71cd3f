"""Compose documents: positioned words with the truth of every field, row and cell."""

from training.synthetic.documents import Composed, compose
from training.synthetic.families import FAMILIES, HELD_OUT, Family
from training.synthetic.prompts import RequestedField, requested_fields

__all__ = ["FAMILIES", "HELD_OUT", "Composed", "Family", "RequestedField", "compose", "requested_fields"]
