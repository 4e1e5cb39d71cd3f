"""Write where the values of cases were found.

    python -m benchmarks.grounding CASES.json --answers OUT.json

`measure` generates new cases, answers them here and with other libraries, and scores all answers.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.grounding_cases import Answer, Case, answer_of, page_of, proposal_of
from benchmarks.grounding_documents import measure_documents
from benchmarks.reliability import measure_places
from benchmarks.side_environment import python_with
from grounding import Grounder, ground
from grounding.agreement import agreement
from schemas.fields import FieldType
from schemas.normalise.characters import squash
from schemas.results import Proposal
from service.evaluation.markdown_tables import table

SHARED = Path("../shared")
FOLDER = Path("build/bench/grounding")
SEEDS = (7, 11, 12)
"""Seeds of the generated sets of cases."""
PAGES = 40
"""Pages of each set."""
NOISES = (0, 0.02, 0.05, 0.1)
"""Shares of wrong characters."""
OTHERS = ("find", "rapidfuzz", "edlib", "difflib", "langextract")
PACKAGES = ("rapidfuzz==3.14.6", "edlib==1.3.9.post1", "langextract==1.7.1")
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
"""Lengths in characters of the pages on which the time is measured."""
VALUES = 60
"""Number of values of each kind for which the time is measured."""


def run(cases: Path) -> dict[str, Answer]:
    """Return the answers to a file of cases."""
    return _timed(cases)[0]


def _timed(cases: Path) -> tuple[dict[str, Answer], float]:
    """Return the answers, and the seconds that grounding took."""
    data = json.loads(cases.read_text(encoding="utf-8"))
    of_page: dict[str, list[Case]] = defaultdict(list)
    for case in data["cases"]:
        of_page[case["page"]].append(case)
    found: dict[str, Answer] = {}
    seconds = 0.0
    for raw in data["pages"]:
        page = page_of(raw)
        proposals = [proposal_of(case, page) for case in of_page[raw["id"]]]
        begin = time.perf_counter()
        cells = ground(page.document, proposals)
        seconds += time.perf_counter() - begin
        for case, cell in zip(of_page[raw["id"]], cells, strict=True):
            found[case["id"]] = answer_of(cell, page)
    return found, seconds


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = [_generated(seed) for seed in SEEDS]
    count = sum(len(json.loads(file.read_text("utf-8"))["cases"]) for file in files)
    print(f"bench: grounding {count} cases in six ways …", flush=True)
    own, microseconds = _own(files)
    results = {"docwitness": (_scored(files, own), microseconds)}
    python = python_with(FOLDER / "others", PACKAGES)
    for name in OTHERS:
        results[name] = _other(python, name, files)
    return "\n\n".join(
        [
            f"Command: `make bench`, or `python -m benchmarks.grounding CASES.json --answers OUT.json` for"
            f" your own cases, without a score. {count} cases on {len(SEEDS)} x {PAGES} pages of receipts (seeds"
            f" {', '.join(map(str, SEEDS))}) at four levels of noise: 70 % of the errors replace a character, mostly by"
            " one that OCR confuses with it, 12 % drop one, 10 % add one, 8 % add or drop a space. A place is right if"
            " it shares 0.8 of its symbols with the truth. This engine answers from a probability of 0.8, the others"
            " from an agreement of 0.8.",
            _comparison(results),
            "All engines ran on the same pages in one run. Time is the mean per value, including the page index.",
            "### By kind of value",
            _by_kind(results["docwitness"][0], _reachable(files)),
            "In parentheses is the share of values whose digits the noise left intact or turned into look-alike"
            " letters. An engine above that share must accept other digits as the value's, which this one never does.",
            "### Speed",
            _speed(files[0]),
            f"Pages are put together from those above. The figures are medians over {VALUES} values of each kind:"
            " milliseconds for the index with every number, date and view of the text, microseconds per value with its"
            " place and evidence. A fuzzy value has one letter in ten replaced.",
            measure_documents(),
            measure_places(files),
        ]
    )


def _generated(seed: int) -> Path:
    target = FOLDER / f"cases-{seed}.json"
    generator = [sys.executable, str(SHARED / "grounding/grounding_cases.py"), str(SHARED / "eval/dev/sroie")]
    options = ["--seed", str(seed), "--split", "test", "--pages", str(PAGES)]
    subprocess.run([*generator, str(target), *options], check=True, capture_output=True)
    return target


def _own(files: Sequence[Path]) -> tuple[list[Path], float]:
    targets, seconds, count = [], 0.0, 0
    for file in files:
        found, took = _timed(file)
        seconds += took
        count += len(found)
        target = file.with_suffix(".docwitness.json")
        target.write_text(json.dumps(found), encoding="utf-8")
        targets.append(target)
    return targets, 1e6 * seconds / count


def _other(python: Path, name: str, files: Sequence[Path]) -> tuple[list[dict[str, Any]], float]:
    targets, times = [], []
    for file in files:
        target = file.with_suffix(f".{name}.json")
        command = [str(python), "benchmarks/aligners.py", name, str(file), str(target)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        times.append(float(done.stdout))
        targets.append(target)
    return _scored(files, targets), statistics.mean(times)


def _scored(files: Sequence[Path], targets: Sequence[Path]) -> list[dict[str, Any]]:
    scorer = [sys.executable, str(SHARED / "grounding/score_grounding.py")]
    scores = []
    for file, target in zip(files, targets, strict=True):
        command = [*scorer, str(file), str(target), "--json"]
        scores.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return scores


def _mean(scores: Sequence[dict[str, Any]], of: Callable[[dict[str, Any]], float]) -> float:
    return statistics.mean(of(score) for score in scores)


def _comparison(results: dict[str, tuple[list[dict[str, Any]], float]]) -> str:
    def row(name: str, scores: list[dict[str, Any]], microseconds: float) -> list[object]:
        macro = [f"{_mean(scores, lambda s, n=n: s['macro'][str(n)]):.1f}" for n in map(_key, NOISES)]  # type: ignore[misc]
        wrong = f"{_mean(scores, lambda s: s['wrong']):.2f}"
        false = [f"{_mean(scores, lambda s, g=g: s['false'][g]):.2f}" for g in ("absent far", "absent near")]  # type: ignore[misc]
        return [name, *macro, wrong, *false, f"{microseconds:.0f}"]

    header = ["% right, mean over 13 kinds, at noise", "0 %", "2 %", "5 %", "10 %", "wrong place", "absent, found"]
    rows = [row(name, *result) for name, result in results.items()]
    return table([*header, "one digit off, found", "µs per value"], rows)


def _key(noise: float) -> str:
    """Return the noise level as JSON writes it."""
    return str(float(noise))


def _by_kind(scores: list[dict[str, Any]], reachable: dict[tuple[str, float], float]) -> str:
    rows = []
    for kind in scores[0]["right"]:
        cells = []
        for noise in NOISES:
            right = _mean(scores, lambda s, k=kind, n=noise: s["right"][k][_key(n)])  # type: ignore[misc]
            cells.append(f"{right:.1f} ({100 * reachable[kind, noise]:.1f})")
        rows.append([kind, *cells])
    return table(["% right (at most)", "0 %", "2 %", "5 %", "10 %"], rows)


_KINDS = {
    "text": ("text_",), "id": ("id",), "keys": ("key_company", "key_date"), "key_total": ("key_total",),
    "address 1-col": ("key_address", "address_block"), "address 2-col": ("address_2col",),
    "money": ("money_norm",), "date": ("date_norm",), "dup_sub": ("dup_sub",), "dup_label": ("dup_label",),
    "dup_hint": ("dup_hint",), "cells text": ("cell_desc",), "cells number": ("cell_q", "cell_u", "cell_a"),
}  # fmt: skip
"""The scorer's kinds, and the prefixes of the types of their cases."""


