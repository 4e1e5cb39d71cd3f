"""Imitate the mistakes of OCR: confused letters, lost spaces, boxes a little off."""

from __future__ import annotations

import random

from training.synthetic.sheet import ComposedPage, Key

_CONFUSED = {
    "0": "O",
    "O": "0",
    "1": "lI",
    "l": "1I",
    "I": "l1",
    "5": "S",
    "S": "5",
    "8": "B",
    "B": "8",
    ",": ".",
    ".": ",",
    "ä": "a",
    "ö": "o",
    "ü": "u",
    "é": "e",
    "è": "e",
    "ß": "B",
    "m": "rn",
    "e": "c",
    "6": "b",
    "g": "q",
    ":": ";",
    "a": "o",
    "t": "f",
    "h": "b",
    "i": "j",
    "£": "E",
    "€": "E",
    "Z": "2",
    "-": "",
}


def read_badly(rng: random.Random, page: ComposedPage) -> ComposedPage:
    """Return the page with OCR mistakes; spans follow the words."""
    rate = rng.choice((0.0, 0.003, 0.01, 0.03))
    joins = rng.choice((0.0, 0.02, 0.08))
    texts: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    starts: list[bool] = []
    place: list[int] = []
    for text, box, start in zip(page.texts, page.boxes, page.starts, strict=True):
        shown = "".join(
            rng.choice(_CONFUSED[c]) if c in _CONFUSED and _CONFUSED[c] and rng.random() < rate else c for c in text
        )
        if texts and not start and rng.random() < joins:  # a lost space
            left, top, _, bottom = boxes[-1]
            texts[-1] += shown
            boxes[-1] = (left, min(top, box[1]), box[2], max(bottom, box[3]))
        else:
            height = box[3] - box[1]
            shift = rng.gauss(0, 0.03) * height
            texts.append(shown)
            boxes.append((box[0], min(max(box[1] + shift, 0.0), 1.0), box[2], min(max(box[3] + shift, 0.0), 1.0)))
            starts.append(start)
        place.append(len(texts) - 1)
    spans: dict[Key, list[list[int]]] = {
        key: [sorted({place[i] for i in found}) for found in occurrences] for key, occurrences in page.spans.items()
    }
    return ComposedPage(tuple(texts), tuple(boxes), tuple(starts), spans, page.aspect)
