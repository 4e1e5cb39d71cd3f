"""Fields that hold one value: every candidate scored against the field's role or words, the best one chosen."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from extractors.candidates import CURRENCIES, Candidate
from extractors.grid import GridCell
from extractors.labels import is_label
from extractors.lexicon import meaning
from extractors.reading import Reading
from extractors.roles import HEADER_ROLES, Kind, Role, label_fit, own_words_fit, role_of
from schemas.fields import Field, FieldType
from schemas.normalise import booleans
from schemas.normalise.characters import fold_text

NEAR = 0.95
"""Trust of a label right before a value: if it says something else, the value is something else."""
MIN_SCORE = 0.42
"""Below this a field is called absent; set where wrong values began to outnumber right ones."""
SURE_LABEL = 0.8
"""A label that repeats a field's name this well is believed where the field's role found nothing."""
TOTALS = ("total_gross", "total_net", "total_tax")
SUM_BONUS = 0.4
"""For three totals that add up: agreement of three amounts is seldom chance."""
GROSS_BONUS = 0.25
"""For having a gross total at all: of the three it is the one that is printed even when the others are not."""
LAST_TOTAL = 0.08
"""How much more a total at the end of the document is worth than one at its beginning."""
SUM_PENALTY = 0.5
"""For three totals that contradict each other."""
_UNLABELLED = {Kind.EMAIL: 0.6, Kind.WEBSITE: 0.55, Kind.IBAN: 0.8, Kind.BIC: 0.6, Kind.TIME: 0.45, Kind.PHONE: 0.45}
_ROLES = {role.name: role for role in HEADER_ROLES}
_CENT = Decimal("0.02")
_EXTRAS = frozenset({"ship", "discount", "deposit", "tip", "rounding"})
MAX_ROUNDING = Decimal("0.05")


class Choice(NamedTuple):
    """A value for a field: verbatim text, the words it stands in, and a score from 0 to 1."""

    text: str
    word_ids: tuple[int, ...]
    score: float


def choose(reading: Reading, fields: Sequence[Field]) -> dict[str, Choice]:
    """The chosen value of each field, by name; absent fields are left out. Arrays are ignored."""
    roles = {f.name: role_of(f, HEADER_ROLES) for f in fields if f.type is not FieldType.ARRAY}
    totals = _totals(reading) if any(r and r.name in TOTALS for r in roles.values()) else {}
    chosen: dict[str, Choice] = {}
    for field in fields:
        if field.type is FieldType.ARRAY:
            continue
        role = roles[field.name]
        choice = _by_role(reading, role, totals) if role else None
        if role is None:
            choice = _by_own_words(reading, field)
        elif role.kind not in (Kind.PARTY, Kind.ADDRESS):
            choice = _unless_own_words_differ(reading, field, choice)
        if choice and choice.score >= MIN_SCORE:
            chosen[field.name] = choice
    return chosen


def _by_role(reading: Reading, role: Role, totals: dict[str, Choice]) -> Choice | None:
    """What the page has for a common meaning."""
    if role.name in TOTALS:
        return totals.get(role.name)
    if role.kind in (Kind.PARTY, Kind.ADDRESS):
        return _party(reading, role)
    if role.kind is Kind.CURRENCY:
        return currency(reading)
    best = max(scored(reading, role), key=lambda s: s[0], default=None)
    return _choice(best[1], best[0]) if best else None


def _unless_own_words_differ(reading: Reading, field: Field, choice: Choice | None) -> Choice | None:
    """A role's choice, if the field's name says no more than the role.

    `passport_number` is not just any number: where a name has words of its own, a label on the page must repeat them.
    """
    if meaning(field.name).others:
        own = _by_own_words(reading, field)
        if own is None or own.score < MIN_SCORE:
            return None
        return choice if choice and set(choice.word_ids) & set(own.word_ids) else own
    if choice is None or choice.score < MIN_SCORE:
        own = _by_own_words(reading, field)
        return own if own and own.score >= SURE_LABEL else choice
    return choice


def scored(reading: Reading, role: Role) -> Iterator[tuple[float, Candidate]]:
    """Each candidate of the role's kind with its score."""
    for candidate in _of_kind(reading, role.kind):
        labels = reading.labels.of(candidate)
        fits = [label_fit(role, label.meaning) * label.trust for label in labels]
        if role.kind is Kind.REGISTRATION:
            fits += [_tax_number_fit(candidate) * label.trust for label in labels if "tax" in label.meaning.concepts]
        score = max(fits, default=0.0)
        if score <= 0:
            blocked = any(f < 0 for f in fits) or any(lb.trust >= NEAR and lb.meaning.others for lb in labels)
            if role.kind is Kind.PHONE:
                blocked = any(label.meaning.concepts for label in labels)
            score = 0.0 if blocked else max(role.unlabelled, _UNLABELLED.get(role.kind, 0.0))
            if role.kind is Kind.REGISTRATION and candidate.checked:
                score = 0.6
        if score > 0:
            yield min(0.99, score + _shape(reading, role, candidate)), candidate


