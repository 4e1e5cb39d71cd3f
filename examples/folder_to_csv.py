"""Turn a folder of invoices into a table, and a list of values that a person should check.

The table is for the accounts.

    python examples/folder_to_csv.py examples/documents build/examples

Needs a running service (`make serve`) and its key in DOCWITNESS_API_KEY. Writes `accounts.csv`, one line per document,
and `review.csv`, one line per value that is doubtful, with the place to look at.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

from docwitness import ApiError, Cell, Client, Extraction

COLUMNS = ("supplier_name", "invoice_number", "date", "due_date", "total_net", "total_tax", "total_amount")
REQUIRED = ("supplier_name", "date", "total_amount")
"""A document without one of these cannot be booked."""
MIN_CONFIDENCE = 0.8
"""Values below this probability go to a person; docs/benchmarks.md says how often values above it are right."""
SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".heic", ".pdf"}


def main(folder: Path, target: Path) -> None:
    """Write both tables for every document in a folder."""
    target.mkdir(parents=True, exist_ok=True)
    accounts: list[dict[str, Any]] = []
    review: list[dict[str, Any]] = []
    with Client() as client:
        for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES):
            try:
                result = client.extract(path, template="invoice", include=["checks"])
            except ApiError as error:
                review.append({"document": path.name, "reason": error.message})
                continue
            accounts.append({"document": path.name} | {name: result[name].value for name in COLUMNS})
            review += [{"document": path.name} | doubt for doubt in _doubts(result)]
    _write(target / "accounts.csv", ("document", *COLUMNS), accounts)
    _write(target / "review.csv", ("document", "field", "value", "reason", "page", "box"), review)


def _doubts(result: Extraction[Any]) -> list[dict[str, Any]]:
    doubts = [_doubt(name, result[name], reason) for name in COLUMNS if (reason := _reason(name, result[name]))]
    for finding in result.checks:
        if finding.outcome == "failed":
            doubts.append({"field": " ".join(finding.fields), "reason": f"{finding.rule}: {finding.message}"})
    return doubts


def _reason(name: str, cell: Cell) -> str | None:
    if cell.status == "not_found":
        return "missing" if name in REQUIRED else None
    if cell.status == "uncertain":
        return "the page may say something else"
    return f"confidence {cell.confidence:.2f}" if cell.confidence < MIN_CONFIDENCE else None


def _doubt(name: str, cell: Cell, reason: str) -> dict[str, Any]:
    box = cell.bbox and f"{cell.bbox.xmin},{cell.bbox.ymin} {cell.bbox.xmax},{cell.bbox.ymax}"
    return {"field": name, "value": cell.value, "reason": reason, "page": cell.page, "box": box}


def _write(path: Path, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path}: {len(rows)} lines")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: folder_to_csv.py FOLDER TARGET")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
