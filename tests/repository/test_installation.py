"""The installation that the README documents is the one that `scripts/setup`, and with it the demo, uses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PUBLISHED = re.compile(r"pip3? install (?:-\S+ )*['\"]?docwitness")
README_LINES = re.compile(r"pip install (?:--no-deps )?((?:--require-hashes|--editable \.) .*\S)")
SETUP_LINES = re.compile(
    r"^\s*install (?:--no-build-isolation )?((?:--require-hashes|--editable \.) .*\S)$", re.MULTILINE
)


def test_the_demo_installs_by_the_documented_commands() -> None:
    """`scripts/setup` adds `--no-deps` to both, and goes on with the tools for tests."""
    documented = [line.replace("--no-deps ", "") for line in README_LINES.findall((ROOT / "README.md").read_text())]
    used = SETUP_LINES.findall((ROOT / "scripts" / "setup").read_text())
    assert len(documented) == 2
    assert documented == used[:2]


def texts() -> list[Path]:
    folders = ("docs", "clients", "service", "examples", "extractors", "documents", "scripts", ".github")
    found = [path for name in folders for path in (ROOT / name).rglob("*") if path.suffix in (".py", ".md", ".yml", "")]
    return [*ROOT.glob("*.md"), *(path for path in found if path.is_file())]


def test_nothing_says_to_install_a_package_that_is_not_published() -> None:
    assert [str(path) for path in texts() if PUBLISHED.search(path.read_text(errors="ignore"))] == []


@pytest.mark.parametrize("text", ["pip install docwitness", "pip install -U 'docwitness-server[parquet]'"])
def test_such_a_line_is_noticed(text: str) -> None:
    assert PUBLISHED.search(text)
