"""The other systems' published clients, each in an environment of its own, and a real service for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.server import RunningServer, running_server
from tests.files import encoded
from training.samples import Sample, invoice

collect_ignore_glob = ["clients/*"]  # they run in environments of their own

ROOT = Path(__file__).parents[3]
SCRIPTS = Path(__file__).parent / "clients"
PACKAGES = {
    # pins releases of 2022 that no longer build; it runs with today's
    "mindee-2.0.2": (["--no-deps", "mindee==2.0.2"], ["requests", "pikepdf", "pytz"]),
    "mindee-4.36.1": (["mindee==4.36.1"],),
    "mindee-5.4.0": (["mindee==5.4.0"],),
    "huaweicloudsdkocr-3.1.219": (["huaweicloudsdkocr==3.1.219"],),
}


def run_client(name: str, script: str, **values: str) -> dict[str, Any]:
    """Run a script in a published client's environment; return the JSON on its last line."""
    python = _environment(name)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MINDEE")} | {"NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [str(python), str(SCRIPTS / script)],
        env=environment | values,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _environment(name: str) -> Path:
    """Its interpreter; made once in `build/clients`."""
    folder = ROOT / "build" / "clients" / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, clear=True, with_pip=True)
        for packages in PACKAGES[name]:
            subprocess.run(
                [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages], check=True
            )
        (folder / "complete").touch()
    return python


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The real service, its models and all, on which every surface may be used from here without a key."""
    anonymous = dict.fromkeys(("invoice_ner", "promy"), "anonymous")
    with running_server(tmp_path_factory.mktemp("live"), cap="soft", key_calls_per_minute="0", **anonymous) as running:
        yield running


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, Path]:
    """An invoice, and its file."""
    found = invoice()
    path = tmp_path_factory.mktemp("sample") / "invoice.png"
    path.write_bytes(encoded(found.image))
    return found, path
