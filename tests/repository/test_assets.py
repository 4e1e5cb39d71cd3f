"""The documentation pages' scripts are the published files that the manifest names."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from scripts.vendor_assets import MANIFEST, STATIC

PACKAGES: list[dict[str, Any]] = json.loads(MANIFEST.read_text())["packages"]
FILES = [file for package in PACKAGES for file in package["files"]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file["file"]))
def test_a_shipped_file_has_its_published_hash(file: dict[str, str]) -> None:
    assert hashlib.sha256((STATIC / file["file"]).read_bytes()).hexdigest() == file["sha256"]


def test_the_manifest_lists_every_shipped_file() -> None:
    shipped = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()}
    assert shipped == {file["file"] for file in FILES} | {MANIFEST.name}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package["package"]))
def test_every_package_ships_its_licence(package: dict[str, Any]) -> None:
    assert package["license"] in {"Apache-2.0", "MIT"}
    assert any(file["source"] == "LICENSE" for file in package["files"])
