from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("FIELDPROOF_DATA_DIR", str(tmp_path / "new" / "data"))
    return CliRunner()


def test_keys_are_created_listed_and_revoked(runner: CliRunner) -> None:
    created = runner.invoke(main, ["keys", "create", "books"])
    key = created.stdout.strip()
    assert created.exit_code == 0
    assert key.startswith("fpk_")
    assert "\n" not in key
    listed = runner.invoke(main, ["keys", "list"]).stdout
    assert key[:12] in listed
    assert key not in listed
    assert "books" in listed
    assert "active" in listed
    revoked = runner.invoke(main, ["keys", "revoke", key[:12]])
    assert revoked.stdout == "revoked key 'books'\n"
    assert "revoked" in runner.invoke(main, ["keys", "list"]).stdout
    again = runner.invoke(main, ["keys", "revoke", key[:12]])
    assert again.exit_code == 1
    assert "no active key begins with" in again.stderr


def test_migrate(runner: CliRunner) -> None:
    assert runner.invoke(main, ["migrate"]).stdout == "the database is up to date\n"
