"""`docwitness-server keys`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from accounts import DEFAULT_ACCOUNT, SCOPES, NotFound
from service.cli.database import open_accounts
from service.settings import Settings

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(_context: click.Context, _parameter: click.Parameter, text: str | None) -> timedelta | None:
    """`90d`, `12h`, `30m`."""
    if text is None:
        return None
    if text[-1:] not in _SECONDS or not text[:-1].isdigit():
        raise click.BadParameter(f"expected a number and one of {', '.join(_SECONDS)}, such as 90d; came '{text}'")
    return timedelta(seconds=int(text[:-1]) * _SECONDS[text[-1]])


@click.group()
def keys() -> None:
    """Create, list, rotate and revoke API keys."""


@keys.command("create")
@click.argument("name")
@click.option("--account", default=DEFAULT_ACCOUNT, show_default=True, help="Whose key it is.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="What it may do; repeat for several. All by default.",
)
@click.option("--expires-in", callback=_duration, metavar="90d", help="When it stops by itself; never by default.")
def create_key(name: str, account: str, scopes: tuple[str, ...], expires_in: timedelta | None) -> None:
    """Create a key. It is shown this one time, alone on the last line."""
    expires_at = datetime.now(UTC) + expires_in if expires_in else None
    with open_accounts(Settings()) as accounts:
        try:
            key = accounts.keys.create(name, set(scopes or SCOPES), expires_at, account)
        except NotFound as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"created key '{name}'; it is not shown again:", err=True)
    click.echo(key.secret)


@keys.command("list")
@click.option("--account", help="Whose; all by default.")
def list_keys(account: str | None) -> None:
    """List all keys, without their secrets."""
    with open_accounts(Settings()) as accounts:
        try:
            found = accounts.keys.all(accounts.account_store.find(account).id if account else None)
        except NotFound as error:
            raise click.ClickException(str(error)) from None
    now = datetime.now(UTC)
    click.echo(f"{'PREFIX':14} {'NAME':24} {'ACCOUNT':16} {'SCOPES':20} {'CREATED':17} {'LAST USED':17} STATE")
    for key, owner in found:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        state = "active"
        if key.revoked_at:
            state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}"
        elif key.expires_at:
            state = f"{'expired' if key.expires_at <= now else 'until'} {key.expires_at:%Y-%m-%d %H:%M}"
        scopes = ",".join(key.scopes)
        created = f"{key.created_at:%Y-%m-%d %H:%M}"
        click.echo(f"{key.prefix:14} {key.name:24} {owner:16} {scopes:20} {created:17} {used:17} {state}")


@keys.command("rotate")
@click.argument("prefix")
@click.option("--grace", callback=_duration, metavar="1h", help="How long the old key goes on working; not at all.")
def rotate_key(prefix: str, grace: timedelta | None) -> None:
    """Replace a key: PREFIX as `keys list` shows it. The new one is shown this one time, alone on the last line."""
    with open_accounts(Settings()) as accounts:
        try:
            key = accounts.keys.rotate(prefix, grace=grace or timedelta(0))
        except NotFound as error:
            raise click.ClickException(str(error)) from None
    click.echo("the new key; it is not shown again:", err=True)
    click.echo(key.secret)


@keys.command("revoke")
@click.argument("prefix")
def revoke_key(prefix: str) -> None:
    """Revoke a key: its PREFIX as `keys list` shows it, or the whole key."""
    with open_accounts(Settings()) as accounts:
        try:
            name = accounts.keys.revoke(prefix)
        except NotFound as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"revoked key '{name}'")
