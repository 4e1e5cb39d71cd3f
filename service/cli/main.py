"""The command `docwitness-server`."""

from __future__ import annotations

import signal
import threading

import click
import uvicorn
from dbos import DBOS

from accounts import migrate
from documents.ocr import models
from service.app import create_app
from service.cli import logs
from service.cli.accounts import accounts_group, usage
from service.cli.batch import batch
from service.cli.evaluate import evaluate
from service.cli.keys import keys
from service.jobs.runtime import running
from service.pipeline.assembly import OpenRooms, embedded_rooms, open_accounts, prepare_models
from service.pipeline.pipeline import Pipeline
from service.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="docwitness-server")
@click.pass_context
def main(context: click.Context) -> None:
    """Extract fields from documents and prove where each is printed.

    Settings are environment variables, DOCWITNESS_…; see docs/settings.md.
    """
    context.obj = context.obj or embedded_rooms


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 listens on all.")
@click.option(
    "--port",
    default=7860,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes any free port.",
)
@click.pass_obj
def serve(open_rooms: OpenRooms, host: str, port: int) -> None:
    """Run the API, and also work on jobs unless DOCWITNESS_JOB_WORKERS is 0."""
    settings = Settings()
    logs.configure(settings.log_level)
    with open_accounts(settings) as accounts, open_rooms(settings) as rooms:
        pipeline = Pipeline(*rooms)
        with running(settings, accounts, pipeline) as jobs:
            app = create_app(settings, pipeline=pipeline, accounts=accounts, job_service=jobs.desk)
            uvicorn.run(app, host=host, port=port, log_config=None, access_log=False)


@main.command()
@click.pass_obj
def worker(open_rooms: OpenRooms) -> None:
    """Work on jobs without the API, on any machine that shares the database and the store."""
    settings = Settings()
    logs.configure(settings.log_level)
    if not settings.effective_job_workers():
        raise click.ClickException("DOCWITNESS_JOB_WORKERS is 0, so this worker would do nothing. Set it to 1 or more")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with (
        open_accounts(settings) as accounts,
        open_rooms(settings) as rooms,
        running(settings, accounts, Pipeline(*rooms)),
    ):
        click.echo("working on jobs", err=True)
        stop.wait()
        click.echo("finishing the documents in progress …", err=True)


@main.command("migrate")
def migrate_command() -> None:
    """Create or upgrade the database tables. With SQLite, every command does this by itself."""
    settings = Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.effective_database_url())
    DBOS.migrate(settings.effective_queue_url())
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
    prepare_models(settings)
    click.echo(f"the models are ready in {settings.effective_models_dir()}")


for command in (evaluate, batch, keys, accounts_group, usage):
    main.add_command(command)
