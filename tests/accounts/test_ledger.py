from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from accounts import (
    Accounts,
    Caller,
    Charge,
    Idempotency,
    IdempotencyConflict,
    InsufficientBalance,
    Payer,
    Reply,
    TooManyCalls,
    billing_month,
)
from tests.fakes import Clock

NOON = datetime(2025, 4, 30, 12, tzinfo=UTC)
ALL = (NOON - timedelta(days=400), NOON + timedelta(days=400))


def caller_of(accounts: Accounts, account: str, **terms: object) -> Caller:
    accounts.account_store.create(account, **terms)
    return accounts.keys.authenticate(accounts.keys.create("key", account=account).secret)


def payer(caller: Caller) -> Payer:
    return Payer(caller.account_id, caller.key_id, caller.plan)


def charge(number: int, pages: int = 1, route: str = "/ocr/fields", template: str | None = "invoice") -> Charge:
    return Charge(f"req_{number}", route, template, pages, {"read": 0.1})


def calls(accounts: Accounts, caller: Caller) -> int:
    return sum(row.calls for row in accounts.ledger.usage(*ALL, account_id=caller.account_id))


def test_usage_in_groups(accounts: Accounts, clock: Clock) -> None:
    caller = caller_of(accounts, "books")
    accounts.ledger.charge(payer(caller), charge(1, pages=2), b"")
    accounts.ledger.charge(payer(caller), charge(2, route="/ocr", template=None), b"")
    accounts.ledger.charge(payer(caller_of(accounts, "other")), charge(3), b"")
    clock.go(days=1)
    accounts.ledger.charge(payer(caller), charge(4, pages=5), b"")

    def groups(*by: str) -> list[tuple[object, ...]]:
        rows = accounts.ledger.usage(*ALL, by, caller.account_id)  # type: ignore[arg-type]
        return [(*row.group.values(), row.calls, row.pages) for row in rows]

    assert groups("day") == [("2025-04-30", 2, 3), ("2025-05-01", 1, 5)]
    assert groups("key") == [(caller.prefix, 3, 8)]
    assert groups("day", "route") == [
        ("2025-04-30", "/ocr", 1, 1),
        ("2025-04-30", "/ocr/fields", 1, 2),
        ("2025-05-01", "/ocr/fields", 1, 5),
    ]
    assert set(groups("template")) == {("invoice", 2, 7), (None, 1, 1)}
    assert sum(row.calls for row in accounts.ledger.usage(*ALL)) == 4
    assert accounts.account_store.get(caller.account_id).used == 1  # May has just begun


def test_a_repeated_call_gets_the_first_reply_and_is_charged_once(accounts: Accounts, clock: Clock) -> None:
    caller = caller_of(accounts, "books")
    account, wanted = caller.account_id, Idempotency("k", "a" * 64)
    assert accounts.ledger.replay(account, wanted) is None
    assert accounts.ledger.charge(payer(caller), charge(1), b"first", wanted) == Reply(b"first", False)
    assert accounts.ledger.replay(account, wanted) == b"first"
    assert accounts.ledger.charge(payer(caller), charge(2), b"second", wanted) == Reply(b"first", True)
    assert calls(accounts, caller) == 1
    actions: list[Callable[[Idempotency], object]] = [
        lambda other: accounts.ledger.replay(account, other),
        lambda other: accounts.ledger.charge(payer(caller), charge(3), b"", other),
    ]
    for action in actions:
        with pytest.raises(IdempotencyConflict):
            action(Idempotency("k", "b" * 64))
    clock.go(hours=24, seconds=1)
    assert accounts.ledger.replay(account, wanted) is None
    assert accounts.ledger.charge(payer(caller), charge(4), b"third", wanted) == Reply(b"third", False)
    assert calls(accounts, caller) == 2
    accounts.forget()
    assert accounts.ledger.replay(account, wanted) == b"third"


def test_concurrent_repeats_are_charged_once(accounts: Accounts) -> None:
    caller = caller_of(accounts, "books")
    wanted = Idempotency("k", "a" * 64)
    with ThreadPoolExecutor(8) as threads:
        replies = list(
            threads.map(lambda n: accounts.ledger.charge(payer(caller), charge(n), b"%d" % n, wanted), range(8))
        )
    assert len({reply.body for reply in replies}) == 1
    assert sum(not reply.replayed for reply in replies) == 1
    assert calls(accounts, caller) == accounts.account_store.get(caller.account_id).used == 1


def test_a_request_cannot_be_charged_twice(accounts: Accounts) -> None:
    caller = caller_of(accounts, "books")
    accounts.ledger.charge(payer(caller), charge(1), b"")
    with pytest.raises(IntegrityError):
        accounts.ledger.charge(payer(caller), charge(1), b"")
    assert calls(accounts, caller) == accounts.account_store.get(caller.account_id).used == 1


@pytest.mark.parametrize(
    "change", ["UPDATE usage_entry SET pages = 0", "UPDATE usage_entry SET price = 0", "DELETE FROM usage_entry"]
)
def test_the_ledger_is_append_only(accounts: Accounts, change: str) -> None:
    caller = caller_of(accounts, "books")
    accounts.ledger.charge(payer(caller), charge(1), b"")
    with pytest.raises(DBAPIError, match="append-only"), accounts.database.write() as session:
        session.execute(text(change))


