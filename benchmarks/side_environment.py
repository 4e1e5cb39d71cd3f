"""Install the software that a benchmark compares with, in an environment of its own.

The environment is below `build/`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def python_with(folder: Path, packages: Sequence[str]) -> Path:
    """Return the interpreter of an environment with these packages.

    The environment is created if it is missing or has others.
    """
    done = folder / ".installed"
    if not done.is_file() or done.read_text() != repr(tuple(packages)):
        print(f"bench: installing {', '.join(packages)} …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", *packages], check=True)
        done.write_text(repr(tuple(packages)))
    return folder / "bin" / "python"
