"""Common meanings of fields: how callers name them, which kind of text they are, how pages label them.

A field of a schema is recognised by the concepts of its name and description (`role_of`); a field that is none of these
is matched by its own words alone. Nothing here depends on a field's exact name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from extractors.lexicon import Meaning, meaning
from schemas.fields import Field, FieldType


class Kind(StrEnum):
    """What a value looks like on the page."""

    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    PERCENT = "percent"
    NUMBER = "number"
    CODE = "code"
    IBAN = "iban"
    BIC = "bic"
    REGISTRATION = "registration"
    EMAIL = "email"
    PHONE = "phone"
    WEBSITE = "website"
    CURRENCY = "currency"
    PARTY = "party"
    ADDRESS = "address"
    TEXT = "text"


@dataclass(frozen=True)
class Role:
    """A meaning.

    `asks` are the sets of concepts by which a schema names it, `labels` those by which pages do, the surest first;
    `never` are concepts that make a label one of something else. `unlabelled` is what a value without any label scores.
    """

    name: str
    kind: Kind
    asks: tuple[frozenset[str], ...]
    labels: tuple[frozenset[str], ...] = ()
    never: frozenset[str] = frozenset()
    unlabelled: float = 0.0


def _sets(*texts: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(text.split()) for text in texts)


_NOT_A_TOTAL = frozenset("discount quantity unit change cash rounding ship deposit number registration tip sku".split())

HEADER_ROLES = (
    Role("invoice_number", Kind.CODE, _sets("invoice number", "document number", "receipt number", "credit number"),
         _sets("invoice number", "receipt number", "credit number", "document number", "invoice", "number", "credit", "receipt"),
         frozenset("customer_number order registration account phone fax ship buyer tax routing sku bank contact contract due date payment unit quantity seller service".split())),
    Role("invoice_date", Kind.DATE, _sets("invoice date", "issue date", "issue", "date", "document date", "receipt date"),
         _sets("invoice date", "issue date", "receipt date", "document date", "invoice", "issue", "date", "credit", "receipt", "time"),
         frozenset("due ship order service payment".split()), 0.45),
    Role("due_date", Kind.DATE, _sets("due date", "due"), _sets("due date", "due", "payment date", "payment"),
         frozenset("issue invoice ship order service".split())),
    Role("payment_date", Kind.DATE, _sets("payment date"), _sets("payment date", "payment"), frozenset("due issue invoice ship order".split())),
    Role("order_date", Kind.DATE, _sets("order date"), _sets("order date"), frozenset("due issue ship".split())),
    Role("delivery_date", Kind.DATE, _sets("ship date"), _sets("ship date", "service date"), frozenset("due issue order".split())),
    Role("service_date", Kind.DATE, _sets("service date"), _sets("service date", "service", "ship date"), frozenset("due issue order".split())),
    Role("total_gross", Kind.AMOUNT, _sets("total gross", "amount total", "total", "gross", "amount gross", "amount due gross", "invoice amount", "amount total gross"),
         _sets("total gross", "total due", "total due amount", "invoice total", "amount total", "gross", "total", "due amount", "invoice amount", "due", "amount"),
         _NOT_A_TOTAL | {"net", "tax"}, 0.1),
    Role("total_net", Kind.AMOUNT, _sets("total net", "net", "amount net", "amount total net"), _sets("total net", "amount net", "net"),
         _NOT_A_TOTAL | {"tax", "due", "gross"}),
    Role("total_tax", Kind.AMOUNT, _sets("total tax", "tax", "amount tax", "amount total tax"), _sets("total tax", "amount tax", "tax"),
         _NOT_A_TOTAL | {"net", "gross", "due"}),
    Role("amount_due", Kind.AMOUNT, _sets("due amount", "due", "due total", "due amount payment"),
         _sets("due amount", "due total", "due total amount", "due", "total gross", "amount total", "total"), _NOT_A_TOTAL | {"net", "tax"}),
    Role("tip", Kind.AMOUNT, _sets("tip"), _sets("tip")),
    Role("discount", Kind.AMOUNT, _sets("discount", "amount discount"), _sets("discount", "discount amount", "discount total")),
    Role("shipping_cost", Kind.AMOUNT, _sets("ship price", "ship amount"), _sets("ship", "ship price", "ship amount"), frozenset({"address", "date"})),
    Role("currency", Kind.CURRENCY, _sets("currency", "amount currency"), _sets("currency")),
    Role("iban", Kind.IBAN, _sets("iban", "iban number"), _sets("iban")),
    Role("bic", Kind.BIC, _sets("bic", "bic bank", "bank bic number", "bank number"), _sets("bic")),
    Role("account_number", Kind.CODE, _sets("account number", "account", "bank account number", "account bank"), _sets("account number", "account", "bank account number"), frozenset({"customer_number"})),
    Role("routing_number", Kind.CODE, _sets("routing number", "routing", "bank routing number"), _sets("routing", "routing number")),
    Role("registration", Kind.REGISTRATION, _sets("registration", "registration number", "registration tax", "tax number", "registration tax number", "registration number seller", "registration seller tax"),
         _sets("registration", "registration number"), frozenset({"date"})),
    Role("email", Kind.EMAIL, _sets("email", "email seller", "address email seller", "address email"), _sets("email")),
    Role("phone", Kind.PHONE, _sets("phone", "phone number", "phone seller", "number phone seller"), _sets("phone"), frozenset({"fax"})),
    Role("website", Kind.WEBSITE, _sets("website", "seller website"), _sets("website")),
    Role("supplier_name", Kind.PARTY, _sets("seller", "seller name", "document seller", "invoice seller", "name seller document", "receipt seller"), _sets("seller name", "seller")),
    Role("customer_name", Kind.PARTY, _sets("buyer", "buyer name", "buyer name seller", "buyer document name"), _sets("buyer name", "buyer")),
    Role("supplier_address", Kind.ADDRESS, _sets("seller address", "address document seller"), _sets("seller address", "seller")),
    Role("customer_address", Kind.ADDRESS, _sets("buyer address", "billing address", "buyer billing address", "invoice address"), _sets("buyer address", "billing address", "buyer")),
    Role("shipping_address", Kind.ADDRESS, _sets("ship address", "ship"), _sets("ship address", "ship")),
    Role("po_number", Kind.CODE, _sets("order number", "order", "order number buyer"), _sets("order number", "order"), frozenset("date invoice customer_number registration".split())),
    Role("customer_number", Kind.CODE, _sets("customer_number number", "buyer number", "customer_number", "customer_number number seller"),
         _sets("customer_number number", "buyer number", "customer_number"), frozenset("date registration tax order invoice".split())),
    Role("time", Kind.TIME, _sets("time", "time order"), _sets("time")),
)  # fmt: skip

COLUMN_ROLES = (
    Role("description", Kind.TEXT, _sets("description", "description name", "name"), _sets("description", "description name", "name", "description service")),
    Role("sku", Kind.CODE, _sets("sku", "sku number", "description number"), _sets("sku", "sku number", "description number", "number")),
    Role("position", Kind.NUMBER, _sets("position", "position number"), _sets("position", "number", "position number")),
    Role("quantity", Kind.NUMBER, _sets("quantity", "quantity description"), _sets("quantity", "quantity unit", "number quantity")),
    Role("unit", Kind.TEXT, _sets("unit", "unit quantity", "unit kind"), _sets("unit")),
    Role("unit_price", Kind.AMOUNT, _sets("unit price", "price", "price net", "unit price net", "unit amount"),
         _sets("unit price", "unit price net", "price", "unit amount", "net price", "unit", "unit percent", "percent")),
    Role("discount", Kind.PERCENT, _sets("discount", "discount percent"), _sets("discount", "discount percent")),
    Role("tax_rate", Kind.PERCENT, _sets("tax percent", "percent", "description tax percent"), _sets("tax percent", "tax", "percent")),
    Role("tax_amount", Kind.AMOUNT, _sets("tax amount", "tax", "description tax"), _sets("tax amount", "tax")),
    Role("line_total", Kind.AMOUNT, _sets("total amount", "amount", "total", "position total", "total price", "net total", "net amount", "gross amount", "amount position"),
         _sets("total amount", "total price", "total", "amount", "gross total", "net total", "gross amount", "net amount", "gross", "net", "gross price", "net price", "price")),
)  # fmt: skip

_KINDS: dict[FieldType, frozenset[Kind]] = {
    FieldType.DATE: frozenset({Kind.DATE}),
    FieldType.MONEY: frozenset({Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}),
    FieldType.NUMBER: frozenset({Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}),
    FieldType.INTEGER: frozenset({Kind.NUMBER, Kind.AMOUNT, Kind.PERCENT}),
    FieldType.STRING: frozenset(Kind) - {Kind.AMOUNT},
}

_FAINT = frozenset("number date amount name document invoice total price payment".split())
"""Concepts that nearly every field shares and that tell little apart."""


def weight(concept: str) -> float:
    """How much a concept tells about a field."""
    return 0.5 if concept in _FAINT else 1.0


def role_of(field: Field, roles: Iterable[Role]) -> Role | None:
    """The role that a field's name, or its name and description together, ask for; None for fields of another kind."""
    kinds = _KINDS.get(field.type, frozenset())
    name = meaning(field.name)
    both = meaning(f"{field.name} . {field.description}") if field.description else name
    best: tuple[float, Role] | None = None
    for role in roles:
        if role.kind not in kinds:
            continue
        score = max(max(_asked(name, ask), _asked(both, ask) - 0.1) for ask in role.asks)
        if score > 0.3 and (best is None or score > best[0]):
            best = (score, role)
    return best[1] if best else None


