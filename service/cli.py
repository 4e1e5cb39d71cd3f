"""The command `fieldproof-server`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import click
import uvicorn

from accounts import AccountStore, NoSuchKey, migrate
from documents import DocumentReader, Limits, PageReader, models
from documents.paddle import PaddleOcr
from documents.preparation import prepare
from extractors import Extractor, FieldExtractor
from service import logs
from service.app import create_app
from service.contract import known_locale
from service.evaluation.report import markdown
from service.evaluation.report_json import report_json
from service.evaluation.stated import TruthError
from service.evaluation.task import named_schema, prepared_task
from service.pipeline import Pipeline
from service.settings import Settings

T = TypeVar("T")


class Rooms(NamedTuple):
    """What reads documents and what proposes values."""

    reader: PageReader
    extractor: Extractor


OpenRooms = Callable[[Settings], AbstractContextManager[Rooms]]
"""The commands' context object; tests pass fakes."""


@contextmanager
def embedded_rooms(settings: Settings) -> Iterator[Rooms]:
    """Those that ship, in this process."""
    _prepare(settings)
    click.echo("loading models …", err=True)
    ocr = PaddleOcr(models.load(settings.effective_models_dir()))
    limits = Limits(pages=settings.max_pages, pixels=settings.max_pixels, seconds=settings.max_seconds)
    with closing(DocumentReader(ocr, limits, settings.effective_workers())) as reader:
        yield Rooms(reader, FieldExtractor())


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fieldproof-server")
@click.pass_context
def main(context: click.Context) -> None:
    """Extracts fields from documents and proves where they stand. Settings: FIELDPROOF_…, see docs/settings.md."""
    context.obj = context.obj or embedded_rooms


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(0, 65535), help="0 for any free port.")
@click.pass_obj
def serve(open_rooms: OpenRooms, host: str, port: int) -> None:
    """Run the API."""
    settings = _prepared()
    logs.configure(settings.log_level)
    with open_rooms(settings) as rooms:
        app = create_app(
            settings,
            reader=rooms.reader,
            extractor=rooms.extractor,
            account_store=AccountStore(settings.effective_database_url()),
        )
        uvicorn.run(app, host=host, port=port, log_config=None, access_log=False)


def _locale(_context: click.Context, _parameter: click.Parameter, locale: str | None) -> str | None:
    try:
        return known_locale(locale)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _writable(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """Known before the documents are read rather than after."""
    if path and not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder '{path.parent}'; create it first")
    return path


_INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--truth", type=_INPUT, help="CSV or JSON; by default truth.csv, truth.json or <document>.json in FOLDER."
)
@click.option("--template", help="The preset whose fields are asked for, such as invoice.")
@click.option("--schema", type=_INPUT, help='JSON of the fields to ask for: {"fields": [{"name": …, "type": …}]}.')
@click.option("--locale", callback=_locale, help="Settles dates and numbers that can be read in two ways: en-US, de.")
@click.option(
    "--out",
    type=_OUTPUT,
    callback=_writable,
    help="Where the report is written, in Markdown; by default the standard output.",
)
@click.option(
    "--json", "json_out", type=_OUTPUT, callback=_writable, help="Where all figures and cells are written, as JSON."
)
@click.option("--worst", default=20, show_default=True, type=click.IntRange(0), help="Mistakes that are listed.")
@click.option("--no-places", is_flag=True, help="Leave the places in the truth aside.")
@click.pass_obj
def evaluate(
    open_rooms: OpenRooms,
    folder: Path,
    truth: Path | None,
    template: str | None,
    schema: Path | None,
    locale: str | None,
    out: Path | None,
    json_out: Path | None,
    worst: int,
    no_places: bool,
) -> None:
    """Measure how right the answers are on the documents in FOLDER, whose values you know; see docs/evaluate.md.

    Nothing is sent anywhere, stored or charged.
    """
    settings = Settings()
    try:
        task = prepared_task(folder, truth, named_schema(template, schema), locale, places=not no_places)
    except TruthError as error:
        raise click.ClickException(str(error)) from None
    for note in task.notes:
        click.echo(note, err=True)
    with open_rooms(settings) as rooms:
        summary = task.run(Pipeline(*rooms), settings.max_document_bytes, lambda line: click.echo(line, err=True))
    if json_out:
        json_out.write_bytes(report_json(summary))
    report = markdown(summary, worst)
    if out:
        out.write_text(report, encoding="utf-8")
    else:
        click.echo(report, nl=False)


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
