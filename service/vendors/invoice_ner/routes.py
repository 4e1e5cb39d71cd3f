"""POST /predict."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency, Provide

from accounts import Caller
from documents import UnreadableDocument
from schemas.fields import Field, FieldType, Schema
from schemas.pages import Document
from schemas.results import Cell
from service.api.calls import Calls
from service.api.uploads import UploadReader
from service.contract.document_reply import DocumentReply
from service.contract.errors import ApiError
from service.pipeline.pipeline import Pipeline
from service.settings import Switch
from service.vendors.invoice_ner import errors
from service.vendors.invoice_ner.given_words import document_of
from service.vendors.invoice_ner.invoice_number import find_invoice_number
from service.vendors.invoice_ner.receiving import InvoiceNerUpload, received, words_in
from service.vendors.invoice_ner.word_labels import WordVerdict, find_by_checkpoint, taught_checkpoint
from service.vendors.surface import Surface, by_token

ROUTE = "/predict"
NOT_FOUND = "Not Found"
_FIELD = Field(name="invoice_number", type=FieldType.STRING, description="The number of the invoice")
_SCHEMA = Schema(fields=(_FIELD,))
_OUTSIDE, _BEGIN, _INSIDE, _HEURISTIC = "LABEL_0", "LABEL_1", "LABEL_2", "HEURISTIC_MATCH"

_Labels = dict[int, tuple[str, float]]
"""The label of a word and its probability, by the word's position among the caller's words."""


def surface(switch: Switch) -> Surface:
    """Return the Invoice NER API; its `/health` is this service's own."""
    return Surface([_controller(switch)], lambda path: path.rstrip("/") == ROUTE, errors.answer)


def _controller(switch: Switch) -> type[Controller]:
    class InvoiceNerController(Controller):
        """Invoice numbers, metered."""

        include_in_schema = False
        dependencies = {"caller": Provide(by_token(switch))}  # noqa: RUF012 - Litestar's own form

        @post(ROUTE, status_code=200)
        async def predict(
            self,
            request: Request[Any, Any, Any],
            caller: NamedDependency[Caller],
            calls: NamedDependency[Calls],
            upload_reader: NamedDependency[UploadReader],
            pipeline: NamedDependency[Pipeline],
        ) -> Response[bytes]:
            """Return the number of an invoice, by rules, or by a model if they find nothing."""
            async with calls.open(request, caller) as call:
                sent = await received(request, upload_reader)
                body = await call.replay(sent.picture, sent.ocr, bytes([sent.is_text]))
                if body is None:
                    body = await call.charge(await call.run(partial(_predict, pipeline, sent)), route=ROUTE)
            return Response(body, media_type="application/json")

    return InvoiceNerController


def _predict(pipeline: Pipeline, sent: InvoiceNerUpload) -> DocumentReply:
    with pipeline.time_limit():
        return _predicted(pipeline, sent)


def _predicted(pipeline: Pipeline, sent: InvoiceNerUpload) -> DocumentReply:
    checkpoint = taught_checkpoint(pipeline, _FIELD)
    model = checkpoint or pipeline.extractor
    try:
        page = pipeline.reader.first_page(sent.picture, model.picture_side)
    except UnreadableDocument as error:
        raise ApiError("invalid_image", f"Invalid image file: {error}") from None
    words = words_in(sent, page.width, page.height)
    document = document_of(page, words.lines)
    device = model.model.device
    if by_rules := find_invoice_number(document):
        labels: _Labels = {words.owners[word]: (_HEURISTIC, 1.0) for word in by_rules.word_ids}
        return _reply(words.texts, by_rules.text, "heuristic", labels, device, {})
    if checkpoint:
        started = time.perf_counter()
        found = find_by_checkpoint(checkpoint, document, _FIELD)
        seconds = {"extract": time.perf_counter() - started}
        number = " ".join(document.words[word].text for word in found.word_ids)
        return _reply(words.texts, number, "model", _labels_of(found.verdicts, words.owners), device, seconds)
    result = pipeline.extract_from(document, _SCHEMA)
    cell = result.data[_FIELD.name]
    assert isinstance(cell, Cell)
    chosen = _words_of(document, cell.place.symbol_ids if cell.place else ())
    positions = list(dict.fromkeys(words.owners[word] for word in chosen))
    labels = {}
    if positions:
        labels = dict.fromkeys(range(len(words.texts)), (_OUTSIDE, cell.confidence))
        labels |= {position: (_BEGIN if i == 0 else _INSIDE, cell.confidence) for i, position in enumerate(positions)}
    return _reply(words.texts, cell.raw_text or "", "model", labels, device, result.seconds)


def _words_of(document: Document, symbols: Sequence[int]) -> list[int]:
    """Return the ids of the words that hold these symbols, in reading order."""
    wanted = set(symbols)
    return list(dict.fromkeys(word for i, (word, _) in enumerate(document.symbols()) if i in wanted))


def _labels_of(verdicts: Sequence[WordVerdict], owners: Sequence[int]) -> _Labels:
    """Label the caller's words.

    A word that is several words here gets the label of the first one that is part of a number.
    """
    labels: _Labels = {}
    for owner, verdict in zip(owners, verdicts, strict=True):
        label = (_BEGIN if verdict.begins else _INSIDE) if verdict.is_part else _OUTSIDE
        if labels.get(owner, (_OUTSIDE, 0))[0] == _OUTSIDE and (verdict.is_part or owner not in labels):
            labels[owner] = label, verdict.confidence
    return labels


def _reply(
    texts: Sequence[str],
    number: str,
    method: str,
    labels: Mapping[int, tuple[str, float]],
    device: str,
    seconds: dict[str, float],
) -> DocumentReply:
    """Write the reply; words without a label are outside of the number with probability 1."""
    predictions = []
    for i, text in enumerate(texts):
        label, confidence = labels.get(i, (_OUTSIDE, 1.0))
        is_part = label != _OUTSIDE
        predictions.append({"word": text, "label": label, "confidence": confidence, "is_invoice_number": is_part})
    body = {
        "invoice_number": number or NOT_FOUND,
        "extraction_method": method,
        "predictions": predictions,
        "total_words": len(predictions),
        "model_device": device,
    }
    return DocumentReply(msgspec.json.encode(body), 1, seconds)