def _tax_number_fit(candidate: Candidate) -> float:
    """A number labelled with nothing but the name of the tax (`VAT: GB 123 4567 89`)."""
    compact = re.sub(r"[\W_]", "", candidate.text)
    if re.fullmatch(r"[A-Z]{2,3}[A-Z0-9]{7,12}", compact):
        return 0.85
    return 0.65 if re.fullmatch(r"\d{8,12}", compact) else 0.0


def _of_kind(reading: Reading, kind: Kind) -> list[Candidate]:
    candidates = reading.candidates.by_kind
    if kind is Kind.CODE:
        return _codes(reading)
    if kind is Kind.REGISTRATION:
        return [*candidates[kind], *_codes(reading)]
    return candidates[kind]


def _codes(reading: Reading) -> list[Candidate]:
    """Identifiers: no amounts, dates, phone numbers or bank accounts; also several words after a label."""
    kinds = (Kind.IBAN, Kind.EMAIL, Kind.WEBSITE, Kind.TIME, Kind.PERCENT)
    taken = {(id(c.cell), i) for k in kinds for c in reading.candidates.by_kind[k] for i in range(c.start, c.end)}
    taken |= {
        (id(c.cell), i) for c in reading.candidates.by_kind[Kind.AMOUNT] if c.decimals for i in range(c.start, c.end)
    }
    found: list[Candidate] = []
    for code in reading.candidates.by_kind[Kind.CODE]:
        if any((id(code.cell), i) in taken for i in (code.start, code.end - 1)):
            continue
        found.append(code)
        rest = code.cell.text[: code.start].rpartition(":")[2]
        words = rest.split()
        if 0 < len(words) <= 2 and all(re.fullmatch(r"[A-Z]{1,4}", w) for w in words):  # 'No: RE 2024/001'
            start = code.start - len(rest.lstrip())
            found.append(replace(code, start=start, text=code.cell.text[start : code.end]))
        spaced = re.match(r"\d+(?: \d{2,}){1,6}$", code.cell.text[code.start :])
        if spaced:  # '7777 5555'
            found[-1] = replace(code, end=code.start + spaced.end(), text=spaced[0])
    return found


def codes_labelled(reading: Reading, role: Role) -> Iterator[tuple[float, Candidate]]:
    """Codes of any form that a label announces as the role's."""
    for candidate in _codes(reading):
        fit = max((label_fit(role, label.meaning) * label.trust for label in reading.labels.of(candidate)), default=0.0)
        if fit > 0:
            yield fit, candidate


