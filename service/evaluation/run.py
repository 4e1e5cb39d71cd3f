"""Documents through the pipeline, each against its truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from documents import UnreadableDocument
from schemas.fields import Schema
from service.evaluation.scoring import Judgement, judge
from service.evaluation.stated import document_name
from service.evaluation.truth import Truth
from service.pipeline.pipeline import Pipeline

DOCUMENT_SUFFIXES = frozenset((".pdf", ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One document; `failure` says why there is no answer, and `seconds` are those of the answer."""

    document: str
    judgement: Judgement
    seconds: float | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All outcomes, and the names that are on one side only."""

    outcomes: list[Outcome]
    without_truth: list[str]
    without_document: list[str]


def documents_in(folder: Path) -> dict[str, Path]:
    """Pictures and PDFs in the folder and those below it, hidden ones aside: path within the folder -> path."""
    paths = (p.relative_to(folder) for p in sorted(folder.rglob("*")) if p.suffix.casefold() in DOCUMENT_SUFFIXES)
    visible = [p for p in paths if not any(part.startswith(".") for part in p.parts) and (folder / p).is_file()]
    return {document_name(p.as_posix()): folder / p for p in visible}


def evaluate(
    pipeline: Pipeline,
    documents: dict[str, Path],
    truth: Truth,
    schema: Schema,
    *,
    locale: str | None = None,
    max_bytes: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Extract and judge every document that has a truth, one at a time, so that their times can be compared.

    Args:
        documents: name -> where it is.
        max_bytes: larger documents fail, as they do when they are sent.
        progress: is told one line a document.
    """
    both = [name for name in documents if name in truth]
    outcomes = []
    for number, name in enumerate(both, 1):
        outcome = _outcome(pipeline, name, documents[name], truth, schema, locale, max_bytes)
        outcomes.append(outcome)
        done = f"failed: {outcome.failure}" if outcome.failure else f"{outcome.seconds:.2f} s"
        progress(f"{number} of {len(both)}: {name} ({done})")
    return Evaluation(
        outcomes,
        without_truth=[name for name in documents if name not in truth],
        without_document=[name for name in truth if name not in documents],
    )


def _outcome(
    pipeline: Pipeline, name: str, path: Path, truth: Truth, schema: Schema, locale: str | None, max_bytes: int | None
) -> Outcome:
    def failed(reason: str) -> Outcome:
        return Outcome(name, judge(name, schema, truth[name], {}), None, reason)

    try:
        data = path.read_bytes()
        if max_bytes is not None and len(data) > max_bytes:
            return failed(f"expected at most {max_bytes} bytes; {len(data)} came (DOCWITNESS_MAX_DOCUMENT_BYTES)")
        answer = pipeline.extract(data, schema, locale=locale)
    except UnreadableDocument as error:
        return failed(str(error))
    except Exception as error:  # one document that breaks the program must not cost the others' figures
        return failed(f"internal error, please report it: {type(error).__name__}: {error}")
    return Outcome(name, judge(name, schema, truth[name], answer.data), sum(answer.seconds.values()))
