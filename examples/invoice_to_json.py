"""Extract one invoice: its answer as JSON, and its pages with a box around every value.

    python examples/invoice_to_json.py examples/documents/invoice.jpg build/examples

Needs a running service (`make serve`), its key in DOCWITNESS_API_KEY, and the client with the extra `overlay`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from docwitness import Client
from docwitness.overlay import overlays


def main(document: Path, folder: Path) -> None:
    """Write `<name>.json` and `<name>-page-<n>.png` for a document into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with Client() as client:
        result = client.extract(document, template="invoice", include=["checks"])

    answer = folder / f"{document.stem}.json"
    answer.write_text(result.text, encoding="utf-8")
    print(f"{answer}: {sum(1 for _ in result.cells())} values")
    for number, picture in overlays(document.read_bytes(), result):
        page = folder / f"{document.stem}-page-{number}.png"
        picture.save(page)
        print(f"{page}: the values on page {number}")

    for name in ("supplier_name", "invoice_number", "date", "total_amount"):
        cell = result[name]
        print(f"{name}: {cell.value} (page {cell.page}, confidence {cell.confidence:.2f})")
    for finding in result.checks:
        if finding.outcome == "failed":
            print(f"check {finding.rule} failed: {finding.message}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: invoice_to_json.py DOCUMENT FOLDER")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