def _asked(asked: Meaning, ask: frozenset[str]) -> float:
    """1 when a field's concepts are those of a role, less for each that is missing or that is left over."""
    if not asked.concepts & ask:
        return 0.0
    total = sum(map(weight, ask))
    missing = sum(weight(c) for c in ask - asked.concepts)
    surplus = sum(weight(c) for c in asked.concepts - ask)
    return 1.0 - missing / total - 0.35 * surplus - 0.1 * len(asked.others) + 0.02 * len(ask)


def label_fit(role: Role, label: Meaning) -> float:
    """How well a label on the page announces a role: 0 not at all, 1 without doubt, negative for another role."""
    concepts = label.concepts
    if "gross" in concepts or "net" in concepts:
        concepts = concepts - {"tax"}  # "total incl. VAT" is about the total
    if concepts & role.never:
        return -0.5
    best = 0.0
    for rank, wanted in enumerate(role.labels):
        if wanted <= concepts:
            surplus = sum(weight(c) for c in concepts - wanted)
            best = max(best, 1.0 - 0.06 * rank - 0.2 * surplus - 0.05 * len(label.others))
    return best


def own_words_fit(field: Field, label: Meaning) -> float:
    """How well a label matches a field that has no role: by the words and concepts of its name and description."""
    name = meaning(field.name)
    described = meaning(field.description) if field.description else name
    wanted = name.concepts | name.others
    found = label.concepts | label.others
    if not wanted or not found:
        return 0.0
    shared = wanted & found | {w for w in name.others for f in label.others if _alike(w, f)}
    hit = sum(map(weight, shared)) / sum(map(weight, wanted))
    helped = len((described.others | described.concepts) & found - shared) / len(found)
    spare = len(found - shared - described.others - described.concepts) / len(found)
    return max(0.0, hit + 0.2 * helped - 0.3 * spare) if hit else 0.6 * helped * (not spare)


def _alike(a: str, b: str) -> bool:
    """The same word up to its ending."""
    stem = min(len(a), len(b))
    return stem >= 5 and a[: stem - 1] == b[: stem - 1]
