"""Convert this service's own answer to the `document` of Mindee's replies."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from service.vendors.mindee.locale import locale_of
from service.vendors.mindee.prediction import PREDICTIONS, Source, polygon

PRODUCT = "mindee/invoices"
_WHOLE_PAGE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]


class PredictionOptions(NamedTuple):
    """Options of a call; jobs keep them under these names."""

    version: str
    """The version of the product: `2`, `3` or `4`."""
    name: str
    """The name of the file."""
    words: bool
    """`include_mvision`: every word that was read."""
    text: bool
    """`full_text_ocr`: the text of each page."""
    cropper: bool
    """`cropper`: the place of the documents on each page."""


def document(
    answer: dict[str, Any], wanted: PredictionOptions, started: datetime, finished: datetime, identifier: str
) -> dict[str, Any]:
    """Return a document with its inference.

    Args:
        answer: this service's own answer for the preset `invoice`, with `pages`, `words` and `text`.
        wanted: what the caller wants in the reply.
        started: when work on the document began.
        finished: when it ended.
        identifier: the id of the document.
    """
    pages, words = answer["pages"], answer["words"]
    source = Source(answer["data"], pages, words, locale_of(answer["data"], pages))
    predict = PREDICTIONS[wanted.version]
    prediction = predict(source, None)
    made = [
        {
            "extras": _extras(page, wanted),
            "id": number,
            "orientation": {"value": page["orientation"]},
            "prediction": predict(source, page["page"]),
        }
        for number, page in enumerate(pages)
    ]
    features = [*prediction, "orientation"] if wanted.version == "2" else list(prediction)
    return {
        "annotations": {"labels": []},
        "id": identifier,
        "inference": {
            "extras": {},
            "finished_at": _moment(finished),
            "is_rotation_applied": True,
            "pages": made,
            "prediction": prediction,
            "processing_time": round((finished - started).total_seconds(), 3),
            "product": {
                "features": features,
                "name": PRODUCT,
                "type": "standard",
                "version": f"{wanted.version}.0",
            },
            "started_at": _moment(started),
        },
        "n_pages": len(pages),
        "name": wanted.name,
        "ocr": _ocr(pages, words) if wanted.words else {},
    }


def _extras(page: dict[str, Any], wanted: PredictionOptions) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if wanted.text:
        extras["full_text_ocr"] = {"content": page["text"]}
    if wanted.cropper:  # each page counts as one document
        box = dict.fromkeys(("bounding_box", "polygon", "quadrangle", "rectangle"), _WHOLE_PAGE)
        extras["cropper"] = {"cropping": [box]}
    return extras


def _ocr(pages: list[dict[str, Any]], words: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "mvision-v1": {
            "pages": [
                {
                    "all_words": [
                        {"confidence": word["confidence"], "polygon": polygon([word]), "text": word["text"]}
                        for word in words
                        if word["page"] == page["page"]
                    ]
                }
                for page in pages
            ]
        }
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
