from __future__ import annotations

import datetime
import json

import pytest
from babel import Locale, localedata
from babel.dates import format_date

from schemas.normalise import dates, month_names
from training.month_names import PATH, build

PLACEHOLDER = "M0"
"""What the CLDR gives for a month of a locale without names: `M03`."""
NOT_READ = {
    "dz": "Dzongkha numbers its months in words",
    "ku": "Kurdish joins an ending to the day and declines the names",
    "uz": "Uzbek in Arabic script writes a word between day and month",
}
"""Languages whose own long dates are not read, and why."""


WRITTEN = (
    "af am an ar as az be bg bn br bs ca cs cy da de dz el en eo es et eu fa fi fo fr ga gl gu he hi hr hu hy id is it ja"
    " jv ka kk km kn ko ku ky la lb lo lt lv mg mk ml mn mr ms mt my nb ne nl nn oc or pa pl ps pt qu ro ru rw sd se si"
    " sk sl sq sr sv sw ta te th tr ug uk ur uz vi wa xh zh zu"
)
"""Languages in which business documents are written, ISO 639-1."""


def test_the_file_is_what_babel_has() -> None:
    assert json.loads(PATH.read_text(encoding="utf-8")) == build()


def test_the_dates_of_every_language_are_read() -> None:
    day = datetime.date(2025, 9, 24)
    unread: dict[str, str] = {}
    for identifier in localedata.locale_identifiers():
        locale = Locale.parse(identifier)
        if locale.territory or locale.language not in WRITTEN.split():
            continue
        for form in ("long", "medium"):
            text = format_date(day, form, locale)
            if PLACEHOLDER not in text and not any(day in span.readings for span in dates.find(text)):
                unread[locale.language] = text
    assert unread.keys() <= NOT_READ.keys(), unread


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(" de mayo de ", [5], id="spanish-with-prepositions"),
        pytest.param("-MAR-", [3], id="between-dashes"),
        pytest.param("juni", [6], id="four-letters"),
        pytest.param("martxoaren", [3], id="basque-ending"),
        pytest.param("lipanj", [6], id="croatian"),
        pytest.param("lip", [7, 6], id="polish-or-croatian"),
        pytest.param("me", [], id="two-latin-letters-are-another-word"),
        pytest.param("pieces of", [], id="other-words"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_readings(text: str, expected: list[int]) -> None:
    assert [reading.number for reading in month_names.readings(text)] == expected
