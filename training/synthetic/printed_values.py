"""Write values as documents do, in the style of one document.

Values are dates, amounts, codes, names and addresses.
"""

from __future__ import annotations

import random
import string
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from babel import Locale

from training.synthetic.words import PHRASES, Pool, invented_word, pool

_DATE_STYLES = {
    "en": (
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d-%m-%Y",
        "%Y-%m-%d",
        "D Mmmm Y",
        "Mmmm D, Y",
        "D Mmm Y",
        "Mmm D, Y",
        "%d/%m/%y",
        "%m/%d/%y",
        "DD-Mmm-Y",
        "D.M.Y",
        "Dth Mmmm Y",
        "DD MMM Y",
        "D/M/Y",
        "%Y/%m/%d",
        "DD-Mmm-yy",
        "%d.%m.%Y",
    ),
    "de": ("%d.%m.%Y", "%d.%m.%Y", "%d.%m.%Y", "%d.%m.%y", "D. Mmmm Y", "D.M.Y", "%Y-%m-%d", "DD. Mmm Y"),
    "fr": ("%d/%m/%Y", "%d/%m/%Y", "D Mmmm Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"),
    "es": ("%d/%m/%Y", "%d/%m/%Y", "%d-%m-%Y", "D de Mmmm de Y", "%d/%m/%y", "%Y-%m-%d", "D/M/Y"),
    "it": ("%d/%m/%Y", "%d/%m/%Y", "%d-%m-%Y", "D Mmmm Y", "%d.%m.%Y", "%d/%m/%y"),
    "nl": ("%d-%m-%Y", "%d-%m-%Y", "D Mmmm Y", "%d/%m/%Y", "D-M-Y", "%Y-%m-%d"),
    "pt": ("%d/%m/%Y", "%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "D de Mmmm de Y"),
    "pl": ("%d.%m.%Y", "%Y-%m-%d", "%d-%m-%Y", "D Mmmm Y", "%d/%m/%Y"),
}
_CURRENCIES = {
    "en": (
        "$",
        "$",
        "$",
        "£",
        "£",
        "€",
        "USD",
        "GBP",
        "EUR",
        "RM",
        "RM",
        "Rs.",
        "₹",
        "INR",
        "AUD",
        "S$",
        "CAD",
        "A$",
        "US$",
        "CHF",
        "SGD",
    ),
    "de": ("€", "€", "€", "EUR", "EUR", "CHF"),
    "fr": ("€", "€", "EUR", "€", "CHF"),
    "es": ("€", "€", "EUR", "$", "MXN"),
    "it": ("€", "€", "EUR", "€"),
    "nl": ("€", "€", "€", "EUR"),
    "pt": ("€", "€", "EUR", "R$"),
    "pl": ("zł", "PLN", "zł", "PLN", "EUR"),
}
_PREFIXES = (
    "",
    "",
    "",
    "",
    "INV",
    "INV-",
    "RE",
    "R-",
    "FA",
    "F",
    "A",
    "SO",
    "TD",
    "CS",
    "KD-",
    "PO-",
    "PO",
    "2023",
    "2024-",
    "2019/",
    "B",
    "X",
    "K-",
    "18/",
    "DO",
    "RG",
    "FV/",
    "AR-",
    "#",
    "CR",
    "IN",
    "VF",
    "S00",
    "INV/2023/",
    "OR ",
    "No-",
    "T",
    "W",
)
_RATES = {
    "en": (20, 5, 6, 10, 8.25, 7, 15, 18, 0, 9, 12.5),
    "de": (19, 7, 19, 20, 10, 8.1, 7.7, 16),
    "fr": (20, 5.5, 10, 20, 2.1),
    "es": (21, 10, 4, 21),
    "it": (22, 10, 4, 22),
    "nl": (21, 9, 6, 21),
    "pt": (23, 13, 6, 23),
    "pl": (23, 8, 5, 23),
}


@cache
def _months(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the full and the abbreviated names of the months."""
    names = Locale.parse(language).months["format"]
    return tuple(names["wide"][m] for m in range(1, 13)), tuple(names["abbreviated"][m] for m in range(1, 13))


@dataclass
class Style:
    """The style of one document: its language, date form, decimal mark, currency and tax."""

    rng: random.Random
    language: str
    date_style: str = ""
    decimal: str = "."
    thousands: str = ""
    currency: str = ""
    currency_at: str = "none"
    """Position relative to an amount, with or without a space; `none` if at most the totals name the currency."""
    decimals: int = 2
    upper: bool = False
    names: Pool = field(init=False)

    def __post_init__(self) -> None:
        rng = self.rng
        self.names = pool(self.language)
        self.date_style = rng.choice(_DATE_STYLES[self.language])
        self.decimal = rng.choice("...," if self.language == "en" else ",,,,.")
        if self.language == "en" and self.decimal == "," and rng.random() < 0.8:
            self.decimal = "."
        marks = (",", ",", "") if self.decimal == "." else (".", ".", " ", "", "")
        self.thousands = rng.choice(("'",)) if self.language == "de" and rng.random() < 0.03 else rng.choice(marks)
        self.currency = rng.choice(_CURRENCIES[self.language])
        places = (
            ("pre", "pre_space", "none", "none")
            if len(self.currency) == 1 and self.language == "en"
            else ("post", "post", "pre_space", "none", "none", "none")
        )
        self.currency_at = rng.choice(places)
        if self.currency in ("RM", "Rs.", "S$", "A$", "US$", "R$"):
            self.currency_at = rng.choice(("pre", "pre_space", "none", "none"))
        if rng.random() < 0.1:
            self.decimals = 0

    def chance(self, probability: float) -> bool:
        """Return true with the given probability."""
        return self.rng.random() < probability

    def number(self, value: float, decimals: int | None = None) -> str:
        """Write a number with this document's decimal and thousands marks."""
        places = self.decimals if decimals is None else decimals
        text = f"{abs(value):,.{places}f}".replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)
        return f"-{text}" if value < 0 else text

    def date(self, day: date) -> str:
        """Write a date in this document's form."""
        style = self.date_style
        if "%" in style:
            return day.strftime(style)
        wide, short = _months("en" if self.language == "en" else self.language)
        month, brief = wide[day.month - 1], short[day.month - 1].rstrip(".")
        suffix = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 if day.day not in (11, 12, 13) else 0, "th")
        for old, new in (
            ("Dth", f"{day.day}{suffix}"),
            ("DD", f"{day.day:02d}"),
            ("Mmmm", "\1"),
            ("Mmm", "\2"),
            ("MMM", "\3"),
            ("yy", f"{day.year % 100:02d}"),
            ("Y", str(day.year)),
            ("D", str(day.day)),
            ("M", str(day.month)),
        ):
            style = style.replace(old, new)
        return style.replace("\1", month).replace("\2", brief).replace("\3", brief.upper())

    def rate(self) -> float:
        """Return a usual tax rate of the language's countries, in per cent."""
        return self.rng.choice(_RATES[self.language])

    def percent(self, rate: float) -> str:
        """Write a rate, such as `19` or `19,00`, without the sign."""
        text = f"{rate:g}".replace(".", self.decimal)
        if self.rng.random() < 0.2:
            text = f"{rate:.2f}".replace(".", self.decimal)
        return text


