from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import CliRunner, Result

from accounts import Accounts, Charge, Payer
from service.cli.main import main
from service.pipeline.assembly import SetupError
from service.settings import Settings


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("DOCWITNESS_DATA_DIR", str(tmp_path / "new" / "data"))
    return CliRunner()


def run(runner: CliRunner, *arguments: str) -> Result:
    result = runner.invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result


def refused(runner: CliRunner, *arguments: str) -> str:
    result = runner.invoke(main, arguments)
    assert result.exit_code != 0
    return result.stderr


def test_keys_are_created_listed_rotated_and_revoked(runner: CliRunner) -> None:
    key = run(runner, "keys", "create", "books").stdout.strip()
    assert key.startswith("dwk_")
    assert "\n" not in key
    listed = run(runner, "keys", "list").stdout
    assert key[:12] in listed
    assert key not in listed
    for shown in ("books", "active", "default", "admin,extract,usage"):
        assert shown in listed
    new = run(runner, "keys", "rotate", key[:12], "--grace", "1h").stdout.strip()
    assert new.startswith("dwk_")
    assert "until" in run(runner, "keys", "list").stdout
    assert run(runner, "keys", "revoke", new[:12]).stdout == "revoked key 'books'\n"
    assert "revoked" in run(runner, "keys", "list").stdout
    assert "no active key begins with" in refused(runner, "keys", "revoke", new[:12])
    assert "no active key begins with" in refused(runner, "keys", "rotate", new[:12])


def test_keys_with_scopes_for_an_account(runner: CliRunner) -> None:
    assert "there is no account 'acme'" in refused(runner, "keys", "create", "a", "--account", "acme")
    run(runner, "accounts", "create", "acme")
    run(runner, "keys", "create", "a", "--account", "acme", "--scope", "extract", "--expires-in", "90d")
    run(runner, "keys", "create", "b")
    listed = run(runner, "keys", "list", "--account", "acme").stdout.splitlines()
    assert len(listed) == 2
    assert listed[1].split()[2:4] == ["acme", "extract"]
    assert "such as 90d; got '90'" in refused(runner, "keys", "create", "a", "--expires-in", "90")
    assert "root" in refused(runner, "keys", "create", "a", "--scope", "root")


