"""The caller's own company, which is one party of a document and never the other."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Constraint
from rapidfuzz import fuzz

from schemas.normalise.characters import fold_text

MIN_NAME_RATIO = 90.0
"""Minimum ratio (rapidfuzz, 0 to 100) of two names without legal forms that are the same but for misread letters."""
_LEGAL_FORMS = frozenset(
    {"ag", "as", "bv", "co", "corp", "eurl", "gbr", "gmbh", "inc", "kg", "limited", "llc", "llp", "ltd", "mbh", "nv"}
    | {"ohg", "oy", "plc", "pty", "sa", "sarl", "sas", "se", "sl", "spa", "srl", "ug", "und", "and", "et", "&"}
)
"""Words of names that people leave out or write in their own language."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class OwnParty(BaseModel):
    """The caller, by name, VAT number or both."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Text | None = Constraint(
        default=None, description="The name of your company, with or without its legal form."
    )
    vat_id: Text | None = Constraint(default=None, alias="vatId", description="Your VAT number.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.name and not self.vat_id:
            raise ValueError("'own' needs 'name' or 'vatId': expected at least one of them, got none. Say who you are.")
        return self

    def has_name(self, text: str) -> bool:
        """Return whether a text is the caller's name, up to legal forms and misread letters."""
        wanted, found = _bare(self.name or ""), _bare(text)
        return bool(wanted and found) and fuzz.ratio(wanted, found) >= MIN_NAME_RATIO

    def has_vat_id(self, text: str) -> bool:
        """Return whether a text has the caller's VAT number in it."""
        wanted = _compact(self.vat_id or "")
        return bool(wanted) and wanted in _compact(text)


def _bare(name: str) -> str:
    words = re.findall(r"[^\W_]+|&", fold_text(name))
    return "".join(word for word in words if word not in _LEGAL_FORMS)


def _compact(text: str) -> str:
    return re.sub(r"[\W_]", "", text).upper()
