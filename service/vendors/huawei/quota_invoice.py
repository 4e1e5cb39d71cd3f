"""Extract the four values of Chinese invoices of a fixed amount (定额发票) by rules.

They are printed in so few ways that rules need no model. The code has 12 digits (10 on older invoices), the number has
8; both follow their label or are printed below it. The title names the authority: 广东省国家税务局通用定额发票,
浙江通用定额发票.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from extractors import Model
from schemas.fields import FieldType, Schema
from schemas.own_party import OwnParty
from schemas.pages import Document, Line
from schemas.results import Proposal

PRESET = "quota_invoice"

_LABELLED_SCORE = 0.97  # the label says what the digits are
_BARE_SCORE = 0.8  # digits of the right length may be something else
_AMOUNT_SCORE = 0.95  # numerals or a currency sign mark it, but other amounts have the same form
_TITLE_SCORE = 0.9  # the title does not mark where the place's name ends

_SPACE = r"[\s:：.]*"
_LABELLED = {
    "code": re.compile(rf"(?:发\s*票|發\s*票)?\s*代\s*[码碼号]{_SPACE}(?P<value>\d{{12}}|\d{{10}})(?!\d)"),
    "number": re.compile(rf"(?:发\s*票|發\s*票)?\s*号\s*[码碼]{_SPACE}(?P<value>\d{{8}})(?!\d)"),
}
_BARE = {
    "code": re.compile(r"(?<!\d)(?P<value>\d{12}|\d{10})(?!\d)"),
    "number": re.compile(r"(?<!\d)(?P<value>\d{8})(?!\d)"),
}
_CAPITAL_NUMERALS = "零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万萬"
_AMOUNTS = (
    re.compile(
        rf"(?<![{_CAPITAL_NUMERALS}])(?P<value>[{_CAPITAL_NUMERALS}](?:\s?[{_CAPITAL_NUMERALS}]){{0,15}}\s?[元圆圓]"
        rf"(?:\s?[{_CAPITAL_NUMERALS}]\s?[角分]){{0,2}}(?:\s?[整正])?)"
    ),
    re.compile(r"(?P<value>[¥￥]\s*\d+(?:\.\d{1,2})?)"),
    re.compile(r"(?<!\d)(?P<value>\d{1,4}(?:\.\d{1,2})?)\s*[元圆圓]"),
)
"""The most reliable form comes first: small print may name other amounts in digits."""
_TITLE = re.compile(
    r"(?P<value>[\u4e00-\u9fff]{2,12}?)(?:国家|地方)?(?:税务局|稅務局)?(?:通用|服务业|餐饮业|停车|门票|交通)*(?:手工|机打)?(?:定额|定額)"
)


class _Match(NamedTuple):
    text: str
    word_ids: tuple[int, ...]
    score: float


class QuotaInvoiceExtractor:
    """Implements `Extractor` for the preset `quota_invoice`."""

    model = Model("quota_invoice", "cpu")
    picture_side = 0

    def propose(
        self,
        document: Document,
        schema: Schema,
        locale: str | None = None,  # noqa: ARG002
        own: OwnParty | None = None,  # noqa: ARG002
    ) -> list[Proposal]:
        """See `Extractor.propose`. It proposes all four values, whichever of them the schema holds."""
        lines = [line for page in document.pages for line in page.lines]
        types = {field.name: field.type for field in schema.fields}
        found = {
            "code": _first(lines, _LABELLED["code"], _LABELLED_SCORE) or _first(lines, _BARE["code"], _BARE_SCORE),
            "number": (
                _first(lines, _LABELLED["number"], _LABELLED_SCORE) or _first(lines, _BARE["number"], _BARE_SCORE)
            ),
            "amount": next((match for pattern in _AMOUNTS if (match := _first(lines, pattern, _AMOUNT_SCORE))), None),
            "location": _first(lines, _TITLE, _TITLE_SCORE),
        }
        return [
            Proposal((name,), types.get(name, FieldType.STRING), match.text, match.word_ids, match.score)
            for name, match in found.items()
            if match
        ]


def _first(lines: list[Line], pattern: re.Pattern[str], score: float) -> _Match | None:
    return next(_matches(lines, pattern, score), None)


def _matches(lines: list[Line], pattern: re.Pattern[str], score: float) -> Iterator[_Match]:
    """Search each line together with the next one: a value may be in a cell of its own."""
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
            yield _Match(match["value"].strip(), ids, score)
