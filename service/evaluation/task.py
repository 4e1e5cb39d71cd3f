"""From the files that a user names to a summary: schema, truth and documents brought together."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from schemas.fields import Field, Schema
from schemas.presets import presets
from service.evaluation.derivation import derived_schema
from service.evaluation.run import documents_in, evaluate
from service.evaluation.stated import TruthError
from service.evaluation.summary import Summary
from service.evaluation.truth import Truth, read_truth, typed_truth
from service.pipeline.pipeline import Pipeline


class NamedSchema(NamedTuple):
    """A schema, and in words where it came from."""

    schema: Schema
    source: str


@dataclass(frozen=True)
class Task:
    """What is to be run; `notes` say what was left aside."""

    documents: dict[str, Path]
    truth: Truth
    schema: NamedSchema
    locale: str | None
    notes: list[str]

    def run(self, pipeline: Pipeline, max_bytes: int, progress: Callable[[str], None]) -> Summary:
        """See `service.evaluation.run.evaluate`."""
        found = evaluate(
            pipeline,
            self.documents,
            self.truth,
            self.schema.schema,
            locale=self.locale,
            max_bytes=max_bytes,
            progress=progress,
        )
        return Summary(found, self.schema.schema, self.schema.source, self.locale)


def named_schema(template: str | None, file: Path | None) -> NamedSchema | None:
    """The schema of a preset or a file; None when neither is named.

    Raises:
        TruthError: both are named, or the one that is named is no schema.
    """
    if template and file:
        raise TruthError("expected --template or --schema; both came")
    if template:
        if template not in presets():
            raise TruthError(f"expected a template of {', '.join(presets())}; '{template}' came")
        return NamedSchema(presets()[template], f"Fields of the template {template}.")
    return NamedSchema(_schema_of(file), f"Fields of {file.name}.") if file else None


def _schema_of(file: Path) -> Schema:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        fields = content.get("fields") if isinstance(content, dict) else content
        return Schema.model_validate({"fields": fields})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise TruthError(
            f'{file}: expected {{"fields": [{{"name": …, "type": …}}]}}; {where}: {first["msg"]}'
        ) from None
    except (OSError, ValueError) as error:
        raise TruthError(f"{file}: expected a schema as JSON in UTF-8; {error}") from None


def prepared_task(
    folder: Path, truth_file: Path | None, named: NamedSchema | None, locale: str | None, *, places: bool
) -> Task:
    """Read the truth and find its documents.

    Args:
        named: None for the fields that the truth names.
        places: whether places in the truth count.

    Raises:
        TruthError: the truth cannot be used, or is about none of the documents.
    """
    documents = documents_in(folder)
    stated, left_aside = read_truth(folder, truth_file, documents, named.schema if named else None)
    # a file of another kind is tried where the truth names it
    documents |= {name: folder / name for name in stated if name not in documents and (folder / name).is_file()}
    schema = named or NamedSchema(derived := derived_schema(stated), _derivation(derived))
    truth = typed_truth(stated, schema.schema, locale, places)
    if not documents.keys() & truth.keys():
        raise TruthError(
            f"{folder}: expected documents that the truth names, such as '{next(iter(truth), '')}'; there are"
            f" {_some(list(documents))}. Names are paths within the folder, with their endings"
        )
    notes = [f"{path} is not named like an array of the schema: left aside" for path in left_aside]
    return Task(documents, truth, schema, locale, notes)


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "") if names else "no documents"


def _derivation(schema: Schema) -> str:
    """The report says which fields were guessed."""
    return f"Fields and types were derived from the truth: {', '.join(map(_with_type, schema.fields))}."


def _with_type(field: Field) -> str:
    children = f" ({', '.join(map(_with_type, field.children))})" if field.children else ""
    return f"{field.name}: {field.type}{children}"
