"""Refuse unclear words and internal names in the texts that reach users: errors, command help and API documentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "accounts": ROOT / "accounts",
    "checks": ROOT / "checks",
    "documents": ROOT / "documents",
    "docwitness": ROOT / "clients" / "python" / "src" / "docwitness",
    "extractors": ROOT / "extractors",
    "grounding": ROOT / "grounding",
    "schemas": ROOT / "schemas",
    "service": ROOT / "service",
}
BUILDERS = frozenset(
    {"Problem", "ErrorReply", "Failure", "Finding", "echo", "fail", "invalid_property", "UsageError", "BadParameter"}
)
"""Callables that are not exceptions of these packages, but whose arguments reach users all the same."""
TEXT_KEYWORDS = frozenset({"help", "short_help", "epilog", "summary", "description"})
"""Keyword arguments that become command help or API documentation, whatever is called."""
HELP_DECORATORS = frozenset({"command", "group", "get", "post", "put", "patch", "delete"})
"""Decorators that turn a function's docstring into command help or API documentation."""
UNCLEAR = (
    ("came", re.compile(r"\bcame\b", re.IGNORECASE)),
    (
        "is no <noun>",
        re.compile(r"(?<!\bthere )\b(?:is|are) no\b(?! (?:longer|more|less|fewer|better)\b)", re.IGNORECASE),
    ),
    ("stands", re.compile(r"\bstands\b(?! for\b)", re.IGNORECASE)),
    ("so many", re.compile(r"\bso many\b", re.IGNORECASE)),
    ("told", re.compile(r"\btold\b", re.IGNORECASE)),
)
PRIVATE_NAME = re.compile(r"(?<![\w/.{}$-])_[a-z]\w*")
DOTTED_NAME = re.compile(r"\b[a-z]\w*(?:\.[a-z_]\w*)+")
CAMEL_CASE = re.compile(r"\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+\b")
GAP = "{…}"
"""Stands for a value that is only known at run time."""


class Text(NamedTuple):
    """A text that reaches users."""

    where: str
    text: str


@dataclass
class Names:
    """Names from all modules together."""

    exceptions: set[str] = field(default_factory=lambda: {"Exception", "BaseException"})
    builders: set[str] = field(default_factory=lambda: set(BUILDERS))
    """Functions that return an exception, and `BUILDERS`."""
    constants: dict[str, ast.expr] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    public: set[str] = field(default_factory=set)
    """Names that users of the client may know."""


