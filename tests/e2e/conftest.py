"""A real service in a process of its own, with the real models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.server import RunningServer, running_server
from tests.files import encoded
from training.samples import Sample, invoice, receipt


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Sample, Path]]:
    """The sample documents as files, by name."""
    folder = tmp_path_factory.mktemp("samples")
    found = {}
    for sample in (invoice(), receipt()):
        path = folder / f"{sample.name}.png"
        path.write_bytes(encoded(sample.image))
        found[sample.name] = (sample, path)
    return found
