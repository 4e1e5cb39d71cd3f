"""Install Debian packages that the tests need."""

from __future__ import annotations

import os
import shutil
import subprocess


def install(package: str) -> None:
    """Install a Debian package.

    Raises:
        RuntimeError: if it cannot be installed from here; the message says what to do.
    """
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise RuntimeError(f"these tests need {package}; install it (Debian: sudo apt-get install {package})")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
        subprocess.run(["apt-get", "-qq", *command], env=environment, stdout=subprocess.DEVNULL, check=True)