def test_keys_that_sign(runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(runner, "keys", "create", "ordinary")
    file = tmp_path / "new" / "data" / "secret.key"
    assert not file.exists()
    created = run(runner, "keys", "create", "signs", "--signing")
    key = created.stdout.strip()
    assert f"access key {key[:12]}, secret key:" in created.stderr
    run(runner, "keys", "rotate", key[:12])
    listed = run(runner, "keys", "list").stdout.splitlines()
    assert [line.split()[4] for line in listed] == ["SIGNING", "no", "yes", "yes"]

    monkeypatch.setenv("DOCWITNESS_SECRET_KEY", "a" * 43 + "=," + file.read_text())
    assert run(runner, "keys", "reencrypt").stdout == "encrypted the secrets of 2 keys again\n"
    monkeypatch.setenv("DOCWITNESS_SECRET_KEY", "a" * 43 + "=")
    run(runner, "keys", "reencrypt")
    monkeypatch.delenv("DOCWITNESS_SECRET_KEY")
    assert "no encryption key fits" in refused(runner, "keys", "reencrypt")
    file.chmod(0o644)
    assert f"chmod 600 {file}" in refused(runner, "keys", "list")


def test_keys_that_sign_need_one_encryption_key_for_all_machines(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    if database_url.startswith("sqlite"):
        return
    monkeypatch.setenv("DOCWITNESS_DATABASE_URL", database_url)
    run(runner, "migrate")
    assert "DOCWITNESS_SECRET_KEY" in refused(runner, "keys", "create", "signs", "--signing")
    monkeypatch.setenv("DOCWITNESS_SECRET_KEY", "a" * 43 + "=")
    run(runner, "keys", "create", "signs", "--signing")


def test_settings_under_the_former_name_are_refused(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_LLM_KEY", "hush")
    monkeypatch.setenv("fieldproof_data_dir", "/somewhere")
    text = refused(runner, "keys", "list")
    for name in ("LLM_KEY", "DATA_DIR"):
        assert f"the product is called docwitness now. Set DOCWITNESS_{name} instead." in text
    assert "FIELDPROOF_LLM_KEY is no longer read" in text
    assert "hush" not in text
    assert "/somewhere" not in text


def test_wrong_settings_are_reported_without_their_values(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWITNESS_SECRET_KEY", "hush")
    monkeypatch.setenv("DOCWITNESS_WORKERS", "many")
    text = refused(runner, "keys", "list")
    assert "DOCWITNESS_SECRET_KEY: encryption key 1 of 1 is malformed" in text
    assert "DOCWITNESS_WORKERS: " in text
    assert "hush" not in text
    assert "many" not in text


def test_accounts_have_terms_and_a_balance(runner: CliRunner) -> None:
    created = run(runner, "accounts", "create", "acme", "--price", "0.05", "--currency", "EUR", "--free-calls", "7")
    assert created.stdout.splitlines()[1].split() == ["acme", "0/7", "0.05", "EUR", "0", "hard", "60/600"]
    assert "50.5" in run(runner, "accounts", "credit", "acme", "50.5").stdout
    assert "soft" in run(runner, "accounts", "set", "acme", "--cap", "soft", "--calls-per-minute", "0").stdout
    listed = run(runner, "accounts", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed[1:]] == ["default", "acme"]
    assert listed[2].split() == ["acme", "0/7", "0.05", "EUR", "50.5", "soft", "60/-"]
    assert "there is already an account 'acme'" in refused(runner, "accounts", "create", "acme")
    assert "at most six decimals, got '0.0000001'" in refused(runner, "accounts", "set", "acme", "--price", "0.0000001")
    assert "operator's own" in refused(runner, "accounts", "delete", "default", "--yes")
    assert run(runner, "accounts", "delete", "acme", "--yes").stdout == "deleted account 'acme'\n"
    assert "there is no account" in refused(runner, "accounts", "credit", "acme", "1")


def test_usage(runner: CliRunner, tmp_path: Path) -> None:
    key = run(runner, "keys", "create", "books").stdout.strip()
    accounts = Accounts(f"sqlite:///{tmp_path}/new/data/docwitness.db")
    caller = accounts.keys.authenticate(key)
    payer = Payer(caller.account_id, caller.key_id, caller.plan)
    accounts.ledger.charge(payer, Charge("req_1", "/ocr/fields", "invoice", 3, {}), b"")
    accounts.close()
    assert run(runner, "usage", "--by", "route,template").stdout.splitlines() == [
        "ROUTE        TEMPLATE  CALLS  PAGES  COST",
        "/ocr/fields  invoice   1      3      0",
    ]
    assert run(runner, "usage", "--format", "csv", "--by", "key").stdout.split() == [
        "key,calls,pages,cost",
        f"{key[:12]},1,3,0",
    ]
    found = json.loads(run(runner, "usage", "--format", "json", "--account", "default").stdout)
    assert [(row["calls"], row["pages"], row["cost"]) for row in found] == [(1, 3, "0")]
    assert "by: expected any of day, key, route, template" in refused(runner, "usage", "--by", "colour")
    assert "'from' is after 'to'" in refused(runner, "usage", "--from", "2025-02-01", "--to", "2025-01-01")


def test_migrate(runner: CliRunner) -> None:
    assert run(runner, "migrate").stdout == "the database is up to date\n"


def test_a_postgres_that_was_not_migrated(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    if database_url.startswith("sqlite"):
        return
    monkeypatch.setenv("DOCWITNESS_DATABASE_URL", database_url)
    assert "run 'docwitness-server migrate'" in refused(runner, "keys", "create", "books")
    run(runner, "migrate")
    run(runner, "keys", "create", "books")


def test_a_worker_without_work(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWITNESS_JOB_WORKERS", "0")
    assert "this worker would do nothing" in refused(runner, "worker")


def test_settings_that_cannot_be_used_are_reported_without_a_traceback(runner: CliRunner) -> None:
    def open_pipeline(_settings: Settings) -> NoReturn:
        raise SetupError("DOCWITNESS_EXTRACTOR is 'llm', but DOCWITNESS_LLM_URL is not set")

    result = runner.invoke(main, ["serve"], obj=open_pipeline)
    assert result.exit_code == 1
    assert result.stderr.strip() == "Error: DOCWITNESS_EXTRACTOR is 'llm', but DOCWITNESS_LLM_URL is not set"
