"""The command `docwitness-server batch`."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from accounts import DEFAULT_ACCOUNT, InsufficientBalance, NotFound
from service.cli import logs
from service.cli.evaluate import locale_option, writable_option
from service.cli.open_database import open_accounts
from service.contract.errors import PASSING, ApiError
from service.evaluation.evaluation_task import named_schema
from service.evaluation.raw_truth import TruthError
from service.jobs.batch_files import WRITERS, writer_of
from service.jobs.batch_run import Batch, Sources, require_valid_request
from service.jobs.runtime import open_job_runtime
from service.pipeline.assembly import OpenPipeline
from service.settings import Settings


@click.command()
@click.argument("source")
@click.option("--template", help="A preset, such as invoice, or a template saved by the account.")
@click.option(
    "--schema",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON file of the fields to extract: {"fields": [{"name": …, "type": …}]}.',
)
@click.option("--locale", callback=locale_option, help="How to read ambiguous dates and numbers, such as en-US or de.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=writable_option,
    help=f"File for the results; its ending selects the format: {', '.join(WRITERS)}.",
)
@click.option("--account", default=DEFAULT_ACCOUNT, show_default=True, help="The account to charge.")
@click.option(
    "--no-work", is_flag=True, help="Only submit and collect; leave the work to other processes (serve, worker)."
)
@click.pass_obj
def batch(
    open_pipeline: OpenPipeline,
    source: str,
    template: str | None,
    schema: Path | None,
    locale: str | None,
    out: Path,
    account: str,
    no_work: bool,
) -> None:
    """Extract fields from all documents in SOURCE, a folder or s3://bucket/prefix.

    An interrupted batch continues when the same command is run again. Every document goes through the queue, so each
    `docwitness-server worker` on the same database and store makes it faster.
    """
    settings = Settings()
    if no_work:
        settings = settings.model_copy(update={"job_workers": 0})
    logs.configure("warning")
    try:
        request = _request(template, schema, locale)
        write, sources = writer_of(out), Sources(source)
        with ExitStack() as stack:
            accounts = stack.enter_context(open_accounts(settings))
            require_valid_request(accounts, account, request)  # before models are loaded
            pipeline = None
            if settings.effective_job_workers():
                pipeline = stack.enter_context(open_pipeline(settings))
            jobs = stack.enter_context(open_job_runtime(settings, accounts, pipeline))
            run = Batch(accounts, jobs.service, sources, request, out, account, settings.max_document_bytes)
            rows = run.run()
            write(run.fields(), rows, out)
            run.clean()
    except (TruthError, NotFound, InsufficientBalance, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except ApiError as error:
        raise click.ClickException(error.message) from None
    except PASSING as error:
        raise click.ClickException(f"{error}. Finished documents are kept; run the same command to continue") from None
    counts = Counter(row.status for row in rows)
    failed = counts["failed"]
    click.echo(
        f"{counts['succeeded']} of {counts['succeeded'] + failed} documents extracted, written to {out}", err=True
    )
    for row in rows:
        if row.error:
            left_out = "left out: " if row.status == "left_out" else ""
            click.echo(f"  {row.file}: {left_out}{row.error}", err=True)
    if failed:
        raise SystemExit(1)


def _request(template: str | None, schema: Path | None, locale: str | None) -> dict[str, Any]:
    if (template is None) == (schema is None):
        raise click.UsageError("expected exactly one of --template and --schema")
    request: dict[str, Any] = {"locale": locale} if locale else {}
    if template is not None:
        return request | {"templateId": template}
    named = named_schema(None, schema)
    assert named is not None
    return request | {"fields": [field.model_dump(mode="json", exclude_none=True) for field in named.schema.fields]}
