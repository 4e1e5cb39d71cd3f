"""Check bank accounts, bank identifiers, tax and registration numbers by their check digits.

A tax or registration number is checked against a scheme only if its field's name, the type in the same row or its own
form says that it belongs to that scheme. A number whose form the scheme does not have gets no finding.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from types import ModuleType
from typing import NamedTuple

import stdnum.ch.vat
import stdnum.es.nif
import stdnum.eu.vat
import stdnum.gb.vat
import stdnum.no.orgnr
import stdnum.pt.nif
import stdnum.se.orgnr
from stdnum import bic, iban
from stdnum.au import abn, acn
from stdnum.br import cnpj
from stdnum.ch import uid
from stdnum.dk import cvr
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fr import siren, siret
from stdnum.in_ import gstin
from stdnum.it import codicefiscale, iva
from stdnum.nl import btw
from stdnum.no import mva
from stdnum.pl import nip

from checks.arithmetic import Cells
from checks.rule_names import Rule
from schemas.normalise import ibans
from schemas.normalise.characters import fold_text
from schemas.results import FieldPath, Finding, Outcome
from schemas.vocabulary import meaning, name_meaning


class _Scheme(NamedTuple):
    rule: Rule
    country: str
    module: ModuleType


_NAMED = {
    "siret": (_Scheme(Rule.REGISTRATION, "French SIRET", siret),),
    "siren": (_Scheme(Rule.REGISTRATION, "French SIREN", siren),),
    "abn": (_Scheme(Rule.REGISTRATION, "Australian ABN", abn),),
    "acn": (_Scheme(Rule.REGISTRATION, "Australian ACN", acn),),
    "cnpj": (_Scheme(Rule.REGISTRATION, "Brazilian CNPJ", cnpj),),
    "cvr": (_Scheme(Rule.REGISTRATION, "Danish CVR number", cvr),),
    "orgnr": (
        _Scheme(Rule.REGISTRATION, "Norwegian organisation number", stdnum.no.orgnr),
        _Scheme(Rule.REGISTRATION, "Swedish organisation number", stdnum.se.orgnr),
    ),
    "nip": (_Scheme(Rule.VAT, "Polish NIP", nip),),
    "nif": (_Scheme(Rule.VAT, "Spanish NIF", stdnum.es.nif), _Scheme(Rule.VAT, "Portuguese NIF", stdnum.pt.nif)),
    "cif": (_Scheme(Rule.VAT, "Spanish NIF", stdnum.es.nif),),
    "piva": (_Scheme(Rule.VAT, "Italian partita IVA", iva),),
    "partita iva": (_Scheme(Rule.VAT, "Italian partita IVA", iva),),
    "codice fiscale": (_Scheme(Rule.REGISTRATION, "Italian codice fiscale", codicefiscale),),
}
"""Words of a field's name, or of the type in the same row -> the schemes that they mean."""
_FORMED = (
    (r"[A-Z]{2}\w{4,}", _Scheme(Rule.VAT, "EU VAT number", stdnum.eu.vat)),
    (r"GB\d{9}(\d{3})?", _Scheme(Rule.VAT, "British VAT number", stdnum.gb.vat)),
    (r"CHE\d{9}(MWST|TVA|IVA|TPV)", _Scheme(Rule.VAT, "Swiss VAT number", stdnum.ch.vat)),
    (r"CHE\d{9}", _Scheme(Rule.REGISTRATION, "Swiss UID", uid)),
    (r"\d{9}MVA", _Scheme(Rule.VAT, "Norwegian VAT number", mva)),
    (r"\d{9}B\d{2}", _Scheme(Rule.VAT, "Dutch VAT number", btw)),
    (r"\d{2}[A-Z]{5}\d{4}[A-Z]\wZ\w", _Scheme(Rule.VAT, "Indian GSTIN", gstin)),
)
"""Forms that identify a number's scheme without any word; the EU module knows the prefixes of the member states."""
_TYPE_COLUMNS = frozenset({"type", "kind", "scheme", "label", "typ", "art", "tipo", "soort"})
"""Columns that say what kind of number the row holds; as words of labels these mean nothing, so no concept has them."""


def identifiers(cells: Cells) -> Iterator[Finding]:
    """Check IBANs, BICs, and the tax and registration numbers whose scheme is known."""
    types = _types_of_rows(cells)
    for path, cell in cells.items():
        if not isinstance(cell.value, str) or _own_name(path) in _TYPE_COLUMNS:
            continue
        number = re.sub(r"[^0-9A-Z]", "", cell.value.upper())
        names = " ".join(part for part in path if isinstance(part, str))
        about = name_meaning(names).concepts
        own = name_meaning(str(path[-1])).concepts
        if "iban" in own or (about & {"iban", "account"} and ibans.has_form(number)):
            holds = bool(iban.is_valid(number.removeprefix("IBAN")))
            yield _finding(Rule.IBAN, holds, path, f"IBAN {cell.value}: check digits")
        elif "bic" in own:
            yield _finding(Rule.BIC, bool(bic.is_valid(number)), path, f"BIC {cell.value}: form and country")
        else:
            kind = types.get(path[:-1], "")
            about |= meaning(kind).concepts
            if about & {"tax", "registration"} or {"seller", "number"} <= about or _words(names, kind) & _NAMED.keys():
                yield from _registration(path, cell.value, number, _words(names, kind))


def _registration(path: FieldPath, written: str, number: str, words: frozenset[str]) -> Iterator[Finding]:
    schemes = [scheme for form, scheme in _FORMED if re.fullmatch(form, number)]
    schemes += [scheme for word in sorted(words & _NAMED.keys()) for scheme in _NAMED[word]]
    wrong: _Scheme | None = None
    for scheme in schemes:
        try:
            scheme.module.validate(number)
        except InvalidChecksum:
            wrong = wrong or scheme
        except ValidationError:
            continue
        else:
            yield _finding(scheme.rule, True, path, f"{scheme.country} {written}: check digits")
            return
    if wrong:
        yield _finding(wrong.rule, False, path, f"{wrong.country} {written}: check digits")


def _words(*texts: str) -> frozenset[str]:
    """Return the folded words, and each pair of consecutive words."""
    tokens = re.findall(r"[^\W\d_]+", " ".join(fold_text(text).replace(".", "") for text in texts))
    return frozenset(tokens) | {" ".join(pair) for pair in itertools.pairwise(tokens)}


def _types_of_rows(cells: Cells) -> dict[FieldPath, str]:
    """Return the kind of number that each row states, by the path of the row."""
    found: dict[FieldPath, str] = {}
    for path, cell in cells.items():
        if len(path) > 2 and _own_name(path) in _TYPE_COLUMNS:
            found.setdefault(path[:-1], str(cell.value))
    return found


def _own_name(path: FieldPath) -> str:
    return fold_text(str(path[-1]))


def _finding(rule: Rule, holds: bool, path: FieldPath, what: str) -> Finding:
    outcome = Outcome.PASSED if holds else Outcome.FAILED
    return Finding(rule, outcome, (path,), f"{what} are {'right' if holds else 'wrong'}")
