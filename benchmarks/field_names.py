"""Measure how much the names of fields matter: other languages, spellings, abbreviations.

The same invoices are extracted with schemas that differ in nothing but the names, which are in `field_names.json`. Half
of the names of each language were looked at while words were added to the vocabulary; the other half was only measured.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.extraction import score
from benchmarks.grounding_documents import READ, RealDocument, real_documents
from benchmarks.predictions import prediction
from extractors import FieldExtractor
from schemas.fields import Field, FieldType
from service.evaluation.markdown_tables import table

FOLDER = Path("build/bench/field-names")
NAMES = Path(__file__).with_suffix(".json")
EVERY = 3
"""Every third invoice is used: each is extracted with all 140 schemas."""
SEEN = 2
"""The first terms of a role in each language, which the vocabulary was extended by; the others are only measured."""
PARTIES = ("supplier_name", "supplier_address", "customer_name")
_TYPES = {
    **dict.fromkeys(("date", "due_date"), FieldType.DATE),
    **dict.fromkeys(("total_incl", "total_excl", "total_tax", "amount_due"), FieldType.MONEY),
}


class SchemaUnderNames(NamedTuple):
    """One field for each role, by role."""

    group: str
    """The language, `abbreviations` or `SAP`; with descriptions, also that."""
    is_seen: bool
    fields: dict[str, Field]


def _snake(term: str) -> str:
    return "_".join(_ascii_words(term)).lower()


def _camel(term: str) -> str:
    first, *rest = _ascii_words(term)
    return first.lower() + "".join(word.capitalize() for word in rest)


def _ascii_words(term: str) -> list[str]:
    plain = term.replace("ß", "ss").replace("ł", "l").replace("°", "o").replace("º", "o")
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.findall(r"\w+", ascii_only)


STYLES: tuple[Callable[[str], str], ...] = (_snake, _camel, str)
"""Styles of a name: with underscores, in camel case, and as people write it."""


def schemas() -> Iterator[SchemaUnderNames]:
    """Yield a schema for each term, in each style, without and with descriptions."""
    names = json.loads(NAMES.read_text(encoding="utf-8"))
    for language, terms in names["languages"].items():
        for number in range(len(terms["date"])):
            chosen = {role: of_role[number] for role, of_role in terms.items()}
            for style in STYLES:
                yield SchemaUnderNames(language, number < SEEN, _fields({r: style(t) for r, t in chosen.items()}, {}))
            described = _fields({r: _snake(t) for r, t in chosen.items()}, names["descriptions"][language])
            yield SchemaUnderNames(f"{language}, with descriptions", number < SEEN, described)
    for title, key in (("abbreviations", "abbreviations"), ("like SAP's", "sap")):
        for number in range(len(names[key]["date"])):
            chosen = {role: of_role[number] for role, of_role in names[key].items()}
            yield SchemaUnderNames(title, number < len(names[key]["date"]) / 2, _fields(chosen, {}))


def _fields(names: Mapping[str, str], descriptions: Mapping[str, str]) -> dict[str, Field]:
    return {
        role: Field(name=name, type=_TYPES.get(role, FieldType.STRING), description=descriptions.get(role))
        for role, name in names.items()
    }


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    documents = [real for real in real_documents(READ) if real.kind == "invoice"][::EVERY]
    extractor = FieldExtractor()
    right: dict[tuple[str, bool], list[dict[str, float]]] = {}
    for number, schema in enumerate(schemas()):
        print(f"bench: field names, schema {number} ({schema.group}) …", flush=True)
        right.setdefault((schema.group, schema.is_seen), []).append(_right(extractor, schema, documents, str(number)))
    return "\n\n".join(
        [
            f"Command: `python -m benchmarks field-names`. {len(documents)} invoices as PDF, extracted with schemas"
            " that differ in their names alone: each of eleven roles under four terms in each of eight languages,"
            " each with underscores, in camel case and as people write it, plus six abbreviations and six names as"
            " in SAP's tables (benchmarks/field_names.json). The figures are shares of the printed values that are"
            " found, exactly. Of each language's terms, the vocabulary was extended while looking at the first two;"
            " the last two, and half of the abbreviations and of SAP's names, were only measured.",
            _table(right),
        ]
    )


def _right(
    extractor: FieldExtractor, schema: SchemaUnderNames, documents: Sequence[RealDocument], name: str
) -> dict[str, float]:
    """Return the share of right values by role."""
    folder = FOLDER / name
    predictions = folder / "predictions"
    predictions.mkdir(parents=True, exist_ok=True)
    roles = {field.name: role for role, field in schema.fields.items()}
    for real in documents:
        answer = prediction(extractor, real.document, tuple(schema.fields.values()))
        answer["fields"] = {roles[field]: value for field, value in answer["fields"].items()}
        (predictions / f"{real.name}.json").write_text(json.dumps(answer), encoding="utf-8")
    (folder / "ids.txt").write_text("\n".join(real.name for real in documents), encoding="utf-8")
    fields = score(folder)["fields"]
    return {role: fields[role]["exact"] or 0.0 for role in schema.fields}


def _table(right: Mapping[tuple[str, bool], Sequence[dict[str, float]]]) -> str:
    groups = list(dict.fromkeys(group for group, _ in right))
    roles = list(next(iter(right.values()))[0])
    rows = []
    for group in groups:
        seen, unseen = right[group, True], right[group, False]
        every = [*seen, *unseen]
        parties = [_mean(every, [role]) for role in PARTIES]
        rows.append((group, _mean(every, roles), _mean(seen, roles), _mean(unseen, roles), *parties))
    return table(("names", "all roles", "first half", "only measured", *PARTIES), rows)


def _mean(figures: Sequence[dict[str, float]], roles: Sequence[str]) -> float:
    return sum(figure[role] for figure in figures for role in roles) / (len(figures) * len(roles))