def a_day(rng: random.Random) -> date:
    """Return a random day between 2004 and 2026."""
    return date(2004, 1, 1) + timedelta(days=rng.randint(0, 8400))


def digits(rng: random.Random, low: int, high: int) -> str:
    """Return between `low` and `high` random digits."""
    return "".join(rng.choices(string.digits, k=rng.randint(low, high)))


def code(rng: random.Random) -> str:
    """Invent an identifier in a form companies use."""
    roll = rng.random()
    if roll < 0.28:
        return digits(rng, 2, 10).lstrip("0") or "17"
    if roll < 0.85:
        text = rng.choice(_PREFIXES) + digits(rng, 2, 8)
        if rng.random() < 0.25:
            text += rng.choice("-/_.") + rng.choice((digits(rng, 1, 4), "A", "W", "2024", "23", "X1"))
        return text.strip("-/ ")
    if roll < 0.93:
        groups = [digits(rng, 2, 4) for _ in range(rng.randint(2, 3))]
        return rng.choice("-/ .").join(groups)
    return "".join(rng.choices(string.ascii_uppercase + string.digits, k=rng.randint(5, 10))) + digits(rng, 1, 2)


def company(style: Style) -> str:
    """Invent a company's name."""
    rng, language = style.rng, style.language
    if rng.random() < 0.25:
        return rng.choice(style.names.companies)
    roll = rng.random()
    surname = rng.choice(style.names.surnames)
    brand = invented_word(rng)
    trade = rng.choice(PHRASES["trades"][language])
    if roll < 0.3:
        name = f"{brand} {trade}"
    elif roll < 0.45:
        name = f"{trade} {surname}"
    elif roll < 0.6:
        name = f"{surname} {trade}"
    elif roll < 0.7:
        name = f"{surname} & {rng.choice(style.names.surnames)}"
    elif roll < 0.78:
        name = f"{brand} {invented_word(rng)}"
    elif roll < 0.84:
        name = f"{rng.choice(style.names.cities)} {trade}"
    elif roll < 0.9:
        name = f"{''.join(rng.choices(string.ascii_uppercase, k=rng.randint(2, 4)))} {trade}"
    elif roll < 0.95:
        name = brand
    else:
        name = rng.choice(style.names.people)
    if rng.random() < 0.72 and roll < 0.95:
        name += " " + rng.choice(PHRASES["legal"][language])
    if rng.random() < 0.03:
        name += f" ({rng.choice(style.names.cities)})"
    return name


