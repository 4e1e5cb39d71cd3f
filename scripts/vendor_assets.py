"""Fetch the published files of Swagger UI and Redoc into `service/api/static`.

Its manifest lists them. Without arguments the versions in the manifest are fetched again and must be the same bytes. An
argument such as `redoc@2.5.4` moves a package to that version and renews its hashes. Needs nothing but Python and
`npm`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent.parent / "service" / "api" / "static"
MANIFEST = STATIC / "manifest.json"


def main(arguments: list[str]) -> None:
    """Fetch every package of the manifest.

    Those named in the arguments are first moved to the version given.
    """
    manifest: dict[str, Any] = json.loads(MANIFEST.read_text())
    wanted = dict(argument.rpartition("@")[::2] for argument in arguments)
    if unknown := wanted.keys() - {package["package"] for package in manifest["packages"]}:
        sys.exit(f"unknown package: expected one listed in {MANIFEST}, got {', '.join(sorted(unknown))}")
    for package in manifest["packages"]:
        moved = package["package"] in wanted
        if moved:
            package["version"] = wanted[package["package"]]
        _fetch(package, renew=moved)
        print(f"{package['package']} {package['version']}: {len(package['files'])} files")
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")


def _fetch(package: dict[str, Any], *, renew: bool) -> None:
    """Write the package's files, and its hashes into the manifest when it is renewed."""
    name = f"{package['package']}@{package['version']}"
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", name, "--silent", "--pack-destination", folder]
        archive = Path(folder) / subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        _same(name, package, "integrity", f"sha512-{digest}", renew)
        with tarfile.open(archive) as packed:
            for file in package["files"]:
                member = packed.extractfile(f"package/{file['source']}")
                if member is None:
                    sys.exit(f"{name} has no file {file['source']}: correct {MANIFEST}")
                content = member.read()
                _same(f"{name}/{file['source']}", file, "sha256", hashlib.sha256(content).hexdigest(), renew)
                target = STATIC / file["file"]
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(content)


def _same(name: str, entry: dict[str, Any], key: str, found: str, renew: bool) -> None:
    if not renew and entry[key] != found:
        sys.exit(f"{name} differs from the manifest: expected {key} {entry[key]}, got {found}")
    entry[key] = found


if __name__ == "__main__":
    main(sys.argv[1:])