def _reachable(files: Sequence[Path]) -> dict[tuple[str, float], float]:
    """Return the share of cases whose printed digits still equal the value's, by kind and noise."""
    counts: dict[tuple[str, float], Counter[bool]] = defaultdict(Counter)
    for file in files:
        data = json.loads(file.read_text(encoding="utf-8"))
        texts = {page["id"]: page["text"] for page in data["pages"]}
        for case in data["cases"]:
            for kind, beginnings in _KINDS.items():
                if case["alts"] and case["type"].startswith(beginnings):
                    counts[kind, case["noise"]][_has_its_digits(case, texts[case["page"]])] += 1
    return {key: counter[True] / counter.total() for key, counter in counts.items()}


def _has_its_digits(case: Case, text: str) -> bool:
    if case["kind"] in {"text", "address"}:
        return True
    return any(_same_digits(case, squash("".join(text[s:e] for s, e in alt))) for alt in case["alts"])


def _same_digits(case: Case, there: str) -> bool:
    value = case["value"]
    if case["kind"] == "id":
        return agreement(squash(str(value)), there).digits_agree
    kept = re.sub(r"[^\w|!]", "", there)
    if case["kind"] == "date":
        year, month, day = value.split("-")
        forms = [day + month, month + day, day + str(int(month)), str(int(day)) + str(int(month))]
        return any(
            agreement(form, kept).digits_agree
            for form in [d + y for d in (*forms, day, str(int(day))) for y in (year, year[2:])]
        )
    forms = [f"{value:.2f}".replace(".", ""), re.sub(r"\D", "", str(value)), str(int(value))]
    return any(agreement(form, kept).digits_agree for form in forms)


