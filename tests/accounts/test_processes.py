from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from accounts import Accounts
from accounts.processes import HEARTBEAT_INTERVAL, MAX_SILENCE, Processes
from tests.databases import with_tables
from tests.fakes import Clock


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Iterator[Accounts]:
    """On SQLite, where the time of the heartbeats is that of the clock."""
    url = f"sqlite:///{tmp_path}/a.db"
    with_tables(url)
    with closing(Accounts(url, clock=clock)) as opened:
        yield opened


class Pair:
    """Two processes that write heartbeats."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self.clock = clock
        self.one, self.other = Processes(accounts.database), Processes(accounts.database)

    def beat(self, *, other: bool = True, time: timedelta = MAX_SILENCE) -> None:
        """Write heartbeats for a time, the last one at its end."""
        for _ in range(time // HEARTBEAT_INTERVAL):
            self.clock.now += HEARTBEAT_INTERVAL
            self.one.beat("one")
            if other:
                self.other.beat("other")


@pytest.fixture
def pair(accounts: Accounts, clock: Clock) -> Pair:
    return Pair(accounts, clock)


def test_a_process_judges_others_when_its_own_heartbeats_have_no_gap(pair: Pair) -> None:
    assert pair.one.living() is None
    pair.beat(time=MAX_SILENCE)
    assert pair.one.living() is None
    pair.beat(time=HEARTBEAT_INTERVAL)
    assert pair.one.living() == {"one", "other"}
    pair.beat(other=False, time=MAX_SILENCE)
    assert pair.one.living() == {"one", "other"}
    pair.beat(other=False, time=HEARTBEAT_INTERVAL)
    assert pair.one.living() == {"one"}


def test_after_an_outage_every_process_has_time_to_write_a_heartbeat(pair: Pair, clock: Clock) -> None:
    pair.beat(time=2 * MAX_SILENCE)
    clock.go(seconds=13)
    assert pair.one.living() is None
    pair.one.beat("one")
    assert pair.one.living() is None
    pair.beat()
    assert pair.one.living() == {"one", "other"}


def test_a_clock_that_is_set_back_keeps_no_dead_process_alive(pair: Pair, clock: Clock, accounts: Accounts) -> None:
    pair.beat(time=2 * MAX_SILENCE)
    clock.go(hours=-1)
    assert pair.one.living() is None
    pair.one.beat("one")
    pair.beat(other=False)
    assert pair.one.living() == {"one"}
    pair.one.forget()
    with accounts.database.read() as session:
        assert session.scalars(text("SELECT id FROM process")).all() == ["one"]


def test_the_time_is_that_of_the_database(database_url: str) -> None:
    with_tables(database_url)
    with closing(Accounts(database_url)) as accounts:
        trusting = Processes(accounts.database, min_series=timedelta(0))
        trusting.beat("one")
        assert trusting.living() == {"one"}
        trusting.forget()
        assert trusting.living() == {"one"}
        accounts.processes.beat("one")
        assert accounts.processes.living() is None
