"""Invent schemas for a composed document.

Fields may be present or absent, under any name, with any description.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from schemas.normalise.characters import fold_text
from training.synthetic.documents import Composed
from training.synthetic.words import COLUMNS, HEADER, LANGUAGES, PHRASES, Concept

_TYPES = {
    "date": ("date",),
    "money": ("money", "money", "number", "number"),
    "small": ("money", "number"),
    "int": ("integer", "number", "string"),
    "pct": ("number", "string"),
    "quantity": ("number", "number", "integer"),
    "year": ("integer", "string"),
    "weight": ("string", "number"),
}
_ALIASES: dict[str, dict[str, tuple[str, ...]]] = {
    "receipt": {"invoice_number": ("invoice_number", "receipt_number"), "order_number": ("order_number",)},
    "delivery_note": {"invoice_number": ("invoice_number", "delivery_note_number")},
    "order": {"invoice_number": ("invoice_number", "order_number", "po_number"), "date": ("date", "order_date")},
}
"""Concepts that answer a field in kinds of documents that lack the field itself."""
_ARRAY_COLUMNS = {
    "items": (
        "position",
        "sku",
        "description",
        "quantity",
        "unit",
        "unit_price",
        "line_discount",
        "line_tax_rate",
        "line_tax",
        "line_total",
        "line_date",
        "serial",
        "weight",
        "worker",
    ),
    "taxes": ("rate", "base", "tax", "gross"),
    "bookings": ("booking_date", "booking_text", "booking_ref", "debit", "credit", "running_balance"),
}
MAX_FIELDS = 26
"""Maximum fields requested of one page, columns included."""


@dataclass
class RequestedField:
    """One field of a schema with its truth.

    `spans` lists every occurrence as word numbers; for a column or an array, one per row. `parent` is the number of the
    array that a column belongs to, or -1.
    """

    name: str
    type: str
    about: str = ""
    parent: int = -1
    spans: list[list[int]] = field(default_factory=list)

    @property
    def many(self) -> bool:
        """True for columns and arrays, which have one span per row."""
        return self.parent >= 0 or self.type == "array"


def _snake(text: str) -> str:
    return re.sub(r"\W+", "_", fold_text(text)).strip("_")


def _styled(rng: random.Random, name: str) -> str:
    roll = rng.random()
    parts = name.split("_")
    if roll < 0.68:
        return name
    if roll < 0.76:
        return parts[0] + "".join(p.capitalize() for p in parts[1:])
    if roll < 0.82:
        return "".join(p.capitalize() for p in parts)
    if roll < 0.9:
        return " ".join(parts)
    if roll < 0.94:
        return "-".join(parts)
    return _abbreviated(name)


def _abbreviated(name: str) -> str:
    short = {
        "number": "no",
        "invoice": "inv",
        "amount": "amt",
        "quantity": "qty",
        "description": "desc",
        "customer": "cust",
        "supplier": "supp",
        "address": "addr",
        "date": "dt",
        "reference": "ref",
        "account": "acct",
        "document": "doc",
        "total": "tot",
    }
    return "_".join(short.get(part, part) for part in name.split("_"))


def _named(rng: random.Random, concept: Concept, language: str) -> str:
    roll = rng.random()
    if roll < 0.16 and concept.labels:  # the label of a page, in the document's language or in another one
        spoken = language if rng.random() < 0.6 else rng.choice(LANGUAGES)
        labels = concept.labels.get(spoken)
        if labels:
            label = rng.choice(labels)
            name = label if rng.random() < 0.4 else _snake(label)
            if len(name) > 2:
                return name
    names = concept.names
    index = min(int(rng.expovariate(1.2) * 3), len(names) - 1) if rng.random() < 0.5 else rng.randrange(len(names))
    return _styled(rng, names[index])


def _about(rng: random.Random, concept: Concept, chance: float) -> str:
    if rng.random() > chance:
        return ""
    text = rng.choice(concept.about)
    if rng.random() < 0.15 and concept.labels:
        labels = rng.choice(list(concept.labels.values()))
        text = f"{text}, e.g. {rng.choice(labels)}" if rng.random() < 0.5 else rng.choice(labels)
    return text


def requested_fields(rng: random.Random, document: Composed) -> list[RequestedField]:
    """Invent a schema for a page; about three in four of its fields are on the page."""
    spans = dict(document.page.spans)
    for alias, sources in _ALIASES.get(document.family.kind, {}).items():
        found = next((spans[s] for s in sources if s in spans), None)
        if found is not None:
            spans.setdefault(alias, found)
    if "amount_due" not in spans and "total" in spans:
        spans["amount_due"] = spans["total"]
    present = [key for key in spans if isinstance(key, str) and (key in HEADER or key in document.customs)]
    rng.shuffle(present)
    usual = {
        "supplier_name",
        "supplier_address",
        "customer_name",
        "total",
        "subtotal",
        "tax_total",
        "date",
        "invoice_number",
    }
    present.sort(key=lambda key: key not in usual or rng.random() < 0.3)
    present = present[: rng.randint(2, 16)]
    absent = [key for key in HEADER if key not in spans]
    if "tip" in spans or document.family.kind in ("statement", "form"):
        absent = [key for key in absent if key not in ("total", "subtotal")]
    wanted = present + rng.sample(absent, min(len(absent), max(1, round(len(present) * rng.uniform(0.1, 0.6)))))
    rng.shuffle(wanted)
    described = rng.choice((0.0, 0.0, 0.4, 1.0, 1.0))
    requested = [_header_field(rng, key, document, spans.get(key, []), described) for key in wanted]
    if rng.random() < 0.2:
        requested += _unknown(rng, document)
    if rng.random() < 0.85:
        requested += _arrays(rng, document, described, offset=len(requested))
    names: set[str] = set()
    kept: list[RequestedField] = []
    numbers: dict[int, int] = {}
    for number, item in enumerate(requested[:MAX_FIELDS]):
        name = item.name if item.parent < 0 else f"{item.parent}.{item.name}"
        if name in names or (item.parent >= 0 and item.parent not in numbers):
            continue
        names.add(name)
        numbers[number] = len(kept)
        item.parent = numbers[item.parent] if item.parent >= 0 else -1
        kept.append(item)
    return kept


def _header_field(
    rng: random.Random, key: str, document: Composed, spans: list[list[int]], described: float
) -> RequestedField:
    if key in document.customs:
        custom = document.customs[key]
        name = _styled(rng, rng.choice(custom.names)) if rng.random() < 0.85 else custom.label
        kinds = _TYPES.get(custom.type, ("string",))
        about = custom.label if rng.random() < described * 0.4 else ""
        return RequestedField(name, rng.choice(kinds), about, spans=spans)
    concept = HEADER[key]
    kind = rng.choice(_TYPES.get(concept.type, ("string",)))
    return RequestedField(_named(rng, concept, document.language), kind, _about(rng, concept, described), spans=spans)


def _unknown(rng: random.Random, document: Composed) -> list[RequestedField]:
    """Return fields of other businesses, which this page does not have."""
    vocabulary = PHRASES["fields"]["en"]
    found = []
    labels = {custom.label.lower() for custom in document.customs.values()}
    for _ in range(rng.randint(1, 4)):
        first = rng.choice(vocabulary["first"])
        last, kind = rng.choice(vocabulary["last"]).split(":")
        if any(first.lower() in label for label in labels):
            continue
        name = _styled(rng, f"{first} {last}".lower().replace(" ", "_"))
        found.append(RequestedField(name, rng.choice(_TYPES.get(kind, ("string",)))))
    return found


def _arrays(rng: random.Random, document: Composed, described: float, offset: int) -> list[RequestedField]:
    """Return tables with some of their columns.

    `offset` is the number of the first of these fields.
    """
    spans = document.page.spans
    present = {key[0] for key in spans if isinstance(key, tuple)}
    wanted = [name for name in _ARRAY_COLUMNS if name in present or (name == "items" and rng.random() < 0.3)]
    if "taxes" not in present and rng.random() < 0.1:
        wanted.append("taxes")
    result: list[RequestedField] = []
    for array in wanted:
        if array == "taxes" and rng.random() < 0.3:
            continue
        phrases = PHRASES["arrays"][array]
        about = rng.choice(phrases["about"]) if rng.random() < described else ""
        rows = sorted(
            (key for key in spans if isinstance(key, tuple) and len(key) == 2 and key[0] == array),
            key=lambda k: int(k[1]),
        )
        parent = RequestedField(
            _styled(rng, rng.choice(phrases["names"])), "array", about, spans=[spans[key][0] for key in rows]
        )
        result.append(parent)
        number = offset + len(result) - 1
        columns = [c for c in _ARRAY_COLUMNS[array] if any((array, key[1], c) in spans for key in rows)]
        core = {"description", "quantity", "unit_price", "line_total", "rate", "base", "tax"}
        chosen = [c for c in columns if rng.random() < (0.85 if c in core else 0.5)]
        missing = [c for c in _ARRAY_COLUMNS[array] if c not in columns]
        chosen += rng.sample(missing, min(len(missing), rng.choice((0, 0, 1, 1, 2))))
        if rng.random() < 0.4:
            rng.shuffle(chosen)
        for column in chosen:
            concept = COLUMNS[column]
            child = RequestedField(
                _named(rng, concept, document.language),
                rng.choice(_TYPES.get(concept.type, ("string",))),
                _about(rng, concept, described),
                parent=number,
            )
            child.spans = [spans[array, key[1], column][0] for key in rows if (array, key[1], column) in spans]
            result.append(child)
        if array == "items":
            result += _components(rng, document, described, number, offset + len(result))
    return result


def _components(
    rng: random.Random, document: Composed, described: float, parent: int, offset: int
) -> list[RequestedField]:
    """Return an array within the array of items: the components of each item."""
    spans = document.page.spans
    found = sorted(
        (key for key in spans if isinstance(key, tuple) and len(key) == 5), key=lambda k: (int(k[1]), int(k[3]))
    )
    if not found and rng.random() > 0.02:
        return []
    phrases = PHRASES["arrays"]["components"]
    inner = RequestedField(
        _styled(rng, rng.choice(phrases["names"])),
        "array",
        rng.choice(phrases["about"]) if rng.random() < described else "",
        parent,
    )
    result = [inner]
    for column in ("component", "component_quantity"):
        concept = COLUMNS[column]
        child = RequestedField(
            _named(rng, concept, document.language),
            rng.choice(_TYPES.get(concept.type, ("string",))),
            _about(rng, concept, described),
            offset,
        )
        child.spans = [spans[key][0] for key in found if key[4] == column]
        if column == "component":
            inner.spans = [
                sorted(spans[key][0] + [i for o in found if o[:4] == key[:4] and o != key for i in spans[o][0]])
                for key in found
                if key[4] == column
            ]
        if column == "component" or child.spans or rng.random() < 0.3:
            result.append(child)
    return result
