"""`python -m tests.faults --rounds 50 [--database sqlite] [SCENARIO …]`."""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.databases import running_postgres
from tests.faults.scenarios import SCENARIOS

HEADER = (
    *("fault", "database", "rounds", "calls", "jobs", "documents", "repeated", "ledger entries", "lost", "wrong"),
    "seconds",
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Cause faults under load, and count what was lost or charged twice.")
    parser.add_argument("scenarios", nargs="*", choices=[*SCENARIOS, []], help="all by default")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    chosen = parser.parse_args()
    wrong = 0
    print("| " + " | ".join(HEADER) + " |\n" + "|---" * len(HEADER) + "|", flush=True)
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres()) if chosen.database == "postgres" else None
        for number, (name, scenario) in enumerate(SCENARIOS.items()):
            if (chosen.scenarios and name not in chosen.scenarios) or (postgres is None and "Postgres" in name):
                continue
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="docwitness-faults-")))
            url = postgres.create(f"faults_{number}") if postgres else f"sqlite:///{folder}/docwitness.db"
            started = time.monotonic()
            count = scenario(folder, url, postgres, chosen.rounds)
            figures = (count.calls, count.jobs, count.documents, count.repeated, count.entries)
            faults = (len(count.lost), len(count.unpaid_or_unanswered), round(time.monotonic() - started))
            row = (name, chosen.database, chosen.rounds, *figures, *faults)
            print("| " + " | ".join(map(str, row)) + " |", flush=True)
            for line in [*count.lost, *count.unpaid_or_unanswered][:10]:
                print(f"  {line}", flush=True)
            wrong += not count.is_right
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
