"""Draw two documents, start a service, send them with the client and show the answers.

The service is stopped at the end.
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from docwitness import Client
from docwitness._table import table_of
from docwitness.overlay import overlays
from scripts.server import running_server
from training.samples import Sample, samples

FOLDER = Path("build/demo")


def main() -> None:
    """Run the demo from the root of the repository."""
    console = Console(width=None if sys.stdout.isatty() else 130, highlight=False)
    FOLDER.mkdir(parents=True, exist_ok=True)
    console.print("drawing two sample documents …")
    drawn = samples()
    console.print("starting the service …")
    started = time.monotonic()
    with running_server(FOLDER) as server, Client(server.url, server.key) as client:
        console.print(f"ready at {server.url} after {time.monotonic() - started:.1f} s\n")
        for sample in drawn:
            _show(console, client, sample)
        amount = client.amount()
        console.print(f"the ledger counts {amount.free.used} calls for this key in total; stopping the service")
    console.print("next: 'make serve' runs it on port 7860, the README shows how to call it, /docs documents the API")


def _show(console: Console, client: Client, sample: Sample) -> None:
    document = _png(sample)
    picture = FOLDER / f"{sample.name}.png"
    picture.write_bytes(document)
    started = time.monotonic()
    result = client.extract(document, template=sample.template, include=["checks"])
    seconds = time.monotonic() - started
    console.print(table_of(result, f"{picture}: read and extracted in {seconds:.1f} s", absent=False))
    absent = [name for name, cell in result.cells() if cell.status == "not_found" and "[" not in name]
    console.print(Text(f"not found: {', '.join(absent)}", "dim"))
    failed = [c for c in result.checks if c.outcome == "failed"]
    console.print(f"checks: {len(result.checks) - len(failed)} of {len(result.checks)} passed")
    for number, page in overlays(document, result):
        target = FOLDER / f"{sample.name}-boxes-{number}.png"
        page.save(target)
        console.print(f"page {number} with its boxes: {target.absolute()}\n")


def _png(sample: Sample) -> bytes:
    buffer = io.BytesIO()
    sample.image.save(buffer, "PNG")
    return buffer.getvalue()


if __name__ == "__main__":
    main()
