from __future__ import annotations

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from accounts import Accounts, Charge, InvalidKey, Payer, migrate
from accounts.database import sync_url
from accounts.migrate import is_current
from accounts.tables import Base


def test_migrations_make_the_tables_of_the_models(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)
    assert is_current(database_url)
    engine = create_engine(sync_url(database_url))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_upgrade_from_the_first_version(database_url: str) -> None:
    """Keys, the ledger and its sums go to the default account; keys go on working."""
    migrate(database_url, "0001")
    assert not is_current(database_url)
    engine = create_engine(sync_url(database_url))
    with engine.begin() as connection:
        for number in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO api_key (name, prefix, key_hash, created_at) "
                    "VALUES (:name, :prefix, :hash, '2025-01-01 00:00:00+00:00')"
                ),
                {"name": f"key {number}", "prefix": f"dwk_0000000{number}", "hash": "x"},
            )
        for request, key, day in (
            ("a", 1, "2025-01-31 23:30"),
            ("b", 1, "2025-02-01 00:30"),
            ("c", 2, "2025-02-02 00:00"),
        ):
            connection.execute(
                text(
                    "INSERT INTO usage_entry (api_key_id, created_at, request_id, route, template, pages, seconds) "
                    "VALUES (:key, :day, :request, '/ocr/fields', 'invoice', 2, '{}')"
                ),
                {"key": key, "day": f"{day}:00+00:00", "request": request},
            )
        connection.execute(
            text(
                "INSERT INTO idempotent_reply (api_key_id, idempotency_key, fingerprint, body, created_at) "
                "VALUES (1, 'k', 'f', :body, '2025-02-02 00:00:00+00:00')"
            ),
            {"body": b"x"},
        )
    engine.dispose()

    migrate(database_url)

    with closing(Accounts(database_url)) as accounts:
        account = accounts.account_store.find("default")
        keys = accounts.keys.all(account.id)
        assert [key.name for key, _ in keys] == ["key 1", "key 2"]
        assert keys[0][0].scopes == ["admin", "extract", "usage"]
        begin = datetime(2025, 1, 1, tzinfo=UTC)
        rows = accounts.ledger.usage(begin, begin + timedelta(days=90), ("day",), account.id)
        assert [[row.group["day"], row.calls, row.pages, row.cost] for row in rows] == [
            ["2025-01-31", 1, 2, 0],
            ["2025-02-01", 1, 2, 0],
            ["2025-02-02", 1, 2, 0],
        ]
        with accounts.database.read() as session:
            found = session.execute(text("SELECT month, calls FROM month_usage ORDER BY month"))
            months = [tuple(row) for row in found]
        assert months == [("2025-01", 1), ("2025-02", 2)]
        payer = Payer(account.id, keys[0][0].id, account.plan)
        accounts.ledger.charge(payer, Charge("new", "/ocr", None, 1, {}), b"")  # numbers go on


def test_processes_that_migrate_at_the_same_time(database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [database_url] * 4))
    assert is_current(database_url)


def insert(database_url: str, *statements: tuple[str, dict[str, object]]) -> None:
    """Write rows as a former version did."""
    engine = create_engine(sync_url(database_url))
    with engine.begin() as connection:
        for statement, values in statements:
            connection.execute(text(statement), values)
    engine.dispose()


def old_key(secret: str) -> tuple[str, dict[str, object]]:
    return (
        "INSERT INTO api_key (account_id, name, prefix, key_hash, scopes, created_at) "
        "VALUES (1, 'old', :prefix, :hash, '[\"extract\"]', '2025-01-01 00:00:00+00:00')",
        {"prefix": secret[:12], "hash": hashlib.sha256(secret.encode()).hexdigest()},
    )


def old_job(number: int, request: str = "{}") -> tuple[str, dict[str, object]]:
    return (
        "INSERT INTO job (id, account_id, api_key_id, route, priority, request, retain, keep_hours, state, created_at) "
        "VALUES (:id, 1, 1, '/ocr/jobs', 2, :request, false, 24, 'queued', '2025-01-01 00:00:00+00:00')",
        {"id": f"job_{number}", "request": request},
    )


@pytest.mark.parametrize("prefix", ["dwk_", "fpk_"])
def test_upgrade_from_the_second_version(database_url: str, prefix: str) -> None:
    """Old keys work as bearer tokens, those of the product's former name too; jobs and accounts stay as they were."""
    migrate(database_url, "0002")
    secret = prefix + "a" * 43
    insert(database_url, old_key(secret), old_job(1))

    migrate(database_url)

    with closing(Accounts(database_url)) as accounts:
        assert accounts.keys.authenticate(secret).name == "old"
        assert accounts.jobs.get(1, "job_1").row.request == {}
        assert accounts.account_store.find("default").plan.may_choose_extractor is False


def test_upgrade_from_the_third_version(database_url: str) -> None:
    """Keys that could sign go on working as bearer tokens, and say what to do when they sign."""
    migrate(database_url, "0003")
    secret = "fpk_" + "a" * 43
    chosen = '{"extractor": "fieldproof", "locale": "en"}'
    other = '{"extractor": "llm", "fields": [{"name": "fieldproof"}]}'
    insert(
        database_url,
        old_key(secret),
        ("UPDATE api_key SET signing_state = :state", {"state": bytes(64)}),
        old_job(1, chosen),
        old_job(2, other),
    )

    migrate(database_url)

    message = b"to be signed"
    signature = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    with closing(Accounts(database_url)) as accounts:
        assert accounts.keys.authenticate(secret, "extract").name == "old"
        assert not accounts.keys.can_sign(secret[:12])
        with pytest.raises(InvalidKey, match=r"cannot sign requests.*keys create NAME --signing"):
            accounts.keys.authenticate_signature(secret[:12], message, signature)
        ((key, _),) = accounts.keys.all()
        assert not key.signing
        assert accounts.keys.rotate(secret[:12]).secret.startswith("dwk_")
        assert accounts.jobs.get(1, "job_1").row.request == {"extractor": "docwitness", "locale": "en"}
        assert accounts.jobs.get(1, "job_2").row.request == json.loads(other)
        assert accounts.jobs.get(1, "job_1").row.answer_format is None
        assert accounts.account_store.find("default").plan.may_choose_extractor is False
