"""Meaning of a checkpoint's labels: entities of words, and the fields they stand for.

Labels follow IOB, IOBES or BILOU (`B-TOTAL`, `I-TOTAL`, `O`), or are bare (`TOTAL`, `O`). Labels without names are
`LABEL_0`, `LABEL_1`, … in this order: outside; begin and inside of one entity; begin and inside of the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from schemas.fields import Field, FieldType

FieldNames = tuple[str, ...]
"""`("total",)`, or `("line_items", "quantity")` for a column."""

_PREFIXED = re.compile(r"([BILESU])-(.+)", re.DOTALL)
_UNNAMED = re.compile(r"LABEL_(\d+)")
_OUTSIDE = frozenset({"O", "OTHER", "OUTSIDE", "NONE", ""})
_THREE_LABELS = ("LABEL_1", "invoice_number")
"""The unnamed entity of a checkpoint with only one is the invoice number, as in the Invoice NER API."""


class TagLabel(NamedTuple):
    """A label's meaning for a word."""

    entity: str
    """The entity's name; empty outside any entity."""
    begins: bool
    """True if the word begins a value, even right after another value of the same entity."""


OUTSIDE = TagLabel("", False)


class WordLabel(NamedTuple):
    """The likeliest label of a word, with its probability."""

    label: TagLabel
    confidence: float


class TaggedSpan(NamedTuple):
    """Consecutive words that form one value of an entity."""

    entity: str
    word_ids: tuple[int, ...]
    confidence: float
    """Mean probability of the words' labels."""


def parsed(names: Sequence[str]) -> list[TagLabel]:
    """Return the meaning of each label.

    >>> parsed(["O", "B-TOTAL", "I-TOTAL"])[1:]
    [TagLabel(entity='TOTAL', begins=True), TagLabel(entity='TOTAL', begins=False)]
    >>> parsed(["LABEL_0", "LABEL_1", "LABEL_2"])[1:]
    [TagLabel(entity='LABEL_1', begins=True), TagLabel(entity='LABEL_1', begins=False)]
    """
    is_prefixed = any(name.startswith(("B-", "I-", "S-", "U-")) for name in names)
    return [_parsed(name.strip(), is_prefixed) for name in names]


def _parsed(name: str, is_prefixed: bool) -> TagLabel:
    if unnamed := _UNNAMED.fullmatch(name):
        number = int(unnamed[1])
        first = number - 1 + number % 2
        return TagLabel(f"LABEL_{first}", number == first) if number else OUTSIDE
    if name.upper() in _OUTSIDE:
        return OUTSIDE
    if is_prefixed and (prefixed := _PREFIXED.fullmatch(name)):
        return TagLabel(prefixed[2], prefixed[1] in "BSU")
    return TagLabel(name, False)


def fields_of(labels: Sequence[TagLabel], stated: Mapping[str, str | Sequence[str]]) -> dict[str, list[FieldNames]]:
    """Return the fields that each entity stands for.

    Args:
        labels: the checkpoint's labels.
        stated: names of fields by entity, with columns as `line_items.quantity`; an entity without an entry stands for
            the field of its own name.

    Raises:
        ValueError: if `stated` names an entity that no label has.
    """
    found: dict[str, list[FieldNames]] = {}
    entities = {label.entity for label in labels if label != OUTSIDE}
    if strange := sorted(set(stated) - entities):
        raise ValueError(
            f"unknown entity: expected one of {', '.join(sorted(entities))}, got '{strange[0]}'."
            " Name an entity of the checkpoint's labels."
        )
    if entities == {_THREE_LABELS[0]}:
        stated = {_THREE_LABELS[0]: _THREE_LABELS[1], **stated}
    for entity in sorted(entities):
        names = stated.get(entity, entity)
        # a dot may be part of a name
        found[entity] = [
            path
            for name in ([names] if isinstance(names, str) else names)
            for path in dict.fromkeys(((name,), tuple(name.split("."))))
        ]
    return found


def known(field: Field, fields: Mapping[str, Sequence[FieldNames]]) -> dict[str, list[Field]]:
    """Return the entities that stand for the field, or for columns of the array.

    Each comes with the fields it stands for.
    """
    found: dict[str, list[Field]] = {}
    for entity, names in fields.items():
        for path in _paths(field):
            if any(_same([f.name for f in path], name) for name in names):
                found.setdefault(entity, []).append(path[-1])
    return found


def _paths(field: Field) -> Iterator[tuple[Field, ...]]:
    if field.type is not FieldType.ARRAY:
        yield (field,)
    else:
        yield from ((field, column) for column in field.children or () if column.type is not FieldType.ARRAY)


def _same(a: Sequence[str], b: Sequence[str]) -> bool:
    """Return whether two names differ only in case and separators (`INVOICE-NUMBER`)."""
    return [_plain(part) for part in a] == [_plain(part) for part in b]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def spans(words: Sequence[tuple[int, WordLabel]]) -> list[TaggedSpan]:
    """Return the values that a page's labels mark, in reading order.

    Args:
        words: ids and labels, in reading order.
    """
    found: list[list[tuple[int, WordLabel]]] = []
    previous = OUTSIDE
    for item in words:
        label = item[1].label
        if label.entity:
            if label.begins or label.entity != previous.entity:
                found.append([])
            found[-1].append(item)
        previous = label
    return [
        TaggedSpan(
            part[0][1].label.entity,
            tuple(word for word, _ in part),
            sum(label.confidence for _, label in part) / len(part),
        )
        for part in found
    ]
