"""The command `fieldproof-server`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import TypeVar

import click
import uvicorn

from accounts import AccountStore, NoSuchKey, migrate
from documents import DocumentReader, Limits, models
from documents.paddle import PaddleOcr
from documents.preparation import prepare
from extractors import RuleExtractor
from service import logs
from service.app import create_app
from service.settings import Settings

T = TypeVar("T")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fieldproof-server")
def main() -> None:
    """Extracts fields from documents and proves where they stand. Settings: FIELDPROOF_…, see docs/settings.md."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(0, 65535), help="0 for any free port.")
def serve(host: str, port: int) -> None:
    """Run the API."""
    settings = _prepared()
    logs.configure(settings.log_level)
    _prepare(settings)
    click.echo("loading models …", err=True)
    ocr = PaddleOcr(models.load(settings.effective_models_dir()))
    limits = Limits(pages=settings.max_pages, pixels=settings.max_pixels, seconds=settings.max_seconds)
    with closing(DocumentReader(ocr, limits, settings.effective_workers())) as reader:
        app = create_app(
            settings,
            reader=reader,
            extractor=RuleExtractor(),
            account_store=AccountStore(settings.effective_database_url()),
        )
        uvicorn.run(app, host=host, port=port, log_config=None, access_log=False)


@main.command("migrate")
def migrate_command() -> None:
    """Create or upgrade the database; `serve` and `keys` do this by themselves."""
    _prepared()
    click.echo("the database is up to date")


@main.group("models")
def models_group() -> None:
    """The OCR models."""


@models_group.command("prepare")
def prepare_command() -> None:
    """Make what is made of the models once; `serve` does this by itself at its first start."""
    settings = Settings()
    if not models.has_8_bit_products():
        click.echo("this processor has no 8-bit products (VNNI): nothing to prepare, the float models serve")
        return
    _prepare(settings)
    click.echo(f"the models are ready in {settings.effective_models_dir()}")


@main.group()
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command("create")
@click.argument("name")
def create_key(name: str) -> None:
    """Create a key. It is shown this one time, alone on the last line."""
    key = _with_store(lambda store: store.create_key(name))
    click.echo(f"created key '{name}'; it is not shown again:", err=True)
    click.echo(key)


@keys.command("list")
def list_keys() -> None:
    """List all keys, without their secrets."""
    found = _with_store(lambda store: store.keys())
    click.echo(f"{'PREFIX':14} {'NAME':24} {'CREATED':17} {'LAST USED':17} STATE")
    for key in found:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "active"
        click.echo(f"{key.prefix:14} {key.name:24} {key.created_at:%Y-%m-%d %H:%M} {used:17} {state}")


@keys.command("revoke")
@click.argument("prefix")
def revoke_key(prefix: str) -> None:
    """Revoke a key: its PREFIX as `keys list` shows it, or the whole key."""
    try:
        name = _with_store(lambda store: store.revoke_key(prefix))
    except NoSuchKey as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"revoked key '{name}'")


def _prepare(settings: Settings) -> None:
    """Make the fast models, if that was not done yet."""
    folder = settings.effective_models_dir()
    try:
        if prepare(folder, lambda step: click.echo(f"preparing the models, once: {step} …", err=True)):
            click.echo(f"prepared the models in {folder}", err=True)
    except Exception as error:  # reading works without them
        click.echo(f"the models cannot be prepared in {folder} ({error}); reading is slower", err=True)


def _prepared() -> Settings:
    """Settings, with the data folder and the tables in place."""
    settings = Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.effective_database_url())
    return settings


def _with_store(action: Callable[[AccountStore], Awaitable[T]]) -> T:
    settings = _prepared()

    async def run() -> T:
        store = AccountStore(settings.effective_database_url())
        try:
            return await action(store)
        finally:
            await store.close()

    return asyncio.run(run())
