"""The scorer's features of an option: scores of network and rules, form and place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from extractors.plan import PlannedField
from extractors.rules.totals import TOTALS
from extractors.trained.context import ExtractionContext
from extractors.trained.network.encoding import Floats
from extractors.trained.network.spans import begin_probability
from extractors.trained.options import Option
from schemas.fields import FieldType
from schemas.vocabulary import Kind

_KINDS = (
    Kind.DATE,
    Kind.AMOUNT,
    Kind.NUMBER,
    Kind.PERCENT,
    Kind.CODE,
    Kind.IBAN,
    Kind.REGISTRATION,
    Kind.PARTY,
    Kind.ADDRESS,
    Kind.CURRENCY,
    Kind.TEXT,
)
_TYPES = tuple(t for t in FieldType if t is not FieldType.ARRAY)
NAMES = (
    "begin",
    "chance",
    "margin",
    "belongs",
    "outside",
    "best_begin",
    "rule",
    "rule_margin",
    "picked",
    "fit",
    "fit_margin",
    "options",
    *(f"kind_{k.value}" for k in _KINDS),
    *(f"type_{t.value}" for t in _TYPES),
    "has_role",
    "party_role",
    "total_role",
    "described",
    "checked",
    "two_decimals",
    "currency",
    "later_page",
    "down",
    "across",
    "words",
    "letters",
    "digits",
    "height",
    "repeated",
    "lines",
)
LIMIT_LOGITS = 12.0
"""Logits are clipped to this, because larger ones say the same."""


def features_of(context: ExtractionContext, field: PlannedField, options: Sequence[Option]) -> Floats:
    """Return the features of a field's options, shape (options, len(NAMES))."""
    begins, belongs = context.begins(field), context.belongs(field)
    words = context.document.words
    role = field.role
    grid = context.facts.grid
    texts = Counter(option.text for option in options)
    best = float(begins.max(initial=-LIMIT_LOGITS))
    rows: list[list[float]] = []
    for number, option in enumerate(options):
        ids = list(option.word_ids)
        begin = float(begins[ids[:3]].max())
        others = np.delete(begins, ids)
        outside = [i for i in (ids[0] - 1, ids[-1] + 1) if 0 <= i < len(words)]
        rule = max((o.rule for n, o in enumerate(options) if n != number), default=0.0)
        fit = max((o.fit for n, o in enumerate(options) if n != number), default=0.0)
        word = words[ids[0]]
        page = context.document.page_of_word[ids[0]]
        candidate = option.candidate
        letters, digits = sum(map(str.isalpha, option.text)), sum(map(str.isdigit, option.text))
        length = max(1, len(option.text))
        height = word.box.height / context.document.pages[page].aspect
        rows.append(
            [
                _cut(begin),
                begin_probability(begins, ids[:3]),
                _cut(begin - float(others.max(initial=-LIMIT_LOGITS))),
                _cut(float(belongs[ids].mean())),
                _cut(float(belongs[outside].max(initial=-LIMIT_LOGITS))),
                _cut(best),
                option.rule,
                option.rule - rule,
                float(option.picked),
                option.fit,
                option.fit - fit,
                len(options) / 10,
                *(float(option.kind is k) for k in _KINDS),
                *(float(field.type is t) for t in _TYPES),
                float(role is not None),
                float(role is not None and role.kind in (Kind.PARTY, Kind.ADDRESS)),
                float(role is not None and role.name in TOTALS),
                float(bool(field.field.description)),
                float(candidate is not None and candidate.checked),
                float(candidate is not None and candidate.decimals == 2),
                float(candidate is not None and candidate.has_currency),
                float(page > 0),
                word.box.top,
                word.box.left,
                len(ids) / 10,
                letters / length,
                digits / length,
                min(3.0, height / grid.line_height),
                float(texts[option.text] > 1),
                len({context.line_of_word[i] for i in ids}) / 3,
            ]
        )
    return np.asarray(rows, np.float32).reshape(len(options), len(NAMES))


def _cut(logit: float) -> float:
    return max(-LIMIT_LOGITS, min(LIMIT_LOGITS, logit))
