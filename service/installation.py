"""Say how to install an optional dependency of the server."""

from __future__ import annotations


def install_hint(extra: str) -> str:
    """Return the instruction that installs an extra from a checkout of this repository.

    An extra is a name such as `parquet`.
    """
    return f"Run this in a checkout of the repository: pip install '.[{extra}]'"
