"""Extract documents with the pipeline and judge each answer against the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from documents import UnreadableDocument
from schemas.deadline import TookTooLong
from schemas.fields import Schema
from service.evaluation.judging import JudgedDocument, judge
from service.evaluation.raw_truth import document_name
from service.evaluation.typed_truth import TypedTruth
from service.pipeline.pipeline import Pipeline

DOCUMENT_SUFFIXES = frozenset(
    (".pdf", ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif", ".jp2")
)


@dataclass(frozen=True, slots=True)
class EvaluatedDocument:
    """One document that was tried.

    `failure` says why there is no answer; `seconds` is the time the answer took, None if there is none.
    """

    name: str
    judged: JudgedDocument
    seconds: float | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All evaluated documents, and names that only the folder or only the truth has."""

    documents: list[EvaluatedDocument]
    without_truth: list[str]
    without_document: list[str]


def documents_in(folder: Path) -> dict[str, Path]:
    """Find pictures and PDFs in a folder and its subfolders, except hidden ones.

    Returns:
        Paths by document names, which are paths within the folder.
    """
    paths = (p.relative_to(folder) for p in sorted(folder.rglob("*")) if p.suffix.casefold() in DOCUMENT_SUFFIXES)
    visible = [p for p in paths if not any(part.startswith(".") for part in p.parts) and (folder / p).is_file()]
    return {document_name(p.as_posix()): folder / p for p in visible}


def evaluate(
    pipeline: Pipeline,
    documents: dict[str, Path],
    truth: TypedTruth,
    schema: Schema,
    *,
    locale: str | None = None,
    max_bytes: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Extract and judge every document that the truth names.

    Documents run one at a time, so that their times can be compared.

    Args:
        pipeline: extracts the fields.
        documents: name -> path.
        truth: the expected values, by document.
        schema: the fields to extract.
        locale: settles ambiguous dates and numbers, such as `en-US`.
        max_bytes: larger documents fail, as they would over HTTP.
        progress: called with one line per document.
    """
    both = [name for name in documents if name in truth]
    evaluated = []
    for number, name in enumerate(both, 1):
        document = _evaluated(pipeline, name, documents[name], truth, schema, locale, max_bytes)
        evaluated.append(document)
        result = f"failed: {document.failure}" if document.failure else f"{document.seconds:.2f} s"
        progress(f"{number} of {len(both)}: {name} ({result})")
    return Evaluation(
        evaluated,
        without_truth=[name for name in documents if name not in truth],
        without_document=[name for name in truth if name not in documents],
    )


def _evaluated(
    pipeline: Pipeline,
    name: str,
    path: Path,
    truth: TypedTruth,
    schema: Schema,
    locale: str | None,
    max_bytes: int | None,
) -> EvaluatedDocument:
    def failed(reason: str) -> EvaluatedDocument:
        return EvaluatedDocument(name, judge(name, schema, truth[name], {}), None, reason)

    try:
        data = path.read_bytes()
        if max_bytes is not None and len(data) > max_bytes:
            return failed(
                f"the document is too large: expected at most {max_bytes} bytes, got {len(data)}."
                " Raise DOCWITNESS_MAX_DOCUMENT_BYTES to accept it"
            )
        answer = pipeline.extract(data, schema, locale=locale)
    except (UnreadableDocument, TookTooLong) as error:
        return failed(str(error))
    except Exception as error:  # one document that breaks the program must not cost the others' figures
        return failed(f"internal error, please report it: {type(error).__name__}: {error}")
    return EvaluatedDocument(name, judge(name, schema, truth[name], answer.data), sum(answer.seconds.values()))