@dataclass(frozen=True)
class Address:
    """An address: its printed lines, and its parts as texts within them."""

    lines: tuple[str, ...]
    street: str
    city: str
    postcode: str


def address(style: Style) -> Address:
    """Invent an address."""
    rng, names = style.rng, style.names
    if style.language == "en" and rng.random() < 0.3:
        return _asian_address(rng)
    street, city, postcode = rng.choice(names.streets), rng.choice(names.cities), rng.choice(names.postcodes)
    before = rng.choice(
        (
            "Suite 12",
            "2nd Floor",
            "Building C",
            "Unit 4",
            "Haus 3",
            "Hinterhaus",
            "Bât. B",
            "Postfach 1020",
            "c/o Meyer",
            "Industrial Estate",
            "Business Park",
            "ZI Nord",
            "Pol. Ind. Sur",
            "Gewerbepark 5",
        )
    )
    lines = [street]
    if rng.random() < 0.15:
        lines.insert(rng.choice((0, 1)), before)
    if style.language == "en":
        state = rng.choice(names.states)
        town = rng.choice((f"{city}, {state} {postcode}", f"{city} {postcode}", f"{city}, {postcode}", city))
        if rng.random() < 0.25:
            lines += [city, rng.choice((postcode, f"{state} {postcode}"))]
        else:
            lines.append(town)
    elif style.language == "pt" and rng.random() < 0.3:
        lines.append(f"{city} - {postcode}")
    else:
        lines.append(rng.choice((f"{postcode} {city}",) * 5 + (f"D-{postcode} {city}", f"{postcode} - {city}")))
        if style.language in ("it", "es") and rng.random() < 0.4:
            lines[-1] += f" ({city[:2].upper()})"
    if rng.random() < 0.28:
        lines.append(rng.choice(PHRASES["countries"][style.language]))
    if rng.random() < 0.12:
        lines = [f"{lines[0]}, {lines[1]}", *lines[2:]]
    if rng.random() < 0.06:
        lines = [f"{line}," for line in lines[:-1]] + lines[-1:]
    return Address(tuple(lines), street, city, postcode)


def _asian_address(rng: random.Random) -> Address:
    """Invent a long address of many parts, as is usual in Malaysia or Singapore."""
    names: tuple[str, ...] = PHRASES["asian_name"]
    number = rng.choice(("NO. ", "No. ", "NO ", "Lot ", "NO: ", "", "", "G", "#")) + digits(rng, 1, 3).lstrip("0")
    number += rng.choice(("", "", "A", ", G", " & " + digits(rng, 1, 2), "-G", "-1"))
    street = f"{number}{rng.choice((', ', ' ', ','))}{rng.choice(PHRASES['asian_street'])} {rng.choice(names)}"
    if rng.random() < 0.6:
        street += f" {rng.randint(1, 30)}{rng.choice(('', '/', 'A'))}"
        street += str(rng.randint(1, 9)) if street.endswith("/") else ""
    parts = [street]
    if rng.random() < 0.8:
        parts.append(f"{rng.choice(PHRASES['asian_area'])} {rng.choice(names)}")
    city = rng.choice(PHRASES["asian_city"])
    parts.append(city)
    if rng.random() < 0.5:
        parts.append(rng.choice(PHRASES["asian_state"]))
    comma = rng.random() < 0.85
    joined = (", " if rng.random() < 0.85 else ",").join(parts) if comma else " ".join(parts)
    lines, width = list[str](), rng.randint(22, 42)
    for word in joined.split():
        if lines and len(lines[-1]) + len(word) < width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if rng.random() < 0.15:
        lines[-1] += "."
    return Address(tuple(lines), street, city, city.split()[0])


