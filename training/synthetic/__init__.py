"""Synthetic documents: positioned words with the truth of every field, row and cell."""

from training.synthetic.documents import FAMILIES, HELD_OUT, compose
from training.synthetic.prompts import Asked, asked_of

__all__ = ["FAMILIES", "HELD_OUT", "Asked", "asked_of", "compose"]
