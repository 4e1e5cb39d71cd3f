"""Draw pages whose text is known, to calibrate and compare the models on.

The letters come from the fonts in OpenCV's wheel (Rubik upright and slanted, and one for all scripts), so nothing has
to be installed or downloaded.
"""

from __future__ import annotations

import random
from typing import NamedTuple

import cv2
import numpy as np

from documents.pictures import Picture
from schemas.geometry import Box

WIDTH, HEIGHT = 1000, 1400
"""Size of a page in pixels."""
_SYLLABLES = (
    "ba be bi bo da de di do fa fi ga ge ka ke ko la le li lo ma me mi mo na ne ni no pa pe po ra re ri ro sa se si so"
    " ta te ti to va ve vi za ze ch sch st tion ung ment für grö ßen äch über é è ê ç ñ ão œu å ø ł ż ő ş"
)
_FACES = ("sans", "sans", "italic", "uni")
_SIZES = (15, 16, 18, 20, 22, 24, 28, 40)
"""Sizes of type in pixels."""


class Specimen(NamedTuple):
    """A drawn page, and each drawn text with its box in fractions of the page."""

    picture: Picture
    texts: tuple[tuple[str, Box], ...]


def specimen(seed: int) -> Specimen:
    """Draw a page of words, amounts, dates and codes, as a printer or a scanner would give it.

    Args:
        seed: decides everything on the page; odd ones have white paper.
    """
    choose, grain = random.Random(seed), np.random.default_rng(seed)
    paper = (255, 255, 255) if seed % 2 else tuple(choose.randint(215, 255) for _ in range(3))
    page = np.full((HEIGHT, WIDTH, 3), paper, np.uint8)
    texts: list[tuple[str, Box]] = []
    y = 0
    while y < HEIGHT - 140:
        size, weight = choose.choice(_SIZES), choose.choice((300, 400, 400, 600))
        face, ink = cv2.FontFace(choose.choice(_FACES)), tuple(choose.randint(0, 90) for _ in range(3))
        x, y = choose.choice((40, 60, 300)), y + int(size * choose.choice((1.5, 1.8, 2.6)))
        while x < WIDTH - 220:
            text = " ".join(_word(choose) for _ in range(choose.randint(1, 3)))
            left, top, width, height = cv2.getTextSize((WIDTH, HEIGHT), text, (x, y), face, size, weight)
            if left + width > WIDTH - 20:
                break
            cv2.putText(page, text, (x, y), ink, face, size, weight)
            texts.append((text, Box(left / WIDTH, top / HEIGHT, (left + width) / WIDTH, (top + height) / HEIGHT)))
            x = left + width + choose.choice((size, 90, 240))
        if choose.random() < 0.1:
            y += size // 2
            cv2.line(page, (40, y), (WIDTH - 40, y), ink, 1)
    shade = np.linspace(1, choose.uniform(0.75, 1), WIDTH)[None, :, None]
    blurred = cv2.GaussianBlur(page, (0, 0), choose.uniform(0.2, 1.0))
    noise = grain.normal(0, choose.uniform(0, 8), (HEIGHT, WIDTH, 1))
    return Specimen((blurred * shade + noise).clip(0, 255).astype(np.uint8), tuple(texts))


def _word(choose: random.Random) -> str:
    kind = choose.random()
    if kind < 0.25:
        return f"{choose.randint(0, 9999):,}.{choose.randint(0, 99):02}" + choose.choice(("", "", " €", " %"))
    if kind < 0.35:
        return f"{choose.randint(1, 28):02}.{choose.randint(1, 12):02}.20{choose.randint(10, 30)}"
    if kind < 0.42:
        return f"{choose.choice('ABCDEFGHKLMNPRSTUVWXYZ')}{choose.randint(100, 99999)}-{choose.randint(0, 9)}"
    word = "".join(choose.choice(_SYLLABLES.split()) for _ in range(choose.randint(1, 4)))
    return word.upper() if kind < 0.55 else word.capitalize() if kind < 0.75 else word + ":" * (kind > 0.95)
