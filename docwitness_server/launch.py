"""Entry point of `docwitness-server`, from a wheel and from a checkout."""

from __future__ import annotations

import sys
from pathlib import Path

_FOLDER = Path(__file__).parent


def main() -> None:
    """Run the command line, with the packages inside this folder importable.

    They are importable under their own names. A wheel holds `service`, `schemas` and the others inside this folder, so
    that it installs no top-level name that another distribution could own. In a checkout they lie next to it and are
    importable already.
    """
    if (_FOLDER / "service").is_dir():
        sys.path.insert(0, str(_FOLDER))
    from service.cli.main import main as run  # noqa: PLC0415  # not importable before

    run()


if __name__ == "__main__":
    main()