def _shape(reading: Reading, role: Role, candidate: Candidate) -> float:
    """What the value's own form says for or against it."""
    if candidate.checked:
        return 0.1
    if role.kind is Kind.AMOUNT:
        bonus = 0.05 if candidate.decimals == 2 or candidate.has_currency else 0.0
        if role.name == "total_gross":
            bonus += LAST_TOTAL * candidate.cell.row / len(reading.grid.rows)
        plain = candidate.decimals == 0 and not candidate.has_currency
        return bonus - (0.3 if plain and reading.candidates.decimal_mark else 0.0)
    if role.kind in (Kind.CODE, Kind.REGISTRATION):
        digits = sum(c.isdigit() for c in candidate.text)
        short = len(candidate.text) < 3
        height = reading.grid.page_heights[candidate.cell.page]
        lower = candidate.cell.page > 0 or candidate.cell.top > 0.6 * height
        return (
            (0.05 if digits >= 4 else 0.0)
            - (0.25 if short else 0.0)
            - (0.1 if lower and role.kind is Kind.CODE else 0.0)
        )
    if role.kind is Kind.DATE:
        height = reading.grid.page_heights[candidate.cell.page]
        return 0.05 * max(0.0, 1 - candidate.cell.top / height) - (0.2 if candidate.cell.page else 0.0)
    return 0.0


def _choice(candidate: Candidate, score: float) -> Choice:
    return Choice(candidate.text, candidate.word_ids, score)


def _totals(reading: Reading) -> dict[str, Choice]:
    """Net, tax and gross chosen together: labels propose, arithmetic decides between them."""
    options: dict[str, list[tuple[float, Candidate] | None]] = {}
    for name in TOTALS:
        best: dict[Decimal, tuple[float, Candidate]] = {}
        for score, candidate in scored(reading, _ROLES[name]):
            value = candidate.value
            if isinstance(value, Decimal) and (value not in best or score >= best[value][0]):
                best[value] = (score, candidate)
        ranked = sorted(best.values(), key=lambda s: (-s[0], -_magnitude(s[1])))
        options[name] = [None, *ranked[:8]]
    _complete(reading, options)

    between = _between_totals(reading)

    def worth(combination: tuple[tuple[float, Candidate] | None, ...]) -> float:
        scores = sum(item[0] - MIN_SCORE + 0.01 for item in combination if item)
        scores += GROSS_BONUS if combination[0] else 0.0
        gross, net, tax = map(_amount, combination)
        return scores + _plausibility(gross, net, tax, between)

    best_combination = max(itertools.product(*(options[name] for name in TOTALS)), key=worth)
    best_combination = (_rounded(reading, best_combination[0]), *best_combination[1:])
    adds_up = all(best_combination) and worth(best_combination) > 0
    return {
        name: _choice(item[1], max(item[0], 0.6 if adds_up else 0.0))
        for name, item in zip(TOTALS, best_combination, strict=True)
        if item
    }


def _rounded(reading: Reading, gross: tuple[float, Candidate] | None) -> tuple[float, Candidate] | None:
    """The total after the rounding that some countries print in cash receipts, where it is printed too."""
    value = _amount(gross)
    if gross is None or value is None:
        return gross
    printed = [
        (c, c.value) for c in reading.candidates.by_kind[Kind.AMOUNT] if c.decimals and isinstance(c.value, Decimal)
    ]
    for step, size in printed:
        if not 0 < abs(size) <= MAX_ROUNDING or step.cell.row <= gross[1].cell.row:
            continue
        if all("rounding" not in label.meaning.concepts for label in reading.labels.of(step)):
            continue
        for total, amount in printed:
            if total.cell.row > step.cell.row and abs(amount - value) == abs(size):
                return gross[0], total
    return gross


def _amount(item: tuple[float, Candidate] | None) -> Decimal | None:
    return item[1].value if item and isinstance(item[1].value, Decimal) else None


def _between_totals(reading: Reading) -> frozenset[Decimal]:
    """Amounts that may stand between net and gross beside the tax: shipping, discounts, deposits, tips."""
    labelled = {
        abs(c.value)
        for c in reading.candidates.by_kind[Kind.AMOUNT]
        if isinstance(c.value, Decimal) and c.decimals
        if any(label.meaning.concepts & _EXTRAS for label in reading.labels.of(c))
    }
    return frozenset(labelled)


