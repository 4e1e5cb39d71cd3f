"""Report errors that decoders raise on a file, without the file's content."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import NamedTuple

from documents.errors import DamagedDocument

MAX_PLACES = 4
"""Innermost calls that are reported: enough to see which decoder failed, and who called it."""
_OUR_CODE = Path(__file__).resolve().parents[1]


class DecoderFailure(NamedTuple):
    """A decoder's own error, for the log."""

    places: list[str]
    """See `traced`."""
    is_expected: bool
    """True if decoders are known to raise it on damaged files."""


def traced(error: BaseException) -> list[str]:
    """Return the type of an error and the places it was raised through, innermost first.

    Its message is left out, because it may repeat the document.
    """
    places = traceback.extract_tb(error.__traceback__)[-MAX_PLACES:]
    return [type(error).__qualname__, *(f"{p.filename}:{p.lineno} in {p.name}" for p in reversed(places))]


def as_caller_sees_it(error: Exception) -> Exception:
    """Return the error to raise in the service for one that nothing expected.

    A library that fails on a file does so because of the file, so the document is called damaged. An error that this
    package's own code raised is a bug.
    """
    places = traceback.extract_tb(error.__traceback__)
    if places and not Path(places[-1].filename).is_relative_to(_OUR_CODE):
        return DamagedDocument("the document is damaged: its decoder fails on it. Save it again, or print it as PDF.")
    name, place, *_ = traced(error)
    return RuntimeError(f"{name} at {place}")