def a_value(kind: str, style: Style) -> str:
    """Draw a value of one of the vocabulary's types, as printed."""
    rng, names, language = style.rng, style.names, style.language
    match kind:
        case "date":
            return style.date(a_day(rng))
        case "money":
            return style.number(rng.choice((rng.uniform(0, 20), rng.uniform(5, 300), rng.uniform(50, 9000))))
        case "small":
            return style.number(rng.randint(-4, 4) / 100)
        case "int":
            return str(rng.randint(1, rng.choice((9, 60, 999))))
        case "pct":
            return style.percent(style.rate()) + rng.choice(("%", "%", " %", ""))
        case "person":
            return rng.choice(names.people)
        case "cashier":
            person = rng.choice(names.people)
            return rng.choice((person.split()[0], str(rng.randint(1, 99)), "MANAGER", "ADMIN", person, "user 1"))
        case "company":
            return company(style)
        case "phone":
            return rng.choice(
                (
                    rng.choice(names.phones),
                    f"0{digits(rng, 1, 3)}-{digits(rng, 6, 8)}",
                    f"+{rng.randint(30, 60)} {digits(rng, 2, 4)} {digits(rng, 5, 8)}",
                )
            )
        case "email":
            box = rng.choice(("info", "sales", "office", "accounts", "kontakt", "contact", "billing"))
            return f"{box}@{rng.choice(names.domains)}"
        case "web":
            return rng.choice(("www.", "https://", "http://www.", "")) + rng.choice(names.domains)
        case "iban":
            iban = rng.choice(names.ibans if language != "en" or rng.random() < 0.5 else pool("de").ibans)
            return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4)) if rng.random() < 0.65 else iban
        case "bic":
            bank = "".join(rng.choices(string.ascii_uppercase, k=4))
            country = {"en": "GB", "de": "DE", "fr": "FR", "es": "ES", "it": "IT", "nl": "NL", "pt": "PT", "pl": "PL"}
            return (
                bank
                + country[language]
                + rng.choice(("2L", "FF", "PP", "MM", "21", "HH"))
                + rng.choice(("", "XXX", "100", "350"))
            )
        case "account":
            return rng.choice((digits(rng, 7, 12), f"{digits(rng, 3, 4)}-{digits(rng, 4, 6)}-{digits(rng, 1, 3)}"))
        case "sort":
            return rng.choice(
                (
                    f"{digits(rng, 2, 2)}-{digits(rng, 2, 2)}-{digits(rng, 2, 2)}",
                    digits(rng, 6, 9),
                    f"{digits(rng, 3, 3)} {digits(rng, 3, 3)} {digits(rng, 2, 2)}",
                )
            )
        case "bank":
            city = rng.choice(names.cities)
            return rng.choice(
                (
                    f"{city} Bank",
                    f"Sparkasse {city}",
                    f"Volksbank {city}",
                    "Commerzbank",
                    "ING",
                    "BNP Paribas",
                    "Barclays",
                    "HSBC",
                    "Maybank Berhad",
                    f"Banco {city}",
                    "Deutsche Bank AG",
                    "Crédit Agricole",
                    "Rabobank",
                    "Santander",
                    "PKO BP",
                )
            )
        case "vat":
            return _vat(rng, language)
        case "register":
            return rng.choice(
                (
                    f"HRB {digits(rng, 4, 6)}",
                    digits(rng, 7, 9),
                    f"{digits(rng, 6, 7)}-{rng.choice('XUMDAV')}",
                    f"({digits(rng, 6, 7)}-{rng.choice('XUMDAV')})",
                    f"{digits(rng, 3, 3)} {digits(rng, 3, 3)} {digits(rng, 3, 3)} {digits(rng, 5, 5)}",
                    digits(rng, 14, 14),
                    f"RM-{digits(rng, 6, 6)}",
                    f"JM{digits(rng, 7, 7)}-{rng.choice('VHK')}",
                )
            )
        case "taxno":
            return rng.choice(
                (
                    f"{digits(rng, 2, 3)}/{digits(rng, 3, 4)}/{digits(rng, 4, 5)}",
                    digits(rng, 10, 11),
                    f"{digits(rng, 3, 3)} {digits(rng, 3, 3)} {digits(rng, 3, 4)}",
                )
            )
        case "terms":
            return str(rng.choice(PHRASES["terms"][language])).replace(
                "{n}", str(rng.choice((7, 8, 10, 14, 15, 30, 45, 60)))
            )
        case "method":
            return str(rng.choice(PHRASES["methods"][language]))
        case "time":
            clock = f"{rng.randint(6, 23):02d}:{rng.randint(0, 59):02d}"
            return clock + rng.choice(
                ("", "", f":{rng.randint(0, 59):02d}", " PM", f":{rng.randint(0, 59):02d} PM", "PM")
            )
        case "period":
            day = a_day(rng)
            return f"{style.date(day)}{rng.choice((' - ', ' – ', ' to ', '-'))}{style.date(day + timedelta(days=30))}"
        case "phrase":
            goods = PHRASES["goods"][language]
            return rng.choice(
                (
                    rng.choice(goods),
                    f"{rng.choice(goods)} {rng.choice(PHRASES['qualities'])}",
                    f"{invented_word(rng)} {rng.choice(goods)}",
                    invented_word(rng),
                )
            )
        case "status":
            return rng.choice(
                (
                    "Active",
                    "Open",
                    "Paid",
                    "Approved",
                    "Pending",
                    "Closed",
                    "Yes",
                    "No",
                    "OK",
                    "N/A",
                    "Ja",
                    "Nein",
                    "Oui",
                    "Non",
                )
            )
        case "weight":
            return style.number(rng.uniform(0.1, 900), rng.choice((0, 1, 2))) + rng.choice((" kg", "kg", " lbs", " t"))
        case "city":
            return rng.choice(names.cities)
        case "address":
            return ", ".join(address(style).lines[:2])
        case "year":
            return str(rng.randint(1995, 2027))
        case "currency":
            return (
                rng.choice(("EUR", "USD", "GBP", "CHF", "MYR", "PLN", "INR"))
                if style.currency in "€$£"
                else style.currency
            )
        case "unit":
            return str(rng.choice(PHRASES["units"]))
        case "quantity":
            return a_quantity(style)[0]
        case "goods":
            return goods_name(style)
        case "booking":
            return f"{rng.choice(PHRASES['bookings'])} {rng.choice((company(style), code(rng), ''))}".strip()
        case _:
            return code(rng)


