"""Work that grows with the words of a page, and not with their square, whatever the page says."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

import grounding
from extractors import FieldExtractor, discover
from schemas.deadline import Deadline, TookTooLong, within
from schemas.fields import Schema
from schemas.pages import Document
from tests.extractors.trained.fixed_scores import ByFeature, FixedNetwork
from tests.fakes import document

TIMES_AS_LONG = 4
"""The long page has this many times the words of the short one."""
MAX_GROWTH = 9.0
"""Limit of the ratio of the two times; a square would be 16, and measurements on a busy machine vary."""
NEGLIGIBLE_SECONDS = 0.1
SCHEMA = Schema.model_validate(
    {
        "fields": [
            {"name": "total_amount", "type": "money"},
            {"name": "due_date", "type": "date"},
            {"name": "invoice_number", "type": "string"},
            {"name": "iban", "type": "string"},
            {"name": "supplier_name", "type": "string"},
            {"name": "customer_address", "type": "string"},
            {"name": "hobby", "type": "string", "description": "the 'Total' of it"},
            {
                "name": "line_items",
                "type": "array",
                "children": [
                    {"name": "description", "type": "string"},
                    {"name": "quantity", "type": "number"},
                    {"name": "amount", "type": "money"},
                ],
            },
            {
                "name": "taxes",
                "type": "array",
                "children": [{"name": "rate", "type": "number"}, {"name": "base", "type": "money"}],
            },
        ]
    }
)
EXTRACTOR = FieldExtractor(FixedNetwork({}), ByFeature("rule"))


def seconds(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def answer(page: Document) -> None:
    grounding.ground(page, EXTRACTOR.propose(page, SCHEMA))
    discover(page)


@pytest.mark.parametrize("between", [pytest.param("\n", id="below"), pytest.param(" ", id="in-a-line")])
@pytest.mark.parametrize(
    "text",
    [
        "Total: 1.00",
        "Net 1.00    Tax 0.20    Total 1.20",
        "Nut    2    3.00",
        "1 1 1 1",
        "GB82 WEST 1234",
        "Acme Ltd    Main Street 1",
        "1.1.2020 - 2.2.2020",
        "Tel    Fax",
        "a@b.c@d.e",
        "+49 30 123",
    ],
)
def test_time_grows_with_the_words(text: str, between: str) -> None:
    short, long = (document(between.join([text] * count)) for count in (300, 300 * TIMES_AS_LONG))
    answer(document(text))  # what is computed once per process
    first, second = seconds(lambda: answer(short)), seconds(lambda: answer(long))
    assert second < MAX_GROWTH * max(first, NEGLIGIBLE_SECONDS)


def test_a_deadline_ends_extraction() -> None:
    page = document("\n".join(["Total: 1.00    Nut    2    3.00"] * 3000))
    with within(Deadline(0.2)), pytest.raises(TookTooLong):
        EXTRACTOR.propose(page, SCHEMA)


def test_a_deadline_ends_grounding() -> None:
    page = document("\n".join(["Nut    2    3.00"] * 300))
    proposals = EXTRACTOR.propose(page, SCHEMA)
    with within(Deadline(0.05)), pytest.raises(TookTooLong):
        grounding.ground(page, proposals * 20)
