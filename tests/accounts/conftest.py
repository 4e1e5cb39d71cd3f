"""Accounts in an empty database of each kind, with a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from accounts import Accounts, Plan, migrate
from tests.fakes import Clock, FakeQueue


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database_url: str, clock: Clock) -> Iterator[Accounts]:
    migrate(database_url)
    with closing(Accounts(database_url, Plan(), clock, FakeQueue())) as opened:
        yield opened
