"""A name means one thing in the whole project: files and public classes."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "schemas",
    "documents",
    "extractors",
    "grounding",
    "checks",
    "accounts",
    "service",
    "training",
    "benchmarks",
)

SHARED_FILE_NAMES = {
    "__init__.py": "a package",
    "__main__.py": "a package that is run",
    "errors.py": "the exceptions of a package, or the errors of one vendor's API",
    "routes.py": "the routes of one vendor's API",
    "receiving.py": "the request bodies of one vendor's API",
    "extractor.py": "one implementation of the extractor protocol",
    **dict.fromkeys(
        ("jobs.py", "keys.py", "templates.py", "webhooks.py"), "what accounts stores, routes serve, cli manages"
    ),
    **dict.fromkeys(("accounts.py", "batch.py", "evaluate.py"), "a command of the command line"),
}
"""File names that may occur more than once, each with the reason."""


def product_files() -> Iterable[Path]:
    return (
        path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")) if "versions" not in path.parts
    )


def shared(names: Iterable[tuple[str, str]], allowed: Iterable[str]) -> dict[str, list[str]]:
    """Return the names found in more than one place, unless they are allowed to be."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, place in names:
        places[name].append(place)
    return {name: found for name, found in places.items() if len(found) > 1 and name not in allowed}


def test_no_two_files_share_a_name_without_a_reason() -> None:
    names = [(path.name, str(path.relative_to(ROOT))) for path in product_files()]
    assert shared(names, SHARED_FILE_NAMES) == {}


def test_no_two_public_classes_share_a_name_without_a_reason() -> None:
    names = [
        (node.name, str(path.relative_to(ROOT)))
        for path in product_files()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert shared(names, ()) == {}


def test_a_shared_name_is_noticed() -> None:
    names = [("Cell", "a.py"), ("Cell", "b.py"), ("Row", "a.py"), ("Page", "a.py"), ("Page", "b.py")]
    assert shared(names, {"Page"}) == {"Cell": ["a.py", "b.py"]}
