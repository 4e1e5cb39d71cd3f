"""The commands `docwitness-server keys …`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click

from accounts import DEFAULT_ACCOUNT, SCOPES, Accounts, Conflict, NotFound, UndecryptableSecret
from service.cli.open_database import open_accounts
from service.settings import Settings

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(_context: click.Context, _parameter: click.Parameter, text: str | None) -> timedelta | None:
    """Read a duration such as `90d`, `12h` or `30m`."""
    if text is None:
        return None
    if text[-1:] not in _SECONDS or not text[:-1].isdigit():
        raise click.BadParameter(f"expected a number and one of {', '.join(_SECONDS)}, such as 90d; got '{text}'")
    return timedelta(seconds=int(text[:-1]) * _SECONDS[text[-1]])


@contextmanager
def _opened() -> Iterator[Accounts]:
    try:
        with open_accounts(Settings()) as accounts:
            yield accounts
    except (NotFound, Conflict) as error:
        raise click.ClickException(str(error)) from None


@click.group()
def keys() -> None:
    """Create, list, rotate and revoke API keys."""


@keys.command("create")
@click.argument("name")
@click.option("--account", default=DEFAULT_ACCOUNT, show_default=True, help="Account that owns the key.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="What the key may do; repeat for several. All by default.",
)
@click.option("--expires-in", callback=_duration, metavar="90d", help="When the key stops by itself; never by default.")
@click.option(
    "--signing", is_flag=True, help="Let the key sign requests (SDK-HMAC-SHA256); its secret is kept, encrypted."
)
def create_key(name: str, account: str, scopes: tuple[str, ...], expires_in: timedelta | None, signing: bool) -> None:
    """Create a key and print it, alone on the last line. It is not shown again."""
    expires_at = datetime.now(UTC) + expires_in if expires_in else None
    with _opened() as accounts:
        key = accounts.keys.create(name, set(scopes or SCOPES), expires_at, account, signing=signing)
    click.echo(f"created key '{name}'; it is not shown again:", err=True)
    if signing:
        click.echo(f"access key {key.prefix}, secret key:", err=True)
    click.echo(key.secret)


@keys.command("list")
@click.option("--account", help="Account whose keys are listed; all accounts by default.")
def list_keys(account: str | None) -> None:
    """List all keys, without their secrets."""
    with _opened() as accounts:
        found = accounts.keys.all(accounts.account_store.find(account).id if account else None)
    now = datetime.now(UTC)
    header = (
        f"{'PREFIX':14} {'NAME':24} {'ACCOUNT':16} {'SCOPES':20} {'SIGNING':7} {'CREATED':17} {'LAST USED':17} STATE"
    )
    click.echo(header)
    for key, owner in found:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        state = "active"
        if key.revoked_at:
            state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}"
        elif key.expires_at:
            state = f"{'expired' if key.expires_at <= now else 'until'} {key.expires_at:%Y-%m-%d %H:%M}"
        scopes, signing = ",".join(key.scopes), "yes" if key.signing else "no"
        created = f"{key.created_at:%Y-%m-%d %H:%M}"
        click.echo(f"{key.prefix:14} {key.name:24} {owner:16} {scopes:20} {signing:7} {created:17} {used:17} {state}")


@keys.command("rotate")
@click.argument("prefix")
@click.option("--grace", callback=_duration, metavar="1h", help="How long the old key goes on working; 0 by default.")
def rotate_key(prefix: str, grace: timedelta | None) -> None:
    """Replace a key by a new one with the same rights.

    PREFIX is the one that `keys list` shows. The new key is printed alone on the last line and not shown again.
    """
    with _opened() as accounts:
        key = accounts.keys.rotate(prefix, grace=grace or timedelta(0))
    click.echo("created the new key; it is not shown again:", err=True)
    click.echo(key.secret)


@keys.command("revoke")
@click.argument("prefix")
def revoke_key(prefix: str) -> None:
    """Revoke the key with PREFIX, as `keys list` shows it."""
    with _opened() as accounts:
        name = accounts.keys.revoke(prefix)
    click.echo(f"revoked key '{name}'")


@keys.command("reencrypt")
def reencrypt_keys() -> None:
    """Encrypt the secrets of signing keys with the first key of DOCWITNESS_SECRET_KEY."""
    with _opened() as accounts:
        try:
            count = accounts.keys.reencrypt_secrets()
        except UndecryptableSecret:
            raise click.ClickException(
                "no encryption key fits the secret of a signing key; nothing was changed. "
                "Add the key that encrypted it to DOCWITNESS_SECRET_KEY, after the first one."
            ) from None
    click.echo(f"encrypted the secrets of {count} keys again")
