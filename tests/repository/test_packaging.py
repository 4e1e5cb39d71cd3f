"""Test the packages: one name for the server's wheel, exact versions, files that agree."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECTS = {folder: tomllib.loads((ROOT / folder / "pyproject.toml").read_text()) for folder in (".", "clients/python")}
SERVER = PROJECTS["."]
WHEEL_PACKAGES = set(SERVER["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
LICENCES = {".": {"LICENSE", "NOTICE"}, "clients/python": {"LICENSE"}}
TOP_LEVEL = {".": "docwitness_server", "clients/python": "docwitness"}


@pytest.fixture(scope="module", params=sorted(PROJECTS))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A project's folder, and a folder with its wheel and its sdist."""
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(target)]
    subprocess.run(command, cwd=ROOT / request.param, check=True, capture_output=True)
    return request.param, target


def test_a_wheel_installs_one_name_and_its_licences(built: tuple[str, Path]) -> None:
    folder, target = built
    (wheel,) = target.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {TOP_LEVEL[folder]}
    assert {Path(name).name for name in names if ".dist-info/licenses/" in name} == LICENCES[folder]


def test_an_sdist_has_its_licences(built: tuple[str, Path]) -> None:
    folder, target = built
    (sdist,) = target.glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        assert {name.split("/", 1)[1] for name in packed.getnames() if name.count("/") == 1} >= LICENCES[folder]


def test_both_distributions_have_the_same_licence_and_version() -> None:
    assert (ROOT / "LICENSE").read_text() == (ROOT / "clients/python/LICENSE").read_text()
    assert SERVER["project"]["version"] == PROJECTS["clients/python"]["project"]["version"]
    assert f"\nversion: {SERVER['project']['version']}\n" in (ROOT / "CITATION.cff").read_text()


def test_every_package_of_the_wheel_lies_in_its_one_folder() -> None:
    sources = SERVER["tool"]["hatch"]["build"]["targets"]["wheel"]["sources"]
    assert sources == {name: f"docwitness_server/{name}" for name in WHEEL_PACKAGES - {"docwitness_server"}}


def test_the_image_is_built_from_every_package_of_the_wheel() -> None:
    copied = set(re.findall(r"(?m)^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text()))
    sent = set(re.findall(r"(?m)^!(.+)$", (ROOT / ".dockerignore").read_text()))
    assert copied == WHEEL_PACKAGES
    assert sent >= WHEEL_PACKAGES | LICENCES["."] | {"requirements"}


def pinned(file: str) -> dict[str, str]:
    """The version of each package in a requirements file."""
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", (ROOT / file).read_text())
    }


def wanted(groups: list[Any], extras: list[str]) -> list[Requirement]:
    """The requirements of both projects with some groups and extras."""
    found = [Requirement(r) for project in PROJECTS.values() for r in project["project"]["dependencies"]]
    found += [Requirement(r) for extra in extras for r in SERVER["project"]["optional-dependencies"][extra]]
    found += [Requirement(r) for group in groups for r in SERVER["dependency-groups"][group] if isinstance(r, str)]
    return [requirement for requirement in found if requirement.name != "docwitness"]


@pytest.mark.parametrize(
    ("file", "groups", "extras"),
    [
        pytest.param("requirements/server.txt", [], [], id="server"),
        pytest.param("requirements/demo.txt", ["demo"], [], id="demo"),
        pytest.param("requirements/dev.txt", ["demo", "lint", "test"], [], id="dev"),
        pytest.param("constraints.txt", ["demo", "lint", "test"], ["parquet", "layoutlmv3", "training"], id="all"),
    ],
)
def test_every_requirement_has_an_exact_version(file: str, groups: list[str], extras: list[str]) -> None:
    versions = pinned(file)
    for requirement in wanted(groups, extras):
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"{requirement} is missing in {file}: run scripts/lock"
        assert requirement.specifier.contains(version), f"{file} has {version} for {requirement}: run scripts/lock"


@pytest.mark.parametrize("file", ["requirements/server.txt", "requirements/demo.txt", "requirements/dev.txt"])
def test_every_installed_file_has_a_hash(file: str) -> None:
    entries = re.split(r"(?m)^(?=[\w.-]+==)", (ROOT / file).read_text())[1:]
    assert all("--hash=sha256:" in entry for entry in entries)


def test_torch_is_not_installed_for_checks_and_tests() -> None:
    assert "torch" not in pinned("requirements/dev.txt")
    assert "torch" in pinned("constraints.txt")


def test_the_workflow_runs_scripts_that_exist() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    scripts = {name for command in commands for name in re.findall(r"scripts/[\w-]+", command)}
    assert "make test" in commands
    assert scripts >= {"scripts/setup", "scripts/smoke", "scripts/lock"}
    assert all((ROOT / name).stat().st_mode & 0o111 for name in scripts)


@pytest.mark.parametrize("path", [*sorted(ROOT.glob(".github/**/*.yml")), ROOT / ".pre-commit-config.yaml"], ids=str)
def test_configuration_is_valid_yaml(path: Path) -> None:
    assert yaml.safe_load(path.read_text())