def test_two_accounts_may_use_the_same_idempotency_key(accounts: Accounts) -> None:
    wanted = Idempotency("same", "a" * 64)
    accounts.ledger.charge(payer(caller_of(accounts, "a")), charge(1), b"a's", wanted)
    assert accounts.ledger.replay(caller_of(accounts, "b").account_id, wanted) is None


def test_a_hard_cap_is_exact_under_concurrency(accounts: Accounts) -> None:
    caller = caller_of(accounts, "books", free_calls=2, price=Decimal("0.05"), currency="EUR")
    accounts.account_store.credit("books", Decimal("0.12"))

    def one(number: int) -> bool:
        try:
            accounts.ledger.charge(payer(caller), charge(number), b"")
        except InsufficientBalance as error:
            assert "0.02 EUR, but a call costs 0.05" in str(error)
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(one, range(10))) == 4  # two free, two paid
    account = accounts.account_store.get(caller.account_id)
    assert (account.used, account.balance) == (4, Decimal("0.02"))
    (row,) = accounts.ledger.usage(*ALL, account_id=caller.account_id)
    assert (row.calls, row.cost) == (4, Decimal("0.10"))
    with pytest.raises(InsufficientBalance):
        accounts.rate_limiter.require_funds(caller)
    accounts.account_store.credit("books", Decimal("0.03"))
    accounts.rate_limiter.require_funds(caller)
    with pytest.raises(InsufficientBalance):
        accounts.rate_limiter.require_funds(caller, 2)


def test_a_soft_cap_goes_below_zero(accounts: Accounts) -> None:
    caller = caller_of(accounts, "books", free_calls=0, price=Decimal("0.000001"), cap="soft")
    accounts.rate_limiter.require_funds(caller)
    accounts.ledger.charge(payer(caller), charge(1), b"")
    assert accounts.account_store.get(caller.account_id).balance == Decimal("-0.000001")


def test_free_calls_come_back_with_the_month(accounts: Accounts, clock: Clock) -> None:
    caller = caller_of(accounts, "books", free_calls=1)
    accounts.ledger.charge(payer(caller), charge(1), b"")
    with pytest.raises(InsufficientBalance):
        accounts.ledger.charge(payer(caller), charge(2), b"")
    clock.go(days=1)
    accounts.ledger.charge(payer(caller), charge(3), b"")


def test_calls_a_minute_of_a_key_and_of_an_account(accounts: Accounts, clock: Clock) -> None:
    first = caller_of(accounts, "books", key_calls_per_minute=3, calls_per_minute=4)
    second = accounts.keys.authenticate(accounts.keys.create("second", account="books").secret)
    left = [accounts.rate_limiter.admit(first) for _ in range(3)]
    assert [(s.limit, s.remaining) for s in left if s] == [(3, 2), (3, 1), (3, 0)]
    with pytest.raises(TooManyCalls, match="this key may make 3 calls a minute; wait 60 s") as caught:
        accounts.rate_limiter.admit(first)
    assert (caught.value.retry_after, caught.value.state.remaining) == (60, 0)
    accounts.rate_limiter.admit(second)
    with pytest.raises(TooManyCalls, match="this account may make 4 calls a minute"):
        accounts.rate_limiter.admit(second)
    clock.go(seconds=60)
    accounts.rate_limiter.admit(second)  # what was refused did not count


def test_the_limit_holds_for_all_replicas_together(accounts: Accounts, database_url: str, clock: Clock) -> None:
    caller = caller_of(accounts, "books", key_calls_per_minute=20)
    replicas = [Accounts(database_url, clock=clock) for _ in range(3)]

    def admitted(number: int) -> bool:
        try:
            replicas[number % 3].rate_limiter.admit(caller)
        except TooManyCalls:
            return False
        return True

    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(admitted, range(60))) == 20
    for replica in replicas:
        replica.close()


def test_a_clock_that_jumps(accounts: Accounts, clock: Clock) -> None:
    """Forwards and back again: limits recover within their minute, nothing is charged twice, nothing locks up."""
    caller = caller_of(accounts, "books", key_calls_per_minute=2)
    wanted = Idempotency("k", "a" * 64)
    accounts.ledger.charge(payer(caller), charge(1), b"first", wanted)
    for hours in (5, -10, 3):
        clock.go(hours=hours)
        accounts.rate_limiter.admit(caller)
        accounts.rate_limiter.admit(caller)
        with pytest.raises(TooManyCalls):
            accounts.rate_limiter.admit(caller)
        assert accounts.ledger.charge(payer(caller), charge(2), b"again", wanted) == Reply(b"first", True)
        accounts.forget()
    assert calls(accounts, caller) == 1


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        pytest.param(NOON, (2025, 4), (2025, 5), id="april"),
        pytest.param(datetime(2025, 12, 31, 23, tzinfo=UTC), (2025, 12), (2026, 1), id="over-the-year"),
        pytest.param(datetime(2024, 2, 29, tzinfo=UTC), (2024, 2), (2024, 3), id="leap-day"),
    ],
)
def test_billing_month(now: datetime, start: tuple[int, int], end: tuple[int, int]) -> None:
    assert billing_month(now) == (datetime(*start, 1, tzinfo=UTC), datetime(*end, 1, tzinfo=UTC))