def _vat(rng: random.Random, language: str) -> str:
    bare = {
        "en": ("GB", 9),
        "de": ("DE", 9),
        "fr": ("FR", 11),
        "es": ("ESB", 8),
        "it": ("IT", 11),
        "nl": ("NL", 9),
        "pt": ("PT", 9),
        "pl": ("PL", 10),
    }
    prefix, length = bare[language]
    number = digits(rng, length, length)
    if language == "nl":
        number += f"B{digits(rng, 2, 2)}"
    if language == "en" and rng.random() < 0.55:
        return rng.choice(
            (
                f"00{digits(rng, 10, 10)}",
                digits(rng, 9, 11),
                f"{digits(rng, 2, 2)}-{digits(rng, 7, 7)}",
                f"{digits(rng, 2, 2)} {digits(rng, 3, 3)} {digits(rng, 3, 3)} {digits(rng, 3, 3)}",
                f"29{''.join(rng.choices(string.ascii_uppercase, k=5))}{digits(rng, 4, 4)}F1Z5",
            )
        )
    if rng.random() < 0.3 and language in ("it", "pt", "pl", "es"):
        prefix = "B" if language == "es" else ""
    if rng.random() < 0.15:
        number = f"{number[:3]} {number[3:6]} {number[6:]}"
    return f"{prefix}{rng.choice(('', '', '', ' '))}{number}"


def a_quantity(style: Style) -> tuple[str, float]:
    """Draw a quantity; return it as printed, and as a number."""
    rng = style.rng
    if rng.random() < 0.2:
        value = rng.choice((0.5, 1.5, 2.25, 7.5, 0.75, round(rng.uniform(0.1, 40), 2)))
        return style.number(value, rng.choice((2, 2, 3, 1)) if value * 10 % 1 == 0 else 2), value
    whole = rng.choice((1, 1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12, 20, 25, 50, 100, rng.randint(1, 400)))
    roll = rng.random()
    return (str(whole) if roll < 0.75 else style.number(whole, rng.choice((2, 2, 3, 1)))), float(whole)


def goods_name(style: Style) -> str:
    """Invent the description of a line item; a fifth are long enough to wrap."""
    rng, goods = style.rng, PHRASES["goods"][style.language]
    thing, roll = str(rng.choice(goods)), rng.random()
    if roll < 0.3:
        return thing
    if roll < 0.55:
        return f"{thing} {rng.choice(PHRASES['qualities'])}"
    if roll < 0.65:
        return f"{invented_word(rng)} {thing}"
    if roll < 0.72:
        return f"{thing}, {rng.choice(PHRASES['qualities'])}, {rng.choice(PHRASES['qualities'])}"
    if roll < 0.8:
        return f"{thing} {style.date(a_day(rng))}" if rng.random() < 0.3 else f"{thing} - {rng.choice(goods)}"
    if roll < 0.86:
        return f"{code(rng)} {thing}"
    others = " ".join(rng.choice(goods).lower() for _ in range(rng.randint(2, 9)))
    return f"{thing} {rng.choice(PHRASES['qualities'])} {others}"
