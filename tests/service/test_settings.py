from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from accounts import Accounts, Conflict, migrate
from service.cli.main import main
from service.contract.errors import PROBLEMS
from service.settings import Settings, former_names

DOCS = Path(__file__).parents[2] / "docs"
FORMER_KEY = "fpk_" + "a" * 43


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`DOCWITNESS_{name.upper()}`" in (DOCS / "settings.md").read_text(encoding="utf-8")


def test_every_documented_setting_exists() -> None:
    documented = re.findall(r"^\| `DOCWITNESS_(\w+)`", (DOCS / "settings.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert documented == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize("code", list(PROBLEMS))
def test_every_error_code_is_documented(code: str) -> None:
    assert f"`{code}`" in (DOCS / "api.md").read_text(encoding="utf-8")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWITNESS_DATA_DIR", "/somewhere")
    monkeypatch.setenv("DOCWITNESS_MAX_PAGES", "5")
    settings = Settings()
    assert settings.max_pages == 5
    assert settings.effective_database_url() == "sqlite:////somewhere/docwitness.db"
    assert settings.effective_queue_url() == "sqlite:////somewhere/docwitness.db"
    assert settings.effective_workers() >= 1


def test_settings_of_the_former_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_LLM_KEY", "hush")
    with pytest.raises(ValidationError, match="Set DOCWITNESS_LLM_KEY instead") as caught:
        Settings()
    assert "hush" not in str(caught.value)


def test_each_former_name_is_listed_with_its_new_name() -> None:
    names = ["FIELDPROOF_MAX_PAGES", "DOCWITNESS_CAP", "FIELDPROOF", "fieldproof_data_dir", "FIELDPROOF_CAP", "PATH"]
    assert [line.split()[0] + " " + line.split()[-2] for line in former_names(names)] == [
        "FIELDPROOF_CAP DOCWITNESS_CAP",
        "FIELDPROOF_MAX_PAGES DOCWITNESS_MAX_PAGES",
        "fieldproof_data_dir DOCWITNESS_DATA_DIR",
    ]


def test_a_former_setting_that_is_gone_is_to_be_removed() -> None:
    assert former_names(["FIELDPROOF_MODELS_DIR"]) == [
        "FIELDPROOF_MODELS_DIR is no longer read, and nothing replaces it. Remove it."
    ]


def test_variables_that_were_never_settings_are_left_alone() -> None:
    """Kubernetes sets such variables for services that are called `fieldproof` and `fieldproof-postgres`."""
    assert former_names(["FIELDPROOF_SERVICE_HOST", "FIELDPROOF_PORT", "FIELDPROOF_POSTGRES_SERVICE_HOST"]) == []


@pytest.mark.parametrize("name", ["secret_key", "workers"])
def test_errors_do_not_repeat_values(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({name: "hush"})
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        pytest.param([], "docwitness", id="a-new-installation"),
        pytest.param(["fieldproof/fieldproof.db"], "fieldproof", id="former-data"),
        pytest.param(["fieldproof/jobs/1"], "fieldproof", id="former-files-of-a-postgres"),
        pytest.param(["fieldproof/jobs/1", "docwitness/jobs/1"], "docwitness", id="files-of-both"),
        pytest.param(["fieldproof/fieldproof.db", "docwitness/models/a"], "fieldproof", id="only-models-under-the-new"),
        pytest.param(["fieldproof/fieldproof.db", "docwitness/docwitness.db"], "docwitness", id="data-of-both"),
        pytest.param(["fieldproof/fieldproof.db", "docwitness/fieldproof.db"], "docwitness", id="moved-by-hand"),
        pytest.param(["fieldproof/models/a"], "docwitness", id="only-models-under-the-former"),
        pytest.param(["fieldproof/docwitness.db"], "fieldproof", id="a-new-database-in-the-former-folder"),
    ],
)
def test_default_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, present: list[str], expected: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for name in present:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert Settings().data_dir == tmp_path / expected
    monkeypatch.setenv("DOCWITNESS_DATA_DIR", "/somewhere")
    assert Settings().data_dir == Path("/somewhere")


@pytest.fixture
def former_folder(tmp_path: Path) -> Path:
    """A data folder as the version before the new name left it when it was killed: rows are in SQLite's log only."""
    source, folder = tmp_path / "source", tmp_path / "data"
    source.mkdir()
    migrate(f"sqlite:///{source}/fieldproof.db", "0003")
    with closing(sqlite3.connect(source / "fieldproof.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "INSERT INTO api_key (account_id, name, prefix, key_hash, scopes, created_at, signing_state) "
            "VALUES (1, 'old', ?, ?, '[\"extract\"]', '2025-01-01 00:00:00+00:00', x'00')",
            (FORMER_KEY[:12], hashlib.sha256(FORMER_KEY.encode()).hexdigest()),
        )
        connection.execute(
            "INSERT INTO usage_entry (account_id, api_key_id, created_at, request_id, route, pages, price, seconds) "
            "VALUES (1, 1, '2025-01-31 23:30:00+00:00', 'req_1', '/ocr', 2, 0, '{}')"
        )
        connection.commit()
        shutil.copytree(source, folder)
    assert (folder / "fieldproof.db-wal").stat().st_size
    return folder


def test_a_database_of_the_former_name_is_used_where_it_lies(
    former_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCWITNESS_DATA_DIR", str(former_folder))
    assert Settings().effective_queue_url() == f"sqlite:///{former_folder}/fieldproof.db"
    for command in (["keys", "create", "new"], ["keys", "list"], ["usage", "--from", "2025-01-01"]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
        if command[:2] == ["keys", "list"]:
            assert [line.split()[1] for line in result.stdout.splitlines()] == ["NAME", "old", "new"]
    assert result.stdout.splitlines()[1].split() == ["2025-01-31", "1", "2", "0"]
    with closing(Accounts(Settings().effective_database_url())) as accounts:
        assert accounts.keys.authenticate(FORMER_KEY, "extract").name == "old"
    assert not (former_folder / "docwitness.db").exists()


def test_a_database_of_the_new_name_comes_first(former_folder: Path) -> None:
    settings = Settings(data_dir=former_folder)
    assert settings.effective_database_url() == f"sqlite:///{former_folder}/fieldproof.db"
    (former_folder / "docwitness.db").touch()
    assert settings.effective_database_url() == f"sqlite:///{former_folder}/docwitness.db"
    assert settings.effective_queue_url() == f"sqlite:///{former_folder}/docwitness.db"


def test_a_database_that_is_named_is_used(former_folder: Path) -> None:
    settings = Settings(data_dir=former_folder, database_url="sqlite:////elsewhere/own.db")
    assert settings.effective_database_url() == "sqlite:////elsewhere/own.db"


def test_only_sqlite_has_a_key_file(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).secret_cipher().encrypt("a secret")
    shared = Settings(data_dir=tmp_path, database_url="postgresql://host/name")
    with pytest.raises(Conflict, match="DOCWITNESS_SECRET_KEY"):
        shared.secret_cipher().encrypt("a secret")
