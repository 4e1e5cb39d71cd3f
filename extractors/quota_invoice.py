"""Chinese invoices of a fixed amount: four values that stand in few ways, for which rules need no model.

The code has 12 digits (10 in older ones), the number 8; both stand behind their label or below it. The title names the
authority: 广东省国家税务局通用定额发票, 浙江通用定额发票.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from schemas.fields import FieldType, Schema
from schemas.pages import Document, Line
from schemas.results import Proposal

TEMPLATE = "quota_invoice"

_SPACE = r"[\s:：.]*"
_LABELLED = {
    "code": re.compile(rf"(?:发\s*票|發\s*票)?\s*代\s*[码碼号]{_SPACE}(?P<value>\d{{12}}|\d{{10}})(?!\d)"),
    "number": re.compile(rf"(?:发\s*票|發\s*票)?\s*号\s*[码碼]{_SPACE}(?P<value>\d{{8}})(?!\d)"),
}
_BARE = {
    "code": re.compile(r"(?<!\d)(?P<value>\d{12}|\d{10})(?!\d)"),
    "number": re.compile(r"(?<!\d)(?P<value>\d{8})(?!\d)"),
}
_CAPITAL = "零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万萬"
_AMOUNTS = (
    re.compile(
        rf"(?<![{_CAPITAL}])(?P<value>[{_CAPITAL}](?:\s?[{_CAPITAL}]){{0,15}}\s?[元圆圓](?:\s?[{_CAPITAL}]\s?[角分]){{0,2}}(?:\s?[整正])?)"
    ),
    re.compile(r"(?P<value>[¥￥]\s*\d+(?:\.\d{1,2})?)"),
    re.compile(r"(?<!\d)(?P<value>\d{1,4}(?:\.\d{1,2})?)\s*[元圆圓]"),
)
"""The surest form first: small print may name other amounts in digits."""
_TITLE = re.compile(
    r"(?P<value>[\u4e00-\u9fff]{2,12}?)(?:国家|地方)?(?:税务局|稅務局)?(?:通用|服务业|餐饮业|停车|门票|交通)*(?:手工|机打)?(?:定额|定額)"
)


class _Found(NamedTuple):
    text: str
    word_ids: tuple[int, ...]
    score: float


def propose(document: Document, schema: Schema) -> list[Proposal]:
    """Values for those fields of the preset `quota_invoice` that are found."""
    lines = [line for page in document.pages for line in page.lines]
    types = {field.name: field.type for field in schema.fields}
    code = _first(lines, _LABELLED["code"], 0.97) or _first(lines, _BARE["code"], 0.8)
    found = {
        "code": code,
        "number": _first(lines, _LABELLED["number"], 0.97) or _first(lines, _BARE["number"], 0.8),
        "amount": next((f for pattern in _AMOUNTS if (f := _first(lines, pattern, 0.95))), None),
        "location": _first(lines, _TITLE, 0.9),
    }
    return [
        Proposal((name,), types.get(name, FieldType.STRING), value.text, value.word_ids, value.score)
        for name, value in found.items()
        if value
    ]


def _first(lines: list[Line], pattern: re.Pattern[str], score: float) -> _Found | None:
    return next(_matches(lines, pattern, score), None)


def _matches(lines: list[Line], pattern: re.Pattern[str], score: float) -> Iterator[_Found]:
    """Matches in one line, or over two that follow each other: a value may stand in a cell of its own."""
    for first, second in zip(lines, [*lines[1:], None], strict=True):
        words = [*first.words, *(second.words if second else ())]
        starts: list[int] = []
        text = ""
        for word in words:
            starts.append(len(text))
            text += word.text + " "
        for match in pattern.finditer(text):
            begin, end = match.span("value")
            ids = tuple(
                word.id for word, at in zip(words, starts, strict=True) if at < end and at + len(word.text) > begin
            )
            yield _Found(match["value"].strip(), ids, score)
