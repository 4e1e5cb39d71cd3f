"""Prepare an evaluation from the files that a user names: schema, truth and documents."""

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
from service.evaluation.evaluation_summary import EvaluationSummary
from service.evaluation.raw_truth import TruthError
from service.evaluation.run import documents_in, evaluate
from service.evaluation.typed_truth import TypedTruth, read_truth, typed_truth
from service.pipeline.pipeline import Pipeline
from service.property_errors import property_errors


class NamedSchema(NamedTuple):
    """A schema, and in words where it is from."""

    schema: Schema
    source: str


@dataclass(frozen=True)
class EvaluationTask:
    """An evaluation that is ready to run; `notes` name the files that are ignored."""

    documents: dict[str, Path]
    truth: TypedTruth
    schema: NamedSchema
    locale: str | None
    notes: list[str]

    def run(self, pipeline: Pipeline, max_bytes: int, progress: Callable[[str], None]) -> EvaluationSummary:
        """Run the evaluation; see `service.evaluation.run.evaluate`."""
        found = evaluate(
            pipeline,
            self.documents,
            self.truth,
            self.schema.schema,
            locale=self.locale,
            max_bytes=max_bytes,
            progress=progress,
        )
        return EvaluationSummary(found, self.schema.schema, self.schema.source, self.locale)


def named_schema(template: str | None, file: Path | None) -> NamedSchema | None:
    """Return the schema of a preset or a file, or None if neither is named.

    Raises:
        TruthError: if both are named, or the one that is named is not a schema.
    """
    if template and file:
        raise TruthError("expected either --template or --schema, got both. Remove one of them")
    if template:
        if template not in presets():
            raise TruthError(f"unknown template: expected one of {', '.join(presets())}, got '{template}'")
        return NamedSchema(presets()[template], f"Fields of the template {template}.")
    return NamedSchema(_schema_of(file), f"Fields of {file.name}.") if file else None


def _schema_of(file: Path) -> Schema:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        fields = content.get("fields") if isinstance(content, dict) else content
        return Schema.model_validate({"fields": fields})
    except ValidationError as error:
        first = property_errors(error, "fields")[0]
        expected = '{"fields": [{"name": …, "type": …}]}'
        raise TruthError(f"{file}: expected {expected}; {first['path']}: {first['message']}") from None
    except (OSError, ValueError) as error:
        raise TruthError(f"{file}: expected a schema as JSON in UTF-8; {error}") from None


def prepared_task(
    folder: Path, truth_file: Path | None, named: NamedSchema | None, locale: str | None, *, places: bool
) -> EvaluationTask:
    """Read the truth and find its documents.

    Args:
        folder: holds the documents.
        truth_file: the truth; None looks for it in the folder.
        named: the schema; None takes the fields that the truth names.
        locale: settles ambiguous dates and numbers, such as `en-US`.
        places: whether to compare the places in the truth too.

    Raises:
        TruthError: if the truth cannot be used, or names none of the documents.
    """
    documents = documents_in(folder)
    raw, ignored = read_truth(folder, truth_file, documents, named.schema if named else None)
    # files with other endings are tried if the truth names them
    documents |= {name: folder / name for name in raw if name not in documents and (folder / name).is_file()}
    schema = named or NamedSchema(derived := derived_schema(raw), _derivation(derived))
    truth = typed_truth(raw, schema.schema, locale, places)
    if not documents.keys() & truth.keys():
        raise TruthError(
            f"{folder}: expected documents that the truth names, such as '{next(iter(truth), '')}', got"
            f" {_some(list(documents))}. Write names as paths within the folder, with their endings"
        )
    notes = [f"{path} is ignored: the schema has no array of that name" for path in ignored]
    return EvaluationTask(documents, truth, schema, locale, notes)


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "") if names else "no documents"


def _derivation(schema: Schema) -> str:
    """Describe the derived fields, so that the report shows which types were inferred."""
    return f"Fields and types were derived from the truth: {', '.join(map(_with_type, schema.fields))}."


def _with_type(field: Field) -> str:
    children = f" ({', '.join(map(_with_type, field.children))})" if field.children else ""
    return f"{field.name}: {field.type}{children}"
