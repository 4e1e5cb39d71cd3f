"""Measure how well documents are read that are turned by quarters, over HTTP.

The same documents are sent upright and turned by 90, 180 and 270 degrees: by a PDF's `/Rotate` entry, with turned
content, and as pictures without EXIF. The true boxes are turned with them. `python -m benchmarks.turned --all` sends
every document instead of a sample.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.extraction import DATA, score, send
from benchmarks.turned_files import as_turned_picture, with_rotate_entry, with_turned_content
from scripts.server import RunningServer, running_server
from service.evaluation.markdown_tables import table

FOLDER = Path("build/bench/turned")
PDFS_PER_LAYOUT = 1
"""PDFs sent of each layout; more of one layout fail or succeed together."""
PICTURE_STEP = 4
"""One of this many pictures is sent: a picture takes some ten times as long as a PDF with a text layer."""
GRID = 1000
"""The true boxes are on a grid from 0 to this."""

Truth = dict[str, Any]


class Way(NamedTuple):
    """One way of turning documents."""

    name: str
    turn: Callable[[bytes, int], bytes]
    pictures: bool


WAYS = (
    Way("PDF, `/Rotate`", with_rotate_entry, False),
    Way("PDF, turned content", with_turned_content, False),
    Way("pictures without EXIF", as_turned_picture, True),
)


def measure(whole: bool = False) -> str:
    """Run the measurement and return its table as Markdown.

    Args:
        whole: send every document instead of a sample.
    """
    shutil.rmtree(FOLDER, ignore_errors=True)
    rows: list[tuple[Any, ...]] = []
    with running_server(FOLDER / "server", calls_per_minute="0") as server:
        upright: dict[bool, tuple[Any, ...]] = {}
        for way in WAYS:
            truths = _chosen(way.pictures, whole)
            if way.pictures not in upright:
                upright[way.pictures] = _figures(server, way, 0, truths)
            rows.append((way.name, "upright", *upright[way.pictures]))
            rows += [
                (way.name, f"{90 * quarters}°", *_figures(server, way, quarters, truths)) for quarters in (1, 2, 3)
            ]
    extent = "All documents" if whole else f"One PDF of each layout and one of {PICTURE_STEP} pictures"
    return "\n\n".join(
        [
            f"{extent} of the development set, upright and turned clockwise; pictures are sent as PNG. `right place` is"
            " the share of right values whose box, in the frame of the page as sent, is right.",
            table(("way", "turned by", "n", "failed", "header F1", "line cells F1", "right place"), rows),
        ]
    )


def _chosen(pictures: bool, whole: bool) -> list[Truth]:
    """Return the truths of the documents to send, `file` being the file that is sent."""
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((DATA / "dev").rglob("*.gt.json"))]
    if not pictures:
        pdfs = [truth for truth in truths if truth["file"].endswith(".pdf")]
        counts: dict[str, int] = {}
        chosen = []
        for truth in pdfs:
            counts[truth["layout_cluster"]] = counts.get(truth["layout_cluster"], 0) + 1
            if whole or counts[truth["layout_cluster"]] <= PDFS_PER_LAYOUT:
                chosen.append(truth)
        return chosen
    single = [truth for truth in truths if truth["pages"] == 1]
    for truth in single:
        if truth["file"].endswith(".pdf"):
            truth["file"] = truth["page_images"][0]
    return single[:: 1 if whole else PICTURE_STEP]


def _figures(server: RunningServer, way: Way, quarters: int, truths: Sequence[Truth]) -> tuple[Any, ...]:
    """Send turned documents; return their number and figures, as in the table's columns."""
    print(f"bench: {way.name}, {90 * quarters}° ({len(truths)} documents) …", flush=True)
    folder = FOLDER / f"{WAYS.index(way)}-{quarters}"
    for truth in truths:
        source = (DATA / "dev" / truth["file"]).read_bytes()
        sent = folder / "documents" / truth["file"]
        sent.parent.mkdir(parents=True, exist_ok=True)
        sent.write_bytes(way.turn(source, quarters))
        path = sent.parent / f"{truth['id']}.gt.json"
        path.write_text(json.dumps(_with_turned_boxes(truth, quarters)), encoding="utf-8")
    (folder / "ids.txt").write_text("\n".join(truth["id"] for truth in truths), encoding="utf-8")
    send(server, folder, folder / "documents")
    scores = score(folder, truths=folder / "documents")
    header = scores["header"]
    failed = len(truths) - len(list((folder / "predictions").glob("*.json")))
    return len(truths), failed, header["f1"], scores["line_cells"]["f1"], header["grounding_any"]


def _with_turned_boxes(truth: Any, quarters: int) -> Any:
    """Return the truth with each `bbox` turned clockwise with its page."""
    if isinstance(truth, list):
        return [_with_turned_boxes(item, quarters) for item in truth]
    if not isinstance(truth, dict):
        return truth
    return {
        name: turned_box(item, quarters) if name == "bbox" and item else _with_turned_boxes(item, quarters)
        for name, item in truth.items()
    }


def turned_box(box: Sequence[float], quarters: int) -> list[float]:
    """Turn a box on the grid clockwise with its page.

    >>> turned_box([100, 200, 300, 250], 1)
    [750, 100, 800, 300]
    """
    left, top, right, bottom = box
    for _ in range(quarters % 4):
        left, top, right, bottom = GRID - bottom, left, GRID - top, right
    return [left, top, right, bottom]


if __name__ == "__main__":
    print(measure(whole="--all" in sys.argv[1:]))