class Timed(NamedTuple):
    """The time for the values of one kind."""

    name: str
    proposals: list[Proposal]


def _speed(file: Path) -> str:
    data = json.loads(file.read_text(encoding="utf-8"))
    rows = []
    for size in SIZES:
        page = page_of(_joined(data["pages"], size))
        index = []
        for _ in range(5):
            begin = time.perf_counter()
            grounder = Grounder(page.document)
            grounder.prepare()
            index.append(time.perf_counter() - begin)
        cells = [f"{len(page.offsets):,}", f"{1000 * statistics.median(index):.1f}"]
        for timed in _timed_values(data, page):
            for proposal in timed.proposals[:5]:
                grounder.cell(proposal)
            times = []
            for proposal in timed.proposals:
                begin = time.perf_counter()
                grounder.cell(proposal)
                times.append(time.perf_counter() - begin)
            cells.append(f"{1e6 * statistics.median(times):.0f}")
        rows.append(cells)
    names = [timed.name for timed in _timed_values(data, page)]
    return table(["symbols", "index, ms", *(f"{name}, µs" for name in names)], rows)


def _joined(pages: Sequence[dict[str, Any]], symbols: int) -> dict[str, Any]:
    """Stack pages below one another until they hold `symbols` symbols."""
    text, segs, below, number = "", list[dict[str, Any]](), 0.0, 0
    while sum(not c.isspace() for c in text) < symbols:
        page = pages[number % len(pages)]
        offset = len(text) + (1 if text else 0)
        text += ("\n" if text else "") + page["text"]
        for seg in page["segs"]:
            left, top, right, bottom = seg["box"]
            box = [left, top + below, right, bottom + below]
            segs.append({"s": seg["s"] + offset, "e": seg["e"] + offset, "box": box})
        below = max(seg["box"][3] for seg in segs) + 30
        number += 1
    return {"id": "joined", "text": text, "segs": segs}


def _timed_values(data: dict[str, Any], page: Any) -> list[Timed]:
    chance = random.Random(7)
    words = page.document.words
    texts = []
    for _ in range(VALUES):
        start = chance.randrange(len(words) - 8)
        text = words[start].text
        while len(text) < 20 and start + 1 < len(words):
            start += 1
            text += f" {words[start].text}"
        texts.append(text)
    fuzzy = ["".join(c if chance.random() > 0.1 or not c.isalpha() else "k" for c in text) for text in texts]
    by_type = defaultdict(list)
    for case in data["cases"]:
        by_type[case["type"]].append(case)
    amounts = [word.text for word in words if re.fullmatch(r"\d+[.,]\d\d", word.text)]

    def of_cases(kind: str) -> list[Proposal]:
        return [proposal_of(case | {"hint": None}, page) for case in by_type[kind][:VALUES]]

    def strings(values: Sequence[str], kind: FieldType = FieldType.STRING) -> list[Proposal]:
        return [Proposal(("",), kind, value) for value in values]

    return [
        Timed("text of 20", strings(texts)),
        Timed("fuzzy text of 20", strings(fuzzy)),
        Timed("amount", strings(chance.sample(amounts, min(VALUES, len(amounts))), FieldType.MONEY)),
        Timed("address in two columns", of_cases("address_2col")),
        Timed("absent text", of_cases("absent_far_text")),
        Timed("absent amount", of_cases("absent_far_money")),
        Timed("absent date", of_cases("absent_far_date")),
    ]


def main() -> None:
    """Answer the cases named on the command line."""
    parser = argparse.ArgumentParser(description="Ground the cases of a file.")
    parser.add_argument("cases", type=Path)
    parser.add_argument("--answers", type=Path, required=True)
    options = parser.parse_args()
    options.answers.write_text(json.dumps(run(options.cases)), encoding="utf-8")


if __name__ == "__main__":
    main()
