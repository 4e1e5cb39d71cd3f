"""Paths and commands in the pages for contributors exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))]
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/|(?:[\w.-]+/)+[\w.-]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_and_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    paths = [ROOT / path for path in PATH.findall(text) if path.split("/")[0] not in ("build", "site-packages")]
    links = [page.parent / link for link in LINK.findall(text)]
    assert [str(path) for path in paths + links if not path.exists()] == []


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text()
    for page in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert f"({page.name})" in index
        text = page.read_text()
        headings = re.findall(r"(?m)^## (.+)$", text)
        assert headings == ["Context", "Decision", "Consequences", "What would change our mind"]
