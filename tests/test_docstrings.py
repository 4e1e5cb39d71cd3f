"""Every docstring begins with one short sentence that can be read on its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

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
    "scripts",
    "examples",
    "docwitness_server",
    "clients/python/src",
)
MAX_FIRST_LINE_CHARACTERS = 90
"""Editors and indexes show a first line alone; a longer one is not read at a glance."""
FORBIDDEN_OPENINGS = frozenset({"Of", "What", "Who", "Which", "Where", "Whether", "Likewise", "How", "Whose", "Those"})
"""Words that make a fragment of the first line, which needs the name above it to be understood."""


class Docstring(NamedTuple):
    """The text inside the quotes of a docstring, and the line that it begins on."""

    line: int
    text: str
    of_attribute: bool
    """True if it describes the assignment above it rather than a module, class or function."""


def docstrings(source: str) -> Iterator[Docstring]:
    """Yield the docstrings of a module, its classes and functions, and of assignments."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        if not isinstance(body, list):  # of a lambda or a conditional expression
            continue
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for number, statement in enumerate(body):
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    if number == 0 and documented:
                        yield Docstring(statement.lineno, text, of_attribute=False)
                    elif number and isinstance(body[number - 1], ast.Assign | ast.AnnAssign):
                        yield Docstring(statement.lineno, text, of_attribute=True)


def wrong_in(docstring: Docstring) -> list[str]:
    """List what is wrong with the first line of a docstring."""
    first = docstring.text.split("\n")[0].strip()
    words = first.split()
    if not words:
        return ["empty"]
    found = []
    if words[0].rstrip(",.;:") in FORBIDDEN_OPENINGS:
        found.append(f"begins with '{words[0]}'")
    if first[0].islower():
        found.append("begins in lower case")
    if docstring.of_attribute:  # may fill its lines: it has no first line of its own
        return found
    if len(first) > MAX_FIRST_LINE_CHARACTERS:
        found.append(f"has {len(first)} characters, expected at most {MAX_FIRST_LINE_CHARACTERS}")
    if not first.endswith("."):
        found.append("does not end with a full stop")
    return found


def product_files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_first_lines_of_docstrings_are_short_sentences() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{docstring.line}: {wrong}"
        for path in product_files()
        for docstring in docstrings(path.read_text(encoding="utf-8"))
        for wrong in wrong_in(docstring)
    ]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_are_found(package: str) -> None:
    """Guards against a checker that passes because it sees nothing."""
    sources = [path.read_text(encoding="utf-8") for path in product_files() if path.is_relative_to(ROOT / package)]
    assert any(True for source in sources for _ in docstrings(source))


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        pytest.param('"""Read pages."""', [], id="module"),
        pytest.param('def f():\n    """Read pages.\n\n    What they hold is kept.\n    """', [], id="body"),
        pytest.param('"""Read pages of a document"""', ["does not end with a full stop"], id="no-full-stop"),
        pytest.param('"""Read ' + "pages " * 15 + 'now."""', ["has 99 characters, expected at most 90"], id="long"),
        pytest.param('class A:\n    """What a page holds."""', ["begins with 'What'"], id="class"),
        pytest.param('async def f():\n    """Whether it is read."""', ["begins with 'Whether'"], id="coroutine"),
        pytest.param('class A:\n    def f(self):\n        """Of a page."""', ["begins with 'Of'"], id="method"),
        pytest.param('def f():\n    def g():\n        """How to read."""', ["begins with 'How'"], id="function-within-a-function"),
        pytest.param('"""Likewise, for rows."""', ["begins with 'Likewise,'"], id="opening-with-a-comma"),
        pytest.param('"""read pages."""', ["begins in lower case"], id="lower-case"),
        pytest.param('"""\nRead pages.\n"""', ["empty"], id="first-line-empty"),
        pytest.param('A = 1\n"""Which pages are read."""', ["begins with 'Which'"], id="constant"),
        pytest.param('class A:\n    b: int\n    """Whose page it is."""', ["begins with 'Whose'"], id="attribute"),
        pytest.param('A = 1\n"""Pages: ' + "page, " * 16 + 'page"""', [], id="attribute-of-any-length"),
        pytest.param('"""`read` pages."""', [], id="name-in-code"),
        pytest.param('"""Whatever it holds is kept."""', [], id="longer-word-with-the-same-beginning"),
        pytest.param('print("what")\n"""what"""', [], id="other-string"),
    ],
)  # fmt: skip
def test_the_judge(source: str, wrong: list[str]) -> None:
    assert [found for docstring in docstrings(source) for found in wrong_in(docstring)] == wrong
