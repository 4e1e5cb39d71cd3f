"""Truth values: yes and no in several languages, and ticked boxes."""

from __future__ import annotations

from schemas.normalise.characters import squash

_TRUE = ("yes", "true", "ja", "oui", "si", "sì", "sí", "tak", "sim", "wahr", "vrai", "x", "☑", "☒", "✓", "✔", "✗", "1")
_FALSE = ("no", "false", "nein", "non", "nee", "nie", "não", "falsch", "faux", "☐", "□", "0")
_MEANING = {squash(word): True for word in _TRUE} | {squash(word): False for word in _FALSE}


def parse(text: str) -> bool | None:
    """Return the truth value that a text states, or None."""
    return _MEANING.get(squash(text))


def written_forms(value: bool) -> list[str]:
    """Return every word or mark with this meaning."""
    return list(_TRUE if value else _FALSE)
