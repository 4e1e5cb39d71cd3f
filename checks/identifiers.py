"""Check digits of bank accounts and of tax and registration numbers.

A tax or registration number is held against a scheme only where its field's name, the type beside it or its own form
says that it is of that scheme; about a number of a form that the scheme does not have, nothing is said.
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

from checks.meanings import concepts
from checks.names import Rule
from checks.sums import Cells
from schemas.normalise.characters import fold_text
from schemas.results import FieldPath, Finding, Outcome


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
"""Words of a field's name or of the type beside it -> the schemes that they mean."""
_FORMED = (
    (r"[A-Z]{2}\w{4,}", _Scheme(Rule.VAT, "EU VAT number", stdnum.eu.vat)),
    (r"GB\d{9}(\d{3})?", _Scheme(Rule.VAT, "British VAT number", stdnum.gb.vat)),
    (r"CHE\d{9}(MWST|TVA|IVA|TPV)", _Scheme(Rule.VAT, "Swiss VAT number", stdnum.ch.vat)),
    (r"CHE\d{9}", _Scheme(Rule.REGISTRATION, "Swiss UID", uid)),
    (r"\d{9}MVA", _Scheme(Rule.VAT, "Norwegian VAT number", mva)),
    (r"\d{9}B\d{2}", _Scheme(Rule.VAT, "Dutch VAT number", btw)),
    (r"\d{2}[A-Z]{5}\d{4}[A-Z]\wZ\w", _Scheme(Rule.VAT, "Indian GSTIN", gstin)),
)
"""Forms that tell a number's scheme without a word beside it. Which prefixes the Union has, its module knows."""
_IBAN_FORM = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_TYPE_COLUMNS = frozenset({"type", "kind", "scheme", "label", "typ", "art", "tipo", "soort"})
"""Columns that say what kind of number stands beside them."""


def identifiers(cells: Cells) -> Iterator[Finding]:
    """IBANs, BICs, and the tax and registration numbers that can be told."""
    for path, cell in cells.items():
        if not isinstance(cell.value, str) or _own_name(path) in _TYPE_COLUMNS:
            continue
        number = re.sub(r"[^0-9A-Z]", "", cell.value.upper())
        names = " ".join(part for part in path if isinstance(part, str))
        about = concepts(names)
        if "iban" in concepts(str(path[-1])) or (about & {"iban", "account"} and _IBAN_FORM.fullmatch(number)):
            holds = bool(iban.is_valid(number.removeprefix("IBAN")))
            yield _finding(Rule.IBAN, holds, path, f"IBAN {cell.value}: check digits")
        elif "bic" in concepts(str(path[-1])):
            yield _finding(Rule.BIC, bool(bic.is_valid(number)), path, f"BIC {cell.value}: form and country")
        else:
            kind = _type_beside(path, cells)
            about |= concepts(kind)
            if about & {"tax", "registration"} or {"party", "id"} <= about or _words(names, kind) & _NAMED.keys():
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
    """Folded words, and each two that follow one another."""
    tokens = re.findall(r"[^\W\d_]+", " ".join(fold_text(text).replace(".", "") for text in texts))
    return frozenset(tokens) | {" ".join(pair) for pair in itertools.pairwise(tokens)}


def _type_beside(path: FieldPath, cells: Cells) -> str:
    """What the row's column for kinds says; '' where there is none."""
    if len(path) < 3:
        return ""
    return next((str(c.value) for p, c in cells.items() if p[:-1] == path[:-1] and _own_name(p) in _TYPE_COLUMNS), "")


def _own_name(path: FieldPath) -> str:
    return fold_text(str(path[-1]))


def _finding(rule: Rule, holds: bool, path: FieldPath, what: str) -> Finding:
    outcome = Outcome.PASSED if holds else Outcome.FAILED
    return Finding(rule, outcome, (path,), f"{what} are {'right' if holds else 'wrong'}")
