"""One round of each fault; `python -m tests.faults` does fifty."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import Postgres
from tests.faults.scenarios import SCENARIOS

pytestmark = pytest.mark.slow
ROUNDS = 1


@pytest.mark.parametrize("scenario", list(SCENARIOS))
def test_nothing_is_lost_or_charged_twice(scenario: str, tmp_path: Path, postgres: Postgres) -> None:
    if scenario.startswith("disk") and not _may_mount(tmp_path):
        pytest.skip("a disk of its own needs root")
    url = postgres.create("faults")
    count = SCENARIOS[scenario](tmp_path / "data", url, postgres, ROUNDS)
    assert count.lost == []
    assert count.unpaid_or_unanswered == []
    assert count.entries == count.calls + count.documents
    assert count.calls > 0
    assert count.jobs > 0


def test_the_same_on_sqlite(tmp_path: Path) -> None:
    count = SCENARIOS["server killed"](tmp_path, f"sqlite:///{tmp_path}/docwitness.db", None, ROUNDS)
    assert count.is_right, count
    assert count.documents > 0


def _may_mount(folder: Path) -> bool:
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    disk = folder / "probe"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(disk)], capture_output=True, check=False).returncode:
        return False
    subprocess.run(["umount", str(disk)], check=True)
    return True
