"""Compose whole documents from independent parts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from training.synthetic.draft import Custom, Draft
from training.synthetic.families import FAMILIES, HELD_OUT, Family
from training.synthetic.forms import form, page_2, statement
from training.synthetic.letters import letter
from training.synthetic.noise import read_badly
from training.synthetic.printed_values import Style
from training.synthetic.receipts import receipt
from training.synthetic.sheet import ComposedPage, Sheet, cropped, finish
from training.synthetic.words import LANGUAGES

A4 = (595.0, 842.0)
"""Width and height in points."""
LETTER = (612.0, 792.0)
"""Width and height in points."""
_KINDS = {
    "invoice": 50,
    "credit_note": 5,
    "delivery_note": 5,
    "order": 6,
    "statement": 4,
    "form": 7,
    "receipt": 27,
    "page_2": 4,
}
CROPPED = 0.07
"""Share of pages that are cropped to a band."""
_LANGUAGE_WEIGHTS = (34, 20, 11, 8, 8, 8, 5, 6)
"""Share of each of `LANGUAGES`, in per cent."""


@dataclass(frozen=True)
class Composed:
    """A page of a document with its truth; `customs` are the fields that only this document has."""

    family: Family
    language: str
    page: ComposedPage
    customs: dict[str, Custom] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)


def compose(
    rng: random.Random, *, held_out: bool = False, family: Family | None = None, noise: bool = True
) -> Composed:
    """Compose one random page.

    Args:
        rng: source of all randomness.
        held_out: choose among the families of `HELD_OUT` instead of the others.
        family: the family to use; a random one by default.
        noise: let a third of the pages look as if read by OCR, and crop some to a band.
    """
    if family is None:
        kind = rng.choices(list(_KINDS), list(_KINDS.values()))[0]
        options = [f for f in FAMILIES if f.kind == kind and (f in HELD_OUT) == held_out]
        family = rng.choice(options or [f for f in FAMILIES if (f in HELD_OUT) == held_out])
    language = rng.choices(LANGUAGES, _LANGUAGE_WEIGHTS)[0]
    style = Style(rng, language)
    on_roll = family.kind == "receipt"
    if on_roll:
        width = rng.uniform(200, 320)
        sheet = Sheet(rng, width, 100.0, rng.random() < 0.5, rng.random() < 0.45)
        draft = Draft(rng, style, sheet, width / rng.uniform(26, 40), width * rng.uniform(0.03, 0.1), family.kind)
    else:
        sheet = Sheet(rng, *rng.choice((A4, A4, A4, LETTER)), rng.random() < 0.04, rng.random() < 0.02)
        draft = Draft(rng, style, sheet, rng.uniform(7.5, 11.5), rng.uniform(28, 75), family.kind)
    _COMPOSERS[family.kind](draft, family)
    page = finish(sheet)
    if noise and rng.random() < CROPPED:
        page = cropped(rng, page)
    if noise and rng.random() < (0.6 if on_roll else 0.3):
        page = read_badly(rng, page)
    return Composed(family, language, page, draft.customs, draft.values)


_COMPOSERS: dict[str, Callable[[Draft, Family], None]] = {
    "invoice": letter,
    "credit_note": letter,
    "delivery_note": letter,
    "order": letter,
    "statement": statement,
    "form": form,
    "receipt": receipt,
    "page_2": page_2,
}
