"""The command `docwitness-server`."""

from __future__ import annotations

import signal
import threading
from contextlib import closing
from functools import partial
from typing import Any

import click
import uvicorn
from pydantic import ValidationError

from accounts import Accounts, migrate
from service.app import create_app
from service.cli import logs
from service.cli.accounts import accounts_group, usage
from service.cli.batch import batch
from service.cli.evaluate import evaluate
from service.cli.keys import keys
from service.cli.open_database import open_accounts
from service.jobs.queue_upgrade import prepare_queue
from service.jobs.runtime import open_job_runtime
from service.pipeline.assembly import OpenPipeline, SetupError, embedded_pipeline
from service.settings import Settings, error_text
from service.vendors import preset_extractors

_report = partial(click.echo, err=True)


class _Program(click.Group):
    """A group of commands that report settings they cannot use.

    They are reported as a command's error, without a traceback.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SetupError as error:
            raise click.ClickException(str(error)) from error
        except ValidationError as error:
            if error.title != Settings.__name__:
                raise
            raise click.ClickException(error_text(error)) from None


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="docwitness-server")
@click.pass_context
def main(context: click.Context) -> None:
    """Extract fields from documents and prove where each is printed.

    Settings are environment variables, DOCWITNESS_…; see docs/settings.md.
    """
    context.obj = context.obj or partial(embedded_pipeline, report=_report, preset_extractors=preset_extractors())


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
def serve(open_pipeline: OpenPipeline, host: str, port: int) -> None:
    """Run the API, and also work on jobs unless DOCWITNESS_JOB_WORKERS is 0."""
    settings = Settings()
    logs.configure(settings.log_level)
    with (
        open_accounts(settings) as accounts,
        open_pipeline(settings) as pipeline,
        open_job_runtime(settings, accounts, pipeline) as jobs,
    ):
        app = create_app(settings, pipeline=pipeline, accounts=accounts, job_service=jobs.service)
        # uvicorn raises SIGTERM again after it has stopped; the default handler would end the process before jobs stop
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        uvicorn.run(app, host=host, port=port, log_config=None, access_log=False)


@main.command()
@click.pass_obj
def worker(open_pipeline: OpenPipeline) -> None:
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
        open_pipeline(settings) as pipeline,
        open_job_runtime(settings, accounts, pipeline),
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
    with closing(Accounts(settings.effective_database_url())) as accounts:
        prepare_queue(accounts, settings.effective_queue_url())
    click.echo("the database is up to date")


for command in (evaluate, batch, keys, accounts_group, usage):
    main.add_command(command)
