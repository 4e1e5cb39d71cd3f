"""Figures in docs/benchmarks.md name commits that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMMIT = re.compile(r"\bcommit ([0-9a-f]{7,40})\b")


def commits_named_in(text: str) -> set[str]:
    return set(COMMIT.findall(text))


def exists(commit: str) -> bool:
    found = subprocess.run(
        ["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=ROOT, capture_output=True, check=False
    )
    return found.returncode == 0


@pytest.fixture(autouse=True)
def whole_history() -> None:
    shallow = subprocess.run(
        ["git", "rev-parse", "--is-shallow-repository"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if shallow.stdout.strip() != "false":
        pytest.skip("the history is not here")


def test_every_named_commit_exists() -> None:
    named = commits_named_in((ROOT / "docs/benchmarks.md").read_text(encoding="utf-8"))
    assert named
    assert [commit for commit in sorted(named) if not exists(commit)] == []


def test_a_commit_that_does_not_exist_is_noticed() -> None:
    assert commits_named_in("Measured on commit 0123abc; and on commit abc0123 with") == {"0123abc", "abc0123"}
    assert not exists("0123abc")


def test_nothing_is_measured_on_a_state_without_a_commit() -> None:
    assert "uncommitted" not in (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
