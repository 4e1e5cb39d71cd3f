"""Split an address into the parts that Mindee's version 4 has: street, city and so on.

Postal codes are recognised by their forms: https://en.wikipedia.org/wiki/List_of_postal_codes. A part that is not sure
is None.
"""

from __future__ import annotations

import re

from schemas.normalise import countries

PARTS = (
    "address_complement",
    "city",
    "country",
    "po_box",
    "postal_code",
    "state",
    "street_name",
    "street_number",
)
_MAX_CHARACTERS = 300  # a longer text is not an address, and the patterns would take long
_NAMES_OF_STATES_AND_COUNTRIES = ("georgia",)

_PO_BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|postfach|postbus|bo[iî]te postale|b\.?p\.?(?=\s?\d)|c\.?p\.?(?=\s?\d)"
    r"|apartado(?: de correos)?|casella postale|caixa postal|skr\.? poczt\.?)[\s.:]*"
    r"(?P<number>\d{1,7}(?: \d{2,3}(?!\d))*)",
    re.IGNORECASE,
)
_BRITISH = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_CANADIAN = r"[A-Z]\d[A-Z] ?\d[A-Z]\d"
_AMERICAN = r"\d{5}-\d{4}"
_DIGITS = r"\d{4} ?[A-Z]{2}|\d{5}-\d{3}|\d{4}-\d{3}|\d{2}-\d{3}|\d{3} \d{2,3}|\d{4,6}"
_BEFORE_THE_CITY = re.compile(
    rf"(?:^|(?<=[\s,]))(?:[A-Z]{{1,3}}-)?(?P<code>{_BRITISH}|{_DIGITS})(?:\s*,\s*|\s+)(?P<city>[^\d,]+?)(?:,(?P<state>[^\d]*))?$"
)
_CITY_FIRST = re.compile(rf"[A-Z]{{1,3}}-(?P<code>{_DIGITS})\s+(?P<city>[^\d,]+),(?=.*\d)(?P<rest>.+)")
_AFTER_THE_CITY = re.compile(
    rf"(?<=[\s,-])(?P<code>{_AMERICAN}|{_BRITISH}|{_CANADIAN}|\d{{5}}-\d{{3}}|\d{{3}} ?\d{{3}}|\d{{4,6}})$"
)
_STATE = re.compile(r"(?P<city>.+?)[\s(-]+(?P<state>[A-Z]{2,3})\)?")

_NUMBER = r"\d+(?:\s?[A-Za-z](?![A-Za-z]))?(?:\s?[-–/&]\s?\d+[A-Za-z]?)*"
_NUMBER_ALONE = re.compile(
    rf"(?P<named>(?:no|nr|n[°º]|num(?:ber)?|lot)\b[.:]?\s*)?(?P<number>{_NUMBER})(?:\s+-\s+(?P<more>.+))?",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:suite|ste|flat|unit|apt|apartment|level|lvl|floor|flr|fl|building|bldg|block|tower|room|rm|lot|shop|stall|office|box"
    r"|etage|étage|stock|piso|planta|andar|piano|int|no|nr)",
    re.IGNORECASE,
)
"""Words next to a number that say that it is not the number of a house."""
_NUMBER_FIRST = re.compile(
    rf"(?:(?:no|nr|n[°º])\b[.:]?\s*)?(?P<number>{_NUMBER})(?:\s?(?:bis|ter))?[.\s]+(?P<name>\D.+)", re.IGNORECASE
)
_NUMBER_LAST = re.compile(rf"(?P<name>\D.*?(?:\.|\s))\s*(?!\d{{5}})(?P<number>{_NUMBER})", re.IGNORECASE)


