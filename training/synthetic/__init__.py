"""Synthetic documents: positioned words with the truth of every field, row and cell."""

from training.synthetic.documents import Composed, compose
from training.synthetic.families import FAMILIES, HELD_OUT, Family
from training.synthetic.prompts import Asked, asked_of

__all__ = ["FAMILIES", "HELD_OUT", "Asked", "Composed", "Family", "asked_of", "compose"]
