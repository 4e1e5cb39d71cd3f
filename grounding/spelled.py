"""Amounts in words: `mille deux cents`, `One thousand and 50/100`, `壹佰元整`.

Chinese amounts are read from the page; `unicodedata` knows each numeral's value. For other languages num2words writes
the amount, which must be printed whole, with no number word before or after it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from num2words import num2words

from grounding.search import confused
from grounding.symbol_text import Range, SymbolText
from schemas.normalise.characters import bare, squash

LANGUAGES = ("en", "de", "fr")
"""Languages in which amounts in words are looked for."""
MAX_VALUE = 10**9
"""Larger amounts are not written out."""
MIN_WORD_CHARACTERS = 4
"""Minimum length of a number word that shows its language."""
MAX_CHARACTERS_BEFORE_CENTS = 30
"""Space for the currency and an `and` between the amount and its cents."""
_YUAN, _JIAO, _FEN = "元圆圓", "角", "分"
_NUMERALS = "零〇壹贰貳叁參叄肆伍陆陸柒捌玖拾佰仟万萬亿億一二三四五六七八九十百千两"
_CHINESE = re.compile(
    rf"(?<![{_NUMERALS}])[{_NUMERALS}]{{1,24}}[{_YUAN}](?:[{_NUMERALS}][{_JIAO}])?零?(?:[{_NUMERALS}][{_FEN}])?[整正]?"
)


def chinese_amounts(text: str) -> Iterator[tuple[int, int, Decimal]]:
    """Yield start, end and value of each amount in Chinese numerals.

    >>> list(chinese_amounts("合计 壹仟贰佰叁拾元伍角整"))
    [(3, 13, Decimal('1230.5'))]
    """
    for match in _CHINESE.finditer(text):
        whole, _, rest = re.sub(f"[{_YUAN}]", "元", match[0]).partition("元")
        jiao = re.search(f"([{_NUMERALS}]){_JIAO}", rest)
        fen = re.search(f"([{_NUMERALS}]){_FEN}", rest)
        value = Decimal(_chinese_number(whole))
        value += Decimal(_chinese_number(jiao[1])) / 10 if jiao else 0
        value += Decimal(_chinese_number(fen[1])) / 100 if fen else 0
        yield match.start(), match.end(), value


def _chinese_number(numerals: str) -> int:
    """Return the value of Chinese numerals.

    Tens to thousands multiply the digit before them, 万 and 亿 everything before them.
    """
    total = section = digit = 0
    for numeral in numerals:
        amount = int(unicodedata.numeric(numeral))
        if amount >= 10_000:
            total = (total + section + digit) * amount if amount > 10_000 else total + (section + digit) * amount
            section = digit = 0
        elif amount >= 10:
            section += (digit or 1) * amount
            digit = 0
        else:
            digit = amount
    return total + section + digit


def languages_of(text: SymbolText) -> tuple[str, ...]:
    """Return the languages whose number words occur in the text."""
    return tuple(
        language
        for language in LANGUAGES
        if any(len(word) >= MIN_WORD_CHARACTERS and word in text.bare for word in _number_words(language))
    )


def spelled_amounts(value: Decimal, text: SymbolText, languages: tuple[str, ...]) -> Iterator[Range]:
    """Yield places in `text.squashed` where the amount is written out, cents included."""
    whole, cents = divmod(int(value * 100), 100)
    if value * 100 != whole * 100 + cents or not 0 < whole < MAX_VALUE:
        return
    for language in languages:
        words = _number_words(language)
        for form in _forms(whole, language):
            for start, end in confused(form, text):
                before, after = bare(text.squashed[max(0, start - 20) : start])[0], text.squashed[end : end + 40]
                if before.endswith(words) or bare(after)[0].removeprefix(_AND[language]).startswith(words):
                    continue
                if (reach := _cents(cents, after, language)) is not None:
                    yield start, end + reach


_AND = {"en": "an0", "de": "un0", "fr": "et"}
"""Bare form of the word between an amount and its cents, by language."""


def _cents(cents: int, after: str, language: str) -> int | None:
    """Return where the cents end after the amount: 0 without cents, None if they differ."""
    hundredths = re.search(r"(\d\d|xx|no)/100", after[:MAX_CHARACTERS_BEFORE_CENTS])
    if hundredths:
        same = int(hundredths[1]) == cents if hundredths[1].isdecimal() else not cents
        return hundredths.end() if same else None
    if not cents:
        return 0
    spelled = squash(num2words(cents, lang=language))
    start = after.find(spelled)
    return start + len(spelled) if start >= 0 else None


def _forms(whole: int, language: str) -> list[str]:
    """Return the bare amount with and without its `and` and its leading `ein`."""
    words = num2words(whole, lang=language)
    written = [words, words.replace(" and ", " "), words.removeprefix("ein")]
    return list(dict.fromkeys(bare(squash(form))[0] for form in written))


@cache
def _number_words(language: str) -> tuple[str, ...]:
    """Return the bare words that amounts are made of."""
    numbers = [*range(1, 21), *range(30, 101, 10), 1000, 10**6]
    words = (word for number in numbers for word in re.findall(r"\w+", num2words(number, lang=language)))
    return tuple(dict.fromkeys(bare(squash(word))[0] for word in words if len(word) > 2))
