"""POST /predict."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency, Provide

from accounts import Caller
from documents import UnreadableDocument
from documents.given import document_of
from extractors import NamedWords, find_invoice_number
from schemas.fields import Field, FieldType, Schema
from schemas.pages import Document
from schemas.results import Cell
from service.api.calls import DocumentCalls
from service.api.metering import Planned, Work
from service.api.problems import ErrorReply
from service.api.uploads import UploadReader
from service.contract.errors import ApiError
from service.pipeline.pipeline import Pipeline
from service.settings import Switch
from service.vendors.invoice_ner.receiving import Received, received, words_in
from service.vendors.surface import Surface, by_token

ROUTE = "/predict"
NOT_FOUND = "Not Found"
_FIELD = "invoice_number"
_SCHEMA = Schema(fields=(Field(name=_FIELD, type=FieldType.STRING, description="The number of the invoice"),))
_OUTSIDE, _BEGIN, _INSIDE, _HEURISTIC = "LABEL_0", "LABEL_1", "LABEL_2", "HEURISTIC_MATCH"


def surface(switch: Switch) -> Surface:
    """The Invoice NER API; its health is that of this service."""
    return Surface([_controller(switch)], lambda path: path.rstrip("/") == ROUTE, answer)


def answer(_request: Request[Any, Any, Any], problem: ErrorReply) -> Response[dict[str, Any]]:
    """An error as FastAPI gives it."""
    return Response(
        {"detail": problem.message},
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/json",
    )


def _controller(switch: Switch) -> type[Controller]:
    class InvoiceNerController(Controller):
        """Invoice numbers."""

        include_in_schema = False
        dependencies = {"caller": Provide(by_token(switch))}  # noqa: RUF012 - Litestar's own form

        @post(ROUTE, status_code=200)
        async def predict(
            self,
            request: Request[Any, Any, Any],
            caller: NamedDependency[Caller],
            document_calls: NamedDependency[DocumentCalls],
            upload_reader: NamedDependency[UploadReader],
            pipeline: NamedDependency[Pipeline],
        ) -> Response[bytes]:
            """The number of an invoice, by rules, and by a model where they find nothing."""

            def plan(sent: Received) -> Planned:
                def work() -> Work:
                    body, seconds = _predicted(pipeline, sent)
                    return Work(msgspec.json.encode(body), 1, seconds, route=ROUTE)

                return Planned((sent.picture, sent.ocr, bytes([sent.is_text])), work)

            body = await document_calls.answer(request, caller, lambda: received(request, upload_reader), plan)
            return Response(body, media_type="application/json")

    return InvoiceNerController


def _predicted(pipeline: Pipeline, sent: Received) -> tuple[dict[str, Any], dict[str, float]]:
    """The reply, and how long its stages took."""
    try:
        page = pipeline.first_page(sent.picture, _FIELD)
    except UnreadableDocument as error:
        raise ApiError("invalid_image", f"Invalid image file: {error}") from None
    words = words_in(sent, page.width, page.height)
    document = document_of(page, words.lines)
    device = pipeline.model_for(_FIELD).device
    if found := find_invoice_number(document):
        labels = {words.owners[word]: (_HEURISTIC, 1.0) for word in found.word_ids}
        return _reply(words.texts, found.text, "heuristic", labels, device), {}
    started = time.perf_counter()
    if named := pipeline.name_words(document, _FIELD):
        seconds = {"extract": time.perf_counter() - started}
        number = " ".join(document.words[word].text for word in named.best)
        return _reply(words.texts, number, "model", _labels_of(named, words.owners), device), seconds
    result = pipeline.extract_read(document, _SCHEMA)
    cell = result.data[_FIELD]
    assert isinstance(cell, Cell)
    chosen = _words_of(document, cell.place.symbol_ids if cell.place else ())
    numbers = list(dict.fromkeys(words.owners[word] for word in chosen))
    labels = {}
    if numbers:
        labels = dict.fromkeys(range(len(words.texts)), (_OUTSIDE, cell.confidence))
        labels |= {number: (_BEGIN if i == 0 else _INSIDE, cell.confidence) for i, number in enumerate(numbers)}
    return _reply(words.texts, cell.raw_text or "", "model", labels, device), result.seconds


def _words_of(document: Document, symbols: Sequence[int]) -> list[int]:
    wanted = set(symbols)
    return list(dict.fromkeys(word for i, (word, _) in enumerate(document.symbols()) if i in wanted))


def _labels_of(named: NamedWords, owners: Sequence[int]) -> dict[int, tuple[str, float]]:
    """What was said of the caller's words; of one that is several here, what was said of the first that counts."""
    labels: dict[int, tuple[str, float]] = {}
    for owner, chance in zip(owners, named.words, strict=True):
        label = (_BEGIN if chance.begins else _INSIDE) if chance.is_part else _OUTSIDE
        if labels.get(owner, (_OUTSIDE, 0))[0] == _OUTSIDE and (chance.is_part or owner not in labels):
            labels[owner] = label, chance.confidence
    return labels


def _reply(
    texts: Sequence[str], number: str, method: str, labels: Mapping[int, tuple[str, float]], device: str
) -> dict[str, Any]:
    """
    Args:
        labels: of words by their position, with the probability of each; the others are outside without a doubt.
    """
    predictions = []
    for i, text in enumerate(texts):
        label, confidence = labels.get(i, (_OUTSIDE, 1.0))
        is_part = label != _OUTSIDE
        predictions.append({"word": text, "label": label, "confidence": confidence, "is_invoice_number": is_part})
    return {
        "invoice_number": number or NOT_FOUND,
        "extraction_method": method,
        "predictions": predictions,
        "total_words": len(predictions),
        "model_device": device,
    }
