"""Hold one document while it is composed: its style, its values, its sheet."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from training.synthetic.printed_values import Address, Style, a_day, a_value, address, company
from training.synthetic.sheet import Align, Key, Sheet
from training.synthetic.words import HEADER, PHRASES


@dataclass(frozen=True)
class Custom:
    """A field outside the vocabulary.

    It has a label on the page, the names callers may use, and a type.
    """

    label: str
    names: tuple[str, ...]
    type: str


@dataclass
class Draft:
    """One document while it is composed."""

    rng: random.Random
    style: Style
    sheet: Sheet
    size: float
    """Size of body text in points."""
    margin: float
    kind: str
    values: dict[str, str] = field(default_factory=dict)
    customs: dict[str, Custom] = field(default_factory=dict)
    addresses: dict[str, Address] = field(default_factory=dict)
    day: date = field(init=False)
    separator: str = field(init=False)
    """Text between a label and its value."""
    fine_prices: bool = field(init=False)
    """True if unit prices have four decimals."""

    def __post_init__(self) -> None:
        self.day = a_day(self.rng)
        self.separator = self.rng.choice((":", ":", ":", "", "", " :", " -" if self.rng.random() < 0.1 else ":"))
        self.fine_prices = self.chance(0.06)
        day, style, rng = self.day, self.style, self.rng
        self.values = {
            "date": style.date(day),
            "due_date": style.date(day + timedelta(days=rng.choice((0, 7, 10, 14, 30, 30, 45, 60)))),
            "delivery_date": style.date(day - timedelta(days=rng.choice((0, 0, 1, 3, 9)))),
            "order_date": style.date(day - timedelta(days=rng.randint(1, 40))),
            "supplier_name": company(style) if rng.random() < 0.92 else rng.choice(style.names.people),
            "customer_name": company(style) if rng.random() < 0.75 else rng.choice(style.names.people),
        }

    def chance(self, probability: float) -> bool:
        """Return true with the given probability."""
        return self.rng.random() < probability

    def label(self, key: str) -> str:
        """Return a printed label of a concept in the document's language, the usual ones more often."""
        labels = HEADER[key].labels.get(self.style.language) or HEADER[key].labels["en"]
        # the first ones are the most usual
        index = min(int(self.rng.expovariate(1.6) * len(labels) / 2), len(labels) - 1)
        return labels[index]

    def value(self, key: str) -> str:
        """Return the printed value of a key; it is drawn once and then stays the same."""
        if key not in self.values:
            kind = self.customs[key].type if key in self.customs else HEADER[key].type
            self.values[key] = a_value(kind, self.style)
        return self.values[key]

    def address(self, role: str) -> Address:
        """Return the address of a party: the same each time, except for an occasional branch."""
        if role not in self.addresses or self.chance(0.06):
            self.addresses[role] = address(self.style)
        return self.addresses[role]

    def phrase(self, *path: str) -> str:
        """Return a random phrase below a path of the phrase list, in the document's language."""
        found = PHRASES
        for name in path:
            found = found[name]
        return str(self.rng.choice(found[self.style.language] if isinstance(found, dict) else found))

    def sentence(self) -> str:
        """Return a random sentence with its blanks filled in."""
        text = self.phrase("sentences")
        for name, value in (
            ("{n}", str(self.rng.choice((1, 2, 7, 14, 30)))),
            ("{person}", self.rng.choice(self.style.names.people)),
            ("{city}", self.rng.choice(self.style.names.cities)),
            ("{currency}", self.style.currency),
        ):
            text = text.replace(name, value)
        return text

    def custom(self) -> tuple[str, str]:
        """Invent a field that only this document has; return its key and label."""
        rng, language = self.rng, self.style.language
        vocabulary = PHRASES["fields"]
        if language != "en" and rng.random() < 0.75:
            label, kind, name = rng.choice(vocabulary[language]["labels"]).split(":")
            own = label.lower().replace(" ", "_").replace(".", "")
            found = Custom(label, (name, name, own), kind)
        else:
            first = rng.choice(vocabulary["en"]["first"])
            last, kind = rng.choice(vocabulary["en"]["last"]).split(":")
            label = f"{first} {last.capitalize() if rng.random() < 0.7 else last}" + ("." if last == "no" else "")
            base = first.lower().replace(" ", "_")
            full = {"no": "number", "ID": "id"}.get(last, last.replace(" ", "_"))
            found = Custom(
                label,
                (f"{base}_{full}", f"{base}_{full}", f"{full}_of_{base}", f"{base}_{last.lower().replace(' ', '_')}"),
                kind,
            )
        key = f"custom:{len(self.customs)}"
        self.customs[key] = found
        return key, found.label


def amount(
    draft: Draft,
    value: float | str,
    x: float,
    y: float,
    size: float,
    key: Key | None,
    align: Align = "right",
    place: str | None = None,
) -> list[int]:
    """Print an amount with its currency where this document puts it.

    A detached currency is not part of the value.
    """
    sheet, style = draft.sheet, draft.style
    text = value if isinstance(value, str) else style.number(value)
    if isinstance(value, float) and value < 0 and draft.chance(0.1):
        text = draft.rng.choice((f"({text[1:]})", f"{text[1:]}-", f"- {text[1:]}"))
    place = place or style.currency_at
    signs = style.currency.split()
    if place == "pre":
        found = money = sheet.put(style.currency + text, x, y, size, None, align)
    elif place == "pre_space":
        found = sheet.put(f"{style.currency} {text}", x, y, size, None, align)
        money, found = found[: len(signs)], found[len(signs) :]
    elif place == "post":
        gap = "" if len(style.currency) == 1 and draft.chance(0.3) else " "
        found = sheet.put(f"{text}{gap}{style.currency}", x, y, size, None, align)
        money, found = found[-1:], found[:-1] if gap else found
    else:
        found, money = sheet.put(text, x, y, size, None, align), []
    sheet.mark("currency", money)
    if key is not None:
        sheet.mark(key, found)
    return found


def some(draft: Draft, keys: Sequence[str], probability: float) -> list[str]:
    """Return each key with the given probability."""
    return [key for key in keys if draft.chance(probability)]
