"""Open the database for a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from accounts import Accounts, InvalidEncryptionKey, migrate
from accounts.migrate import is_current
from service.settings import Settings


@contextmanager
def open_accounts(settings: Settings) -> Iterator[Accounts]:
    """Open the database; a SQLite file is created or upgraded first.

    Raises:
        click.ClickException: if the tables of a Postgres database are not those of this version, or the key that
            encrypts the secrets of signing keys cannot be used.
    """
    url = settings.effective_database_url()
    try:
        cipher = settings.secret_cipher()
    except InvalidEncryptionKey as error:
        raise click.ClickException(str(error)) from None
    if url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        migrate(url)
    elif not is_current(url):
        raise click.ClickException("the tables are not those of this version; run 'docwitness-server migrate'")
    with closing(Accounts(url, settings.default_plan(), cipher=cipher)) as accounts:
        yield accounts