def bare(node: ast.AST | None) -> str:
    """Return the last part of a name: `click.UsageError` becomes `UsageError`."""
    if isinstance(node, ast.Call | ast.Subscript):
        return bare(node.func if isinstance(node, ast.Call) else node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def names_in(modules: Sequence[tuple[str, ast.Module]]) -> Names:
    """Collect exceptions, functions that return one, constants, classes and the names of the modules themselves."""
    names = Names()
    classes = [node for _, tree in modules for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names.classes = {node.name for node in classes}
    found = True
    while found:  # subclasses of subclasses
        new = {c.name for c in classes if any(is_exception(bare(base), names) for base in c.bases)}
        found = not new <= names.exceptions
        names.exceptions |= new
    for module, tree in modules:
        names.modules.add(module)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_exception(bare(node.returns), names):
                names.builders.add(node.name)
        for statement in tree.body:
            for target, value in assigned(statement):
                if target == "__all__" and module == "docwitness":
                    names.public |= set(ast.literal_eval(value))
                names.constants[target] = value
    return names


def is_exception(name: str, names: Names) -> bool:
    return name in names.exceptions or name.endswith(("Error", "Exception"))


def assigned(statement: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
    elif (
        isinstance(statement, ast.AnnAssign | ast.NamedExpr)
        and isinstance(statement.target, ast.Name)
        and statement.value
    ):
        yield statement.target.id, statement.value


class Collector:
    """Finds the texts of one module."""

    def __init__(self, path: str, names: Names) -> None:
        self._path = path
        self._names = names
        self.texts: list[Text] = []

    def module(self, tree: ast.Module) -> list[Text]:
        self._scope(tree, {})
        return self.texts

    def _scope(self, scope: ast.AST, outer: dict[str, list[ast.expr]]) -> None:
        """Collect from a module, class or function; its local names are also visible in functions inside it."""
        inner = list(within(scope))
        local = {name: list(values) for name, values in outer.items()}
        for node in inner:
            for name, value in assigned(node):
                local.setdefault(name, []).append(value)
        for node in inner:
            if isinstance(node, ast.Call):
                self._call(node, local)
            elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                self._add(node.exc.args, local)
                self._add([keyword.value for keyword in node.exc.keywords], local)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                self._documented(node)
                self._scope(node, local)
        if isinstance(scope, ast.ClassDef) and is_exception(scope.name, self._names):
            for node in ast.walk(scope):
                if isinstance(node, ast.Return) and node.value:
                    self._add([node.value], local)
                elif (
                    isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"
                ):
                    self._add(node.args, local)

    def _call(self, call: ast.Call, local: dict[str, list[ast.expr]]) -> None:
        name = bare(call.func)
        if is_exception(name, self._names) or name in self._names.builders:
            self._add(call.args, local)
            self._add([keyword.value for keyword in call.keywords], local)
        else:
            self._add([keyword.value for keyword in call.keywords if keyword.arg in TEXT_KEYWORDS], local)

    def _documented(self, node: ast.AST) -> None:
        """Collect the docstring of a command, a route or a model of the API."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            shown = any(bare(decorator) in HELP_DECORATORS for decorator in node.decorator_list)
        else:
            shown = isinstance(node, ast.ClassDef) and node.name.endswith(("Answer", "Request"))
        if shown and (text := ast.get_docstring(node)):  # type: ignore[arg-type]
            self.texts.append(Text(f"{self._path}:{node.lineno}", text))  # type: ignore[attr-defined]

    def _add(self, expressions: Sequence[ast.expr], local: dict[str, list[ast.expr]]) -> None:
        for expression in expressions:
            for text in self._strings(expression, local, 0):
                found = Text(f"{self._path}:{expression.lineno}", text)
                if text.strip() and found not in self.texts:
                    self.texts.append(found)

    def _strings(self, node: ast.AST, local: dict[str, list[ast.expr]], depth: int) -> list[str]:  # noqa: PLR0912  # a table
        """Return every text that an expression may evaluate to, with `GAP` for parts that are not literal."""
        if depth > 8:
            return []

        def parts(*nodes: ast.AST) -> list[str]:
            return [text for each in nodes for text in self._strings(each, local, depth + 1)]

        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr():
                whole = "".join(str(v.value) if isinstance(v, ast.Constant) else GAP for v in node.values)
                return [whole, *parts(*(v.value for v in node.values if isinstance(v, ast.FormattedValue)))]
            case ast.BinOp(op=ast.Add()):
                return [left + right for left in parts(node.left) or [GAP] for right in parts(node.right) or [GAP]]
            case ast.BinOp(op=ast.Mod()):
                return parts(node.left, node.right)
            case ast.IfExp():
                return parts(node.body, node.orelse)
            case ast.BoolOp() | ast.List() | ast.Tuple():
                return parts(*(node.values if isinstance(node, ast.BoolOp) else node.elts))
            case ast.Dict():
                return parts(*node.values)
            case ast.Call(func=ast.Attribute(value=value, attr="join" | "format" | "replace" | "strip")):
                return parts(value, *node.args)
            case ast.Call(func=ast.Name(id="str")):
                return parts(*node.args)
            case ast.Subscript():
                return parts(node.value)  # a table of messages
            case ast.Name(id=name) if name in local:
                return parts(*local[name])
            case ast.Name(id=name) if name.isupper() and name in self._names.constants:
                return parts(self._names.constants[name])
        return []


def within(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes of a scope, including functions and classes in it, but not their contents."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting[:0] = node.decorator_list
        elif not isinstance(node, ast.Lambda):
            waiting[:0] = list(ast.iter_child_nodes(node))


def wrong_in(text: str, names: Names, package: str = "service") -> list[str]:
    """List unclear words, and names that only readers of the code know; users of the client know its public names."""
    found = [f"'{name}'" for name, pattern in UNCLEAR if pattern.search(text)]
    found += [f"the private name {name}" for name in PRIVATE_NAME.findall(text)]
    found += [
        f"the module {name}"
        for name in DOTTED_NAME.findall(text)
        if name in names.modules or name.rpartition(".")[0] in names.modules - set(PACKAGES)
    ]
    internal = names.classes - (names.public if package == "docwitness" else set())
    return found + [f"the class {name}" for name in CAMEL_CASE.findall(text) if name in internal]


@cache
def product() -> tuple[list[tuple[str, str, ast.Module]], Names]:
    """Return (package, path, tree) of every product module, and the names in them."""
    parsed, modules = [], []
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            parts = path.relative_to(folder.parent).with_suffix("").parts
            modules.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), tree))
            parsed.append((package, str(path.relative_to(ROOT)), tree))
    return parsed, names_in(modules)


def texts_of(package: str) -> list[Text]:
    parsed, names = product()
    return [text for name, path, tree in parsed if name == package for text in Collector(path, names).module(tree)]


@pytest.mark.parametrize("package", PACKAGES)
def test_texts_for_users_are_clear_and_name_nothing_internal(package: str) -> None:
    _, names = product()
    found = {
        (text.where, text.text, wrong) for text in texts_of(package) for wrong in wrong_in(text.text, names, package)
    }
    assert not found, "\n" + "\n".join(f"{where}: {wrong} in: {text}" for where, text, wrong in sorted(found))


@pytest.mark.parametrize(
    ("package", "part"),
    [
        pytest.param("accounts", "Idempotency-Key", id="exception-of-a-package"),
        pytest.param(
            "docwitness", "expected exactly one of fields=, template=, model= and auto_fields=True", id="builtin"
        ),
        pytest.param(
            "docwitness", "Return the page's own labels and tables, without a schema.", id="help-of-an-option"
        ),
        pytest.param("docwitness", "drawing needs Pillow and pypdfium2", id="f-string"),
        pytest.param("schemas", "'children'", id="validator"),
        pytest.param("service", "The API key is missing or unknown.", id="table-of-problems"),
        pytest.param("service", "something failed in the server", id="constant-of-another-module"),
        pytest.param("service", "too many documents: expected at most", id="message-in-a-variable"),
        pytest.param("service", "This server does not call private ones", id="function-that-makes-an-exception"),
        pytest.param("service", "Work on jobs without the API", id="docstring-of-a-command"),
        pytest.param("service", "Cancel the waiting documents", id="docstring-of-a-route"),
        pytest.param("service", "Position in the job, from 0", id="description-of-a-property"),
        pytest.param("service", "CSV or JSON file with the true values", id="help"),
    ],
)
def test_texts_are_found(package: str, part: str) -> None:
    """Guards against a checker that passes because it sees nothing."""
    assert any(part in text.text for text in texts_of(package))


PLANTED = '''
MESSAGES = {{"a": {text!r}}}
ADVICE = {text!r}

class Lost(Exception):
    def __init__(self, name):
        super().__init__({text!r})

class Late(Lost):
    @property
    def message(self):
        return {text!r}

class ThingAnswer(BaseModel):
    """{text}"""

    name: str = Constraint(description={text!r})

def _wrong(message) -> Lost:
    return Lost(message)

def one(value):
{body}
'''


def judged(source: str) -> list[str]:
    tree = ast.parse(source)
    names = names_in([("service.api.thing", tree)])
    return [text.text for text in Collector("x.py", names).module(tree) if wrong_in(text.text, names)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("    raise ValueError('7 came')", id="literal"),
        pytest.param("    raise ValueError('7 ' 'came')", id="divided-literal"),
        pytest.param("    raise click.ClickException(f'{value} came') from None", id="f-string"),
        pytest.param("    raise Lost('x', message='7 came')", id="keyword"),
        pytest.param("    message = f'{value} came'\n    raise Lost(message)", id="variable"),
        pytest.param("    raise Lost('7 ' + 'came')", id="sum"),
        pytest.param("    raise Lost('7 came' if value else 'nothing')", id="either"),
        pytest.param("    raise Lost(f'got {\"what came\" if value else value}')", id="within-an-f-string"),
        pytest.param("    raise Lost('; '.join(['7 came']))", id="joined"),
        pytest.param("    raise ApiError('code', 'x', {'errors': [{'message': '7 came'}]})", id="details"),
        pytest.param("    return Lost('7 came')", id="returned"),
        pytest.param("    raise _wrong('7 came')", id="made-by-a-function"),
        pytest.param("    return _wrong('7 came')", id="made-by-a-function-and-returned"),
        pytest.param("    click.echo('7 came', err=True)", id="echo"),
        pytest.param("    return Problem(400, '7 came')", id="problem"),
        pytest.param("    def inner():\n        raise Lost('7 came')", id="function-within-a-function"),
        pytest.param("    @click.option('--x', help='7 came')\n    def inner(): pass", id="help"),
        pytest.param("    @main.command()\n    def inner():\n        '''What came.'''", id="docstring-of-a-command"),
        pytest.param("    @get('/x', summary='What came')\n    def inner(): pass", id="summary"),
        pytest.param("    raise Lost('service.api.thing fails')", id="module"),
        pytest.param("    raise Lost('_wrong fails')", id="private-name"),
        pytest.param("    raise Lost('got a ThingAnswer')", id="class"),
    ],
)
def test_a_planted_text_is_refused(body: str) -> None:
    assert judged(PLANTED.format(text="fine", body=body))


@pytest.mark.parametrize("body", ["    raise Lost(MESSAGES[value])", "    raise Lost(ADVICE)"])
def test_planted_constants_classes_and_descriptions_are_refused(body: str) -> None:
    assert judged(PLANTED.format(text="fine", body=body)) == []
    # the exceptions' own texts, the model's docstring and property, and the constant that is raised
    assert len(judged(PLANTED.format(text="nothing came", body=body))) == 5


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        pytest.param("expected a number; 'x' came", ["'came'"], id="came"),
        pytest.param("the answer is no JSON", ["'is no <noun>'"], id="is-no"),
        pytest.param("the words are no list", ["'is no <noun>'"], id="are-no"),
        pytest.param("the total stands on page 2", ["'stands'"], id="stands"),
        pytest.param("there are not so many pages", ["'so many'"], id="so-many"),
        pytest.param("the webhook is told", ["'told'"], id="told"),
        pytest.param("Nothing came; it was told so", ["'came'", "'told'"], id="two"),
        pytest.param("_require_size failed", ["the private name _require_size"], id="private"),
        pytest.param("see service.api.uploads", ["the module service.api.uploads"], id="module"),
        pytest.param(
            "service.api.uploads.json_of failed", ["the module service.api.uploads.json_of"], id="in-a-module"
        ),
        pytest.param("raised NotFound", ["the class NotFound"], id="class-of-two-words"),
        pytest.param("pass an ExtractRequest", ["the class ExtractRequest"], id="class-of-the-contract"),
        pytest.param("expected a camera; it became dark", [], id="other-words-with-came"),
        pytest.param("there is no folder 'x'", [], id="there-is-no"),
        pytest.param("the key is no longer active", [], id="no-longer"),
        pytest.param("PDF stands for Portable Document Format", [], id="stands-for"),
        pytest.param("expected max_seconds and DOCWITNESS_MAX_SECONDS", [], id="underscores-within"),
        pytest.param("expected 1 to 64 of a-z, 0-9, '-' and '_'", [], id="an-underscore"),
        pytest.param("save it as truth.csv or see docs/api.md", [], id="files"),
        pytest.param("docwitness.verify_webhook checks it", [], id="public-function-of-the-client"),
        pytest.param("LayoutLMv3ForTokenClassification", [], id="class-of-a-library"),
    ],
)
def test_the_judge(text: str, wrong: list[str]) -> None:
    assert wrong_in(text, product()[1]) == wrong


def test_public_names_of_the_client_are_known_to_its_users() -> None:
    _, names = product()
    assert wrong_in("raises ModelMismatch", names, "docwitness") == []
    assert wrong_in("raises ModelMismatch", names, "service") == ["the class ModelMismatch"]


PROMPTS = ROOT / "extractors" / "llm" / "prompt.py"
"""What a language model is asked: its wording was measured, and no user reads it."""


def prose_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every string of three words or more, with its line, apart from docstrings.

    Texts that a helper function builds, or a dictionary holds, are found this way too.
    """
    docstrings = {id(statement.value) for node in ast.walk(tree) for statement in body_of(node) if is_string(statement)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = 0 if id(node) in docstrings else len(node.value.split())
            if words > 2:
                yield node.lineno, node.value


def body_of(node: ast.AST) -> list[ast.Expr]:
    body = getattr(node, "body", None)
    return [statement for statement in body if isinstance(statement, ast.Expr)] if isinstance(body, list) else []


def is_string(statement: ast.Expr) -> bool:
    return isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_at_all_is_unclear(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: '{name}' in: {text}"
        for path in sorted(PACKAGES[package].rglob("*.py"))
        if path != PROMPTS
        for line, text in prose_in(ast.parse(path.read_text(encoding="utf-8")))
        for name, pattern in UNCLEAR
        if pattern.search(text)
    ]
    assert not found, "\n" + "\n".join(found)


def test_texts_of_helpers_and_dictionaries_are_prose() -> None:
    tree = ast.parse(
        '"""A page came."""\ndef f():\n    """It came."""\n    return {"a": "two pages came"}\nX = "came"\n'
    )
    assert list(prose_in(tree)) == [(4, "two pages came")]
