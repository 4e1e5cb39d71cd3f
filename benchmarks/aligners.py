"""Find values in texts with other libraries, in a process of its own.

    python aligners.py NAME CASES.json ANSWERS.json

The process runs in an environment that has the libraries, and imports nothing of this project. Each aligner gets what
it can use: the text of the page and the value as text (amounts with two decimals, dates in ISO form); langextract also
gets all cells of a table in one call and keeps their order. None of them accepts labels or hints.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

AlignerAnswer = dict[str, Any] | None
Aligner = Callable[[str, str], tuple[int, int, float] | None]
"""A function from a text and a value to start, end and agreement."""
SPLIT_AT = 64
"""Longest value, in characters, for which difflib's quadratic search for the best window is affordable."""


def find() -> Aligner:
    """Return an aligner that uses `str.find`."""

    def align(text: str, value: str) -> tuple[int, int, float] | None:
        start = text.find(value)
        return (start, start + len(value), 1.0) if start >= 0 else None

    return align


def rapidfuzz() -> Aligner:
    """Return an aligner that uses rapidfuzz's partial_ratio_alignment on case-folded text."""
    fuzz = importlib.import_module("rapidfuzz.fuzz")

    def align(text: str, value: str) -> tuple[int, int, float] | None:
        hit = fuzz.partial_ratio_alignment(value.casefold(), text.casefold(), score_cutoff=60)
        return (hit.dest_start, hit.dest_end, hit.score / 100) if hit else None

    return align


def edlib() -> Aligner:
    """Return an aligner that uses edlib's infix alignment.

    Agreement is 1 - distance / length of the value.
    """
    module = importlib.import_module("edlib")

    def align(text: str, value: str) -> tuple[int, int, float] | None:
        most = int(0.4 * len(value))
        hit = module.align(value.casefold(), text.casefold(), mode="HW", task="locations", k=most)
        if hit["editDistance"] < 0:
            return None
        start, end = hit["locations"][0]
        return start or 0, end + 1, 1 - hit["editDistance"] / len(value)

    return align


def difflib() -> Aligner:
    """Return an aligner that searches around difflib's longest common block on case-folded text."""

    def align(text: str, value: str) -> tuple[int, int, float] | None:
        low, wanted = text.casefold(), value.casefold()
        block = SequenceMatcher(None, low, wanted, autojunk=False).find_longest_match()
        if not block.size:
            return None
        start = max(0, block.a - block.b)
        end = min(len(text), start + len(value))
        return start, end, SequenceMatcher(None, low[start:end], wanted, autojunk=False).ratio()

    return align


def text_of(case: dict[str, Any]) -> str:
    """Return the value as a text that the aligners can look for."""
    return f"{case['value']:.2f}" if case["kind"] == "money" else str(case["value"])


def one_by_one(aligner: Aligner, text: str, cases: Iterable[dict[str, Any]]) -> dict[str, AlignerAnswer]:
    """Align the cases of one page one by one."""
    answers: dict[str, AlignerAnswer] = {}
    for case in cases:
        hit = aligner(text, text_of(case)) if len(text_of(case)) <= len(text) else None
        answers[case["id"]] = {"spans": [[hit[0], hit[1]]], "ratio": hit[2]} if hit else None
    return answers


def langextract(text: str, cases: list[dict[str, Any]]) -> dict[str, AlignerAnswer]:
    """Align with langextract.

    The cells of a table go together and in order, everything else one by one.
    """
    resolver: Any = importlib.import_module("langextract.resolver")
    data: Any = importlib.import_module("langextract.data")
    groups: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        groups.setdefault(case["group"] or case["id"], []).append(case)
    answers: dict[str, AlignerAnswer] = {}
    for group in groups.values():
        ordered = sorted(group, key=lambda case: case["row"] or 0)
        wanted = [data.Extraction(extraction_class="value", extraction_text=text_of(case)) for case in ordered]
        (aligned,) = resolver.WordAligner().align_extractions([wanted], text, accept_match_lesser=False)
        for case, found in zip(ordered, aligned, strict=True):
            place = found.char_interval
            spans = [[place.start_pos, place.end_pos]] if place and place.end_pos is not None else None
            answers[case["id"]] = {"spans": spans, "ratio": 1.0} if spans else None
    return answers


ALIGNERS = {made.__name__: made for made in (find, rapidfuzz, edlib, difflib)}


def main(name: str, source: Path, target: Path) -> None:
    """Write the answers, and print the mean time per value in microseconds."""
    data = json.loads(source.read_text(encoding="utf-8"))
    answers: dict[str, AlignerAnswer] = {}
    of_page: dict[str, list[dict[str, Any]]] = {}
    for case in data["cases"]:
        of_page.setdefault(case["page"], []).append(case)
    begin = time.perf_counter()
    for page in data["pages"]:
        cases = of_page.get(page["id"], [])
        if name == "langextract":
            answers |= langextract(page["text"], cases)
        else:
            answers |= one_by_one(ALIGNERS[name](), page["text"], cases)
    seconds = time.perf_counter() - begin
    target.write_text(json.dumps(answers), encoding="utf-8")
    print(1e6 * seconds / len(data["cases"]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
