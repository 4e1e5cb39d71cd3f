"""Measure values and places on real documents over HTTP, with the service as a black box.

The documents, the program that sends them and the scorer are not part of this project; they are expected next to it.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from scripts.server import RunningServer, running_server
from service.evaluation.markdown_tables import table
from training.ranker.truths import is_fitted

DATA = Path("../shared/eval")
FOLDER = Path("build/bench")
HEADER_FIELDS = (
    *("invoice_number", "date", "due_date", "supplier_name", "supplier_address", "customer_name"),
    *("total_incl", "total_excl", "total_tax", "amount_due", "currency", "ibans", "bics", "supplier_ids"),
    *("taxes.rate", "taxes.base", "taxes.value"),
)
ITEM_FIELDS = ("rows", "rows_exact", "description", "quantity", "unit_price", "line_total")


class Run(NamedTuple):
    """One set of documents, sent in one way."""

    name: str
    kind: str
    schema: str = "plain"
    pictures: bool = False


RUNS = (
    Run("invoices as PDF", "invoice"),
    Run("invoices as PDF, renamed fields", "invoice", "renamed"),
    Run("invoices as pictures (150 dpi, single pages)", "single page", pictures=True),
    Run("degraded scans of invoices", "scan"),
    Run("photographed receipts", "receipt"),
)


class ScoredRun(NamedTuple):
    """The scorer's figures for one run, and the time and memory the run took."""

    scores: dict[str, Any]
    unseen: dict[str, Any]
    """Figures over the documents that the ranker was not fitted on."""
    unseen_documents: int
    languages: dict[str, Any]
    """Header and cell figures by language."""
    median_seconds: float
    documents: int
    failed: int


def data_is_here() -> bool:
    """Return whether documents, sender and scorer are available."""
    return (DATA / "predict.py").is_file() and (DATA / "dev").is_dir()


def measure() -> str:
    """Run the measurement and return every table as Markdown."""
    kinds = _kinds()
    outcomes: dict[Run, ScoredRun] = {}
    with running_server(FOLDER / "server", calls_per_minute="0") as server:
        process = psutil.Process(server.pid)
        after_start = process.memory_info().rss
        for run in RUNS:
            print(f"bench: {run.name} ({len(kinds[run.kind])} documents) …", flush=True)
            outcomes[run] = _measure(server, run, kinds[run.kind])
        peak = _peak_memory(process)
    text = [
        "Command: `make bench`. It sends every document of the development set to `POST /ocr/fields`, two at a time,"
        " and scores what comes back strictly: a value counts only when it equals the truth. Micro is over all fields"
        " of all documents, macro is the mean over layouts.",
        _overview(outcomes),
        "The ranker was fitted on half of these documents, by layout. The other half alone:",
        _unseen(outcomes),
        f"Memory of the service with its decoding processes: {after_start / 2**20:.0f} MiB after its start,"
        f" {peak / 2**20:.0f} MiB at its peak.",
        "### Fields, F1 (n): right values",
        _by_field(outcomes, HEADER_FIELDS, ""),
        "### Line items, F1 (n)",
        _by_field({r: o for r, o in outcomes.items() if r.kind != "receipt"}, ITEM_FIELDS, "line_items."),
        "`rows` are rows that were found, `rows_exact` rows in which every cell is right.",
        "### Languages, header F1",
        _by_language(outcomes),
    ]
    return "\n\n".join(text)


def _kinds() -> dict[str, list[str]]:
    """Return document ids by kind."""
    found: dict[str, list[str]] = {"invoice": [], "scan": [], "receipt": [], "single page": []}
    for path in sorted((DATA / "dev").rglob("*.gt.json")):
        truth = _json(path)
        kind = "scan" if truth.get("derived_from") else "receipt" if path.parent.name == "sroie" else "invoice"
        found[kind].append(truth["id"])
        if kind == "invoice" and truth["pages"] == 1:
            found["single page"].append(truth["id"])
    return found


def _measure(server: RunningServer, run: Run, ids: Sequence[str]) -> ScoredRun:
    folder = FOLDER / re.sub(r"\W+", "-", run.name)
    shutil.rmtree(folder, ignore_errors=True)  # answers of an earlier run must not be scored
    folder.mkdir(parents=True)
    (folder / "ids.txt").write_text("\n".join(ids))
    sent = send(server, folder, DATA / "dev", run.schema, pictures=run.pictures)
    summary = re.search(r"(\d+) of (\d+) documents .* median ([\d.]+)", sent)
    if summary is None:
        raise RuntimeError(f"the sender said: {sent[-1000:]}")
    scores = score(folder)
    done, total = int(summary[1]), int(summary[2])
    languages = score(folder, "languages")["by_languages"]
    fitted = {truth["id"] for path in (DATA / "dev").rglob("*.gt.json") if is_fitted(truth := _json(path))}
    unseen = [name for name in ids if name not in fitted]
    (folder / "unseen.txt").write_text("\n".join(unseen))
    return ScoredRun(
        scores, score(folder, ids="unseen.txt"), len(unseen), languages, float(summary[3]), done, total - done
    )