def _plausibility(
    gross: Decimal | None, net: Decimal | None, tax: Decimal | None, between: frozenset[Decimal]
) -> float:
    """What arithmetic says about three totals."""
    if gross is None:
        return 0.0
    if net is not None and tax is not None:
        if abs(net + tax - gross) in between:
            return 0.0
        return SUM_BONUS if abs(net + tax - gross) <= _CENT else -SUM_PENALTY
    if (net is not None and abs(net) > abs(gross)) or (tax is not None and abs(tax) >= abs(gross)):
        return -SUM_PENALTY
    return 0.0


def _complete(reading: Reading, options: dict[str, list[tuple[float, Candidate] | None]]) -> None:
    """Add unlabelled amounts that make two labelled totals add up."""
    printed = {c.value: c for c in reading.candidates.by_kind[Kind.AMOUNT] if c.decimals}
    for missing, (first, second) in {
        "total_net": ("total_gross", "total_tax"),
        "total_tax": ("total_gross", "total_net"),
        "total_gross": ("total_net", "total_tax"),
    }.items():
        known = {item[1].value for item in options[missing] if item}
        for a, b in itertools.product(options[first][:5], options[second][:5]):
            if not (a and b and isinstance(a[1].value, Decimal) and isinstance(b[1].value, Decimal)):
                continue
            value = a[1].value + b[1].value if missing == "total_gross" else a[1].value - b[1].value
            if value in printed and value not in known and value:
                known.add(value)
                options[missing].append((0.2, printed[value]))


def _magnitude(candidate: Candidate) -> float:
    return abs(float(candidate.value)) if isinstance(candidate.value, Decimal) else 0.0


def currency(reading: Reading) -> Choice | None:
    """The currency that is printed most, as its ISO code where the page has it."""
    found = reading.candidates.by_kind[Kind.CURRENCY]
    codes = Counter(code for c in found if (code := CURRENCIES.get(c.text.lower().rstrip("."))))
    if not codes:
        return None
    code = codes.most_common(1)[0][0]
    same = [c for c in found if CURRENCIES.get(c.text.lower().rstrip(".")) == code]
    best = max(same, key=lambda c: (c.text.upper() == code, -c.cell.row))
    return _choice(best, 0.9)


def _party(reading: Reading, role: Role) -> Choice | None:
    parties = reading.parties
    if role.name == "shipping_address":
        shipping = next((n for n in parties.names if "ship" in n.heading), None)
        chosen = (0.8, shipping) if shipping else None
    else:
        chosen = parties.supplier if role.name.startswith("supplier") else parties.customer
    if chosen is None:
        return None
    score, name = chosen
    if role.kind is Kind.PARTY:
        return Choice(name.text.strip(" ,;:-–•|"), name.word_ids, min(0.95, 0.3 + score / 1.5))
    lines = parties.address_after(name)
    if not lines:
        return None
    score = min(0.9, 0.3 + score / 1.5)
    if lines == [name.cell]:  # on one line with the name
        rest = name.cell.text[name.end :]
        words = tuple(w.id for w in name.cell.words_between(name.end, len(name.cell.text)))
        return Choice(", ".join(p.strip() for p in re.split(r"[•·∙|–—,]|\s-\s", rest) if p.strip()), words, score)
    words = tuple(word.id for cell in lines for word in cell.line.words)
    return Choice(", ".join(cell.text.strip(" ,") for cell in lines), words, score)


