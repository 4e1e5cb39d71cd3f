"""Name the type of a company's registration number in Mindee's words.

The text next to the number decides. Without one, the form and check digits do, if they belong to one scheme alone or to
a scheme of the supplier's country.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from stdnum.ca import bn
from stdnum.cz import dic
from stdnum.de import stnr
from stdnum.dk import cvr
from stdnum.es import cif
from stdnum.eu import vat
from stdnum.fr import siren, siret
from stdnum.gb import vat as gb_vat
from stdnum.in_ import gstin
from stdnum.it import codicefiscale
from stdnum.mx import rfc
from stdnum.pt import nif
from stdnum.sg import uen
from stdnum.us import tin

from schemas.normalise.characters import fold_text

VAT, TAX, COMPANY = "VAT NUMBER", "TAX ID", "COMPANY REGISTRATION NUMBER"

_BY_LABEL = tuple(
    (re.compile(rf"\b(?:{words})\b"), kind)
    for words, kind in (
        ("siret", "SIRET"),
        ("siren", "SIREN"),
        ("uen", "UEN"),
        ("steuernummer|steuer nr|st nr|stnr", "STNR"),
        ("kvk|kamer van koophandel", "KVK"),
        ("cif", "CIF"),
        ("gstin", "GSTIN"),
        ("gst|hst|tps|tvh", "GST/HST"),
        ("rfc", "RFC"),
        ("cvr", "CVR"),
        ("codice fiscale|cod fisc|c f", "CF"),
        ("dic", "DIC"),
        ("nif|nipc|contribuinte", "NIF"),
        ("tin|ein|fein", "TIN"),
        ("vat|tva|ust|ust id|ustid|umsatzsteuer\\w*|mwst|iva|p iva|btw|moms|mva|uid|nip", VAT),
        ("tax|fiscal\\w*", TAX),
        ("company|registration|registered|reg|hrb|handelsregister\\w*|rcs|crn|orgnr|abn|acn", COMPANY),
    )
)
_UNAMBIGUOUS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (gstin.is_valid, "GSTIN"),
    (vat.is_valid, VAT),
    (lambda number: number.upper().startswith("GB") and gb_vat.is_valid(number), VAT),
    (siret.is_valid, "SIRET"),
    (lambda number: "RT" in number.upper() and bn.is_valid(number), "GST/HST"),
    (rfc.is_valid, "RFC"),
    (uen.is_valid, "UEN"),
)
"""Schemes whose form no other scheme has."""
_BY_COUNTRY: dict[str, tuple[tuple[Callable[[str], bool], str], ...]] = {
    "FR": ((siren.is_valid, "SIREN"),),
    "DE": ((stnr.is_valid, "STNR"),),
    "NL": ((lambda number: bool(re.fullmatch(r"\d{8}", number)), "KVK"),),
    "ES": ((cif.is_valid, "CIF"),),
    "PT": ((nif.is_valid, "NIF"),),
    "DK": ((cvr.is_valid, "CVR"),),
    "IT": ((codicefiscale.is_valid, "CF"),),
    "CZ": ((dic.is_valid, "DIC"),),
    "US": ((tin.is_valid, "TIN"),),
    "CA": ((bn.is_valid, "GST/HST"),),
}


def registration_type(number: str, written: str | None, country: str | None) -> str:
    """Return one of Mindee's types of registration.

    Args:
        number: the number as it was found.
        written: the text next to the number, if any.
        country: the country of the company, ISO 3166-1 alpha-2, if known.
    """
    label = " ".join(re.sub(r"[.\-/]", " ", fold_text(written or "")).split())
    for words, kind in _BY_LABEL:
        if words.search(label):
            return kind
    compact = re.sub(r"\s", "", number)
    for is_valid, kind in (*_UNAMBIGUOUS, *_BY_COUNTRY.get(country or "", ())):
        if is_valid(compact):
            return kind
    return COMPANY