def parts_of(address: str) -> dict[str, str | None]:
    """Return the parts of an address by the names in `PARTS`; None for a part that is missing.

    >>> parts_of("Marktstr. 153, 38226 Salzgitter")["street_number"]
    '153'
    """
    found: dict[str, str | None] = dict.fromkeys(PARTS)
    if len(address) > _MAX_CHARACTERS:
        return found
    text = _tidy(re.sub(r"\s*\n\s*", ", ", address))
    if box := _PO_BOX.search(text):
        found["po_box"] = box["number"].strip()
        text = _tidy(text[: box.start()] + text[box.end() :])
    text, found["country"] = _without_country(text)
    text = _take_city(text, found)
    rest = [part for part in map(_tidy, text.split(",")) if part]
    rest = _take_street(rest, found)
    found["address_complement"] = ", ".join(rest) or None
    return found


def _take_city(text: str, found: dict[str, str | None]) -> str:
    """Move postal code, city and state from the text into `found`; return the text before them."""
    match = _BEFORE_THE_CITY.search(text)
    if match:
        before = _tidy(text[: match.start()])
        if (not before and match["state"]) or _UNIT.fullmatch(before.rpartition(" ")[2]):
            match = None  # 1600 Some Street, Some City; Building 10000, Some City
    if match:
        left, state = text[: match.start()], _tidy(match["state"] or "") or None
        city, short = _without_state(match["city"]) if not match["city"].isupper() else (match["city"], None)
        state = state or short
    elif match := _AFTER_THE_CITY.search(text):
        left = _tidy(text[: match.start()])
        city = re.split(r"[\d,]", left)[-1]
        left, city = _tidy(left.removesuffix(city)), _tidy(city)
        last = left.rpartition(",")[2]
        is_city = bool(last) and not re.search(r"\d", last)
        is_american = len(match["code"]) in (5, 10)
        if (
            is_city
            and countries.is_name(city)
            and not (is_american and city.casefold() in _NAMES_OF_STATES_AND_COUNTRIES)
        ):
            left, city, found["country"] = left.removesuffix(last), last, city
            is_city = False
        city, state = _without_state(city)
        if is_city and is_american and not state:
            left, city, state = left.removesuffix(last), last, city
    elif match := _CITY_FIRST.fullmatch(text):
        left, city, state = match["rest"], match["city"], None
    else:
        return text
    found |= {"postal_code": match["code"], "city": _tidy(city) or None, "state": state}
    return _tidy(left)


def _without_state(city: str) -> tuple[str, str | None]:
    """Separate a city from the letters of a state or province after it."""
    split = _STATE.fullmatch(city.strip())
    return (split["city"], split["state"]) if split else (city, None)


def _take_street(parts: list[str], found: dict[str, str | None]) -> list[str]:
    """Move name and number of the street from the parts into `found`; return the other parts."""
    for i, part in enumerate(parts):
        if len(parts) > 1 and (match := _NUMBER_ALONE.fullmatch(part)):
            street = i + 1 if i + 1 < len(parts) and (i == 0 or match["named"]) else i - 1
            found |= {"street_number": match["number"], "street_name": parts[street]}
            more = [match["more"]] if match["more"] else []
            return [*parts[: min(i, street)], *more, *parts[max(i, street) + 1 :]]
        match = _NUMBER_FIRST.fullmatch(part) or _NUMBER_LAST.fullmatch(part)
        if match and not _UNIT.fullmatch(_tidy(match["name"])):
            found |= {"street_number": match["number"], "street_name": match["name"].strip()}
            return parts[:i] + parts[i + 1 :]
    unnumbered = next((part for part in parts if not re.search(r"\d", part)), None)
    if unnumbered and found["city"]:
        found["street_name"] = unnumbered
        parts.remove(unnumbered)
    return parts


def _without_country(text: str) -> tuple[str, str | None]:
    """Separate a country from the end; a city of that name, after a postal code, stays."""
    words = text.split(" ")
    for start in range(max(0, len(words) - 5), len(words)):
        name = " ".join(words[start:])
        if countries.is_name(_tidy(name)):
            before = " ".join(words[:start])
            return (text, None) if not before or before[-1].isdigit() else (_tidy(before), _tidy(name))
    return text, None


def _tidy(text: str) -> str:
    """Collapse white space, and strip it and separators from both ends."""
    return re.sub(r"\s+", " ", text).strip(" ,;.-–")