def _by_own_words(reading: Reading, field: Field) -> Choice | None:
    """Fields of no known role: a label that repeats the field's words, and the value that stands at it."""
    if field.type is FieldType.ENUM:
        return _enum(reading, field)
    if field.type is FieldType.BOOLEAN:
        return _best(c for c in labelled_texts(reading, field) if booleans.parse(c.text) is not None)
    kinds = {
        FieldType.DATE: (Kind.DATE,),
        FieldType.MONEY: (Kind.AMOUNT,),
        FieldType.NUMBER: (Kind.NUMBER, Kind.PERCENT),
        FieldType.INTEGER: (Kind.NUMBER,),
    }.get(field.type)
    if kinds is None:
        return _best(labelled_texts(reading, field))
    found: list[Choice] = []
    for candidate in (c for kind in kinds for c in reading.candidates.by_kind[kind]):
        labels = reading.labels.of(candidate)
        fit = max((own_words_fit(field, label.meaning) * label.trust for label in labels), default=0.0)
        if fit:
            found.append(_choice(candidate, min(0.9, fit)))
    return _best(found)


def _best(choices: Iterator[Choice] | list[Choice]) -> Choice | None:
    return max(choices, key=lambda c: c.score, default=None)


def labelled_texts(reading: Reading, field: Field) -> Iterator[Choice]:
    """What stands after, right of or below each label that fits."""
    grid = reading.grid
    for cell in grid.cells:
        head, colon, tail = cell.text.partition(":")
        if colon and tail.strip():
            fit = own_words_fit(field, meaning(head))
            if fit >= MIN_SCORE:
                start = len(cell.text) - len(tail.lstrip())
                words = tuple(w.id for w in cell.words_between(start, len(cell.text)))
                yield Choice(cell.text[start:].strip(), words, min(0.9, fit))
            continue
        if not is_label(cell):
            continue
        fit = own_words_fit(field, meaning(cell.text))
        if fit < MIN_SCORE:
            continue
        row = grid.rows[cell.row].cells
        right = next((c for c in row if c.left >= cell.right and any(map(str.isalnum, c.text))), None)
        below = _below(reading, cell)
        options = [(right, 1.0 if colon else 0.9), (below, 0.85)]
        if below and _is_header(row) and len(grid.rows[below.row].cells) > 1:
            options = [(below, 0.9)]
        for other, trust in options:
            if other and not _is_other_label(other):
                start = len(other.text) - len(other.text.lstrip(": "))
                words = tuple(w.id for w in other.words_between(start, len(other.text)))
                yield Choice(other.text[start:], words, min(0.9, fit * trust))


def _is_header(row: list[GridCell]) -> bool:
    """Labels side by side, their values below them."""
    return len(row) > 1 and all(is_label(c) and ":" not in c.text and not any(map(str.isdigit, c.text)) for c in row)


def _is_other_label(cell: GridCell) -> bool:
    """Whether a cell announces a value rather than being one."""
    about = meaning(cell.text)
    return is_label(cell) and (cell.text.rstrip().endswith(":") or bool(about.concepts and not about.others))


def _below(reading: Reading, cell: GridCell) -> GridCell | None:
    for index in range(cell.row + 1, min(len(reading.grid.rows), cell.row + 3)):
        for other in reading.grid.rows[index].cells:
            if other.page == cell.page and other.overlap(cell) > 0.2 and other.top - cell.bottom < 2.5 * cell.height:
                return other
    return None


def _enum(reading: Reading, field: Field) -> Choice | None:
    """The permitted value that stands at the field's label, else the one that is printed largest."""
    patterns = [(v, re.compile(rf"(?<!\w){re.escape(fold_text(v))}(?!\w)")) for v in field.values or ()]
    labelled = list(labelled_texts(reading, field))
    for choice in sorted(labelled, key=lambda c: -c.score):
        for value, pattern in patterns:
            if pattern.search(fold_text(choice.text)):
                return Choice(value, choice.word_ids, choice.score)
    found: list[tuple[float, Choice]] = []
    for cell in reading.grid.cells:
        folded = fold_text(cell.text)
        for value, pattern in patterns:
            if match := pattern.search(folded):
                words = tuple(w.id for w in cell.words_between(match.start(), match.end()))
                found.append((cell.height + 0.01 * len(value), Choice(value, words, 0.6)))
    return max(found, key=lambda f: f[0])[1] if found else None
