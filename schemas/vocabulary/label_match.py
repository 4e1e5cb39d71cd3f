"""Compare labels letter by letter, forgiving what OCR misreads."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from rapidfuzz import fuzz

from schemas.normalise.characters import DIGIT_LOOKALIKES, fold_text
from schemas.vocabulary.concepts import meaning
from schemas.vocabulary.data import is_faint, vocabulary
from schemas.vocabulary.identifiers import split_identifier

MIN_WORD_RATIO = 0.7
"""Agreement of two words, 0 to 1; below it they are different words rather than one of them misread."""
SAME_CONCEPT_RATIO = 0.8
"""Agreement of two words that mean the same in two languages; less than that of a word with itself."""
PARTIAL_WEIGHT = 0.85
"""For a word that is part of another: a lost space, or a subtotal where the total is sought."""
MIN_PARTIAL_LETTERS = 4
"""Shorter words occur inside others by chance."""
NUMBER_WORD_LETTERS = 2.0
"""Letters that the word `number` counts for: it says little about which number is meant."""
MIN_SHARED_STEM_LETTERS = 5
"""Shorter words are too often alike up to their ending by chance."""
_MARKS = re.compile(r"(?<!\w)[^\w\s]+|[^\w\s]+(?!\w)")


def label_similarity(name: str, text: str) -> float:
    """Return the share of a field name's letters that a text has in the same words, 0 to 1.

    >>> label_similarity("invoice_number", "Invoice Nr."), label_similarity("invoice_number", "Order no.")
    (1.0, 0.2222222222222222)
    """
    words = _words(text)
    weights = found = 0.0
    for word in _words(" ".join(split_identifier(name))):
        weight = NUMBER_WORD_LETTERS if word == "no" else float(len(word))
        weights += weight
        best = max((_word_ratio(word, other) for other in words), default=0.0)
        if best < SAME_CONCEPT_RATIO and (concepts := _strong_concepts(word)):
            best = max([best, *(SAME_CONCEPT_RATIO for other in words if concepts & _strong_concepts(other))])
        found += weight * best if best >= MIN_WORD_RATIO else 0.0
    return found / weights if weights else 0.0


def same_stem(word: str, other: str) -> bool:
    """Return whether two folded words are the same up to their ending.

    >>> same_stem("serial", "serials"), same_stem("net", "nett")
    (True, False)
    """
    stem = min(len(word), len(other))
    return stem >= MIN_SHARED_STEM_LETTERS and word[: stem - 1] == other[: stem - 1]


@lru_cache(maxsize=20_000)
def _strong_concepts(word: str) -> frozenset[str]:
    return frozenset(concept for concept in meaning(word).concepts if not is_faint(concept))


def _word_ratio(word: str, other: str) -> float:
    word, other = word.translate(DIGIT_LOOKALIKES), other.translate(DIGIT_LOOKALIKES)
    ratio = fuzz.ratio(word, other) / 100
    if len(other) > len(word) >= MIN_PARTIAL_LETTERS:
        return max(ratio, PARTIAL_WEIGHT * fuzz.partial_ratio(word, other) / 100)
    return ratio


def _words(text: str) -> list[str]:
    """Return the folded words of a text; every spelling of one word is the same."""
    folded = fold_text(text)
    for word, pattern in _spellings():
        folded = pattern.sub(f" {word} ", folded)
    return _MARKS.sub(" ", folded).split()


@cache
def _spellings() -> list[tuple[str, re.Pattern[str]]]:
    patterns = []
    for word, forms in vocabulary().spellings.items():
        marks = "".join(re.escape(form) for form in forms if len(form) == 1 and not form.isalnum())
        words = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True) if form not in marks)
        patterns.append((word, re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])\.?|[{marks}]")))
    return patterns