def send(server: RunningServer, folder: Path, documents: Path, schema: str = "plain", *, pictures: bool = False) -> str:
    """Send documents to the service and return what the sender says.

    Args:
        server: the service.
        folder: `ids.txt` in it lists the documents; the answers go to `predictions` in it.
        documents: the folder of the documents.
        schema: name of the schema.
        pictures: send the pictures of single pages instead of the documents.
    """
    sending = ["--url", server.url, "--key", server.key, "--docs", str(documents), "--ids", str(folder / "ids.txt")]
    where = ["--out", str(folder / "predictions"), "--schema", str(DATA / "schemas" / f"{schema}.json")]
    return _python([str(DATA / "predict.py"), *sending, *where, *(["--pictures"] if pictures else [])])


def score(
    folder: Path, by: str = "layout_cluster", ids: str = "ids.txt", truths: Path = DATA / "dev"
) -> dict[str, Any]:
    """Return the scorer's figures for the predictions of a folder.

    They are in `folder/predictions`, and the documents are listed in `folder/ids`. `truths` is the truths' folder.
    """
    given = ["--gt", str(truths), "--pred", str(folder / "predictions"), "--ids", str(folder / ids)]
    _python([str(DATA / "score.py"), *given, "--by", by, "--json", str(folder / "scores.json")])
    return _json(folder / "scores.json")


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _python(arguments: list[str]) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout


def _peak_memory(process: psutil.Process) -> int:
    """Return the peak memory in bytes of the service and its decoding processes.

    It adds up the kernel's high-water marks.
    """
    return sum(_high_water_mark(p.pid) for p in (process, *process.children(recursive=True)))


def _high_water_mark(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    return int(found[1]) * 1024 if found else 0


def _overview(outcomes: dict[Run, ScoredRun]) -> str:
    rows = []
    for run, outcome in outcomes.items():
        scores = outcome.scores
        header, cells = _over_requested(run, scores), scores["line_cells"]
        rows.append(
            (
                run.name,
                outcome.documents,
                outcome.failed,
                header["precision"],
                header["recall"],
                header["f1"],
                _macro(scores, "header") if run.schema == "plain" else None,
                header["hallucination_rate"],
                cells["f1"],
                scores["fields"].get("line_items.rows", {}).get("f1"),
                scores["header"]["grounding_any"],
                outcome.median_seconds,
            )
        )
    header_row = ("set", "n", "failed", "precision", "recall", "F1 micro", "F1 macro", "value for an absent field")
    return table((*header_row, "line cells F1", "rows F1", "right place", "s per document (median)"), rows)


def _unseen(outcomes: dict[Run, ScoredRun]) -> str:
    rows = []
    for run, outcome in outcomes.items():
        header, cells = _over_requested(run, outcome.unseen), outcome.unseen["line_cells"]
        figures = (header["precision"], header["recall"], header["f1"], header["hallucination_rate"], cells["f1"])
        rows.append((run.name, outcome.unseen_documents, *figures))
    return table(("set", "n", "precision", "recall", "F1 micro", "value for an absent field", "line cells F1"), rows)


def _requested(run: Run) -> set[str]:
    """Return the scorer's names of the fields in a run's schema."""
    schema = _json(DATA / "schemas" / f"{run.schema}.json")
    names: set[str] = set()
    for field in schema["fields"]:
        name = schema["as"].get(field["name"], field["name"])
        names |= {name} | {f"{name}.{child['name']}" for child in field.get("children", ())}
    return names


def _over_requested(run: Run, scores: dict[str, Any]) -> dict[str, float | None]:
    """Return header figures over the requested fields alone.

    The scorer counts all others as missed.
    """
    fields = [scores["fields"][name] for name in _requested(run) & set(scores["fields"]) if "line_items" not in name]
    right = sum((f["exact"] or 0.0) * f["n"] for f in fields)
    given = sum(f["exact"] * f["n"] / f["precision"] if f["precision"] else f["wrong"] for f in fields)
    wanted, absent = sum(f["n"] for f in fields), sum(f["absent"] for f in fields)
    precision, recall = right / given if given else None, right / wanted if wanted else None
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if precision and recall else None,
        "hallucination_rate": sum(f["hallucinated"] for f in fields) / absent if absent else None,
    }


def _macro(scores: dict[str, Any], part: str) -> float | None:
    values = [layout[part]["f1"] for layout in scores["by_layout_cluster"].values() if layout[part]["f1"] is not None]
    return statistics.mean(values) if values else None


def _by_language(outcomes: dict[Run, ScoredRun]) -> str:
    plain = {run: outcome for run, outcome in outcomes.items() if run.schema == "plain" and run.kind != "receipt"}
    names = sorted({name for outcome in plain.values() for name in outcome.languages})
    counts = {run: outcome.languages for run, outcome in plain.items()}
    rows = [(name, *(counts[run].get(name, {}).get("header", {}).get("f1") for run in plain)) for name in names]
    return table(("language", *(run.name for run in plain)), rows)


def _by_field(outcomes: dict[Run, ScoredRun], fields: Sequence[str], prefix: str) -> str:
    requested = {run: _requested(run) for run in outcomes}

    def cell(run: Run, outcome: ScoredRun, field: str) -> str | None:
        found = outcome.scores["fields"].get(prefix + field)
        if prefix != "line_items." and prefix + field not in requested[run]:
            return None
        return f"{found['f1']:.3f} ({found['n']})" if found and found["n"] and found["f1"] is not None else None

    rows = [(field, *(cell(run, outcome, field) for run, outcome in outcomes.items())) for field in fields]
    return table(("field", *(run.name for run in outcomes)), rows)
