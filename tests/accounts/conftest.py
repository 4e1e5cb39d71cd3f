"""Accounts in an empty database of each kind, with a clock that tests set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from cryptography.fernet import Fernet

from accounts import Accounts, Plan, SecretCipher
from tests.databases import with_tables
from tests.fakes import Clock, FakeQueue


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database_url: str, clock: Clock) -> Iterator[Accounts]:
    with_tables(database_url)
    cipher = SecretCipher(Fernet.generate_key().decode())
    with closing(Accounts(database_url, Plan(), clock, cipher=cipher, queue=FakeQueue())) as opened:
        yield opened
