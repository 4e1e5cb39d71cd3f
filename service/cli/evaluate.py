"""The command `docwitness-server evaluate`."""

from __future__ import annotations

from pathlib import Path

import click

from service.contract.models import known_locale
from service.evaluation.evaluation_task import named_schema, prepared_task
from service.evaluation.raw_truth import TruthError
from service.evaluation.report_json import report_json
from service.evaluation.report_markdown import markdown
from service.pipeline.assembly import OpenPipeline
from service.settings import Settings


def locale_option(_context: click.Context, _parameter: click.Parameter, locale: str | None) -> str | None:
    """Check the option `--locale`."""
    try:
        return known_locale(locale)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def writable_option(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """Check that an output file can be written, before any document is read."""
    if path and not path.parent.is_dir():
        raise click.BadParameter(f"the folder '{path.parent}' does not exist. Create it first")
    return path


_INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--truth",
    type=_INPUT,
    help="CSV or JSON file with the true values; by default truth.csv, truth.json or <document>.json in FOLDER.",
)
@click.option("--template", help="The preset whose fields to extract, such as invoice.")
@click.option("--schema", type=_INPUT, help='JSON file of the fields to extract: {"fields": [{"name": …, "type": …}]}.')
@click.option("--locale", callback=locale_option, help="How to read ambiguous dates and numbers, such as en-US or de.")
@click.option(
    "--out",
    type=_OUTPUT,
    callback=writable_option,
    help="File for the report, in Markdown; by default standard output.",
)
@click.option(
    "--json",
    "json_out",
    type=_OUTPUT,
    callback=writable_option,
    help="File for all figures and cells, as JSON.",
)
@click.option("--worst", default=20, show_default=True, type=click.IntRange(0), help="How many mistakes to list.")
@click.option("--no-places", is_flag=True, help="Ignore the places in the truth.")
@click.pass_obj
def evaluate(
    open_pipeline: OpenPipeline,
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
    """Compare answers with the values you know for the documents in FOLDER.

    Nothing is sent anywhere, stored or charged. See docs/evaluate.md.
    """
    settings = Settings()
    try:
        task = prepared_task(folder, truth, named_schema(template, schema), locale, places=not no_places)
    except TruthError as error:
        raise click.ClickException(str(error)) from None
    for note in task.notes:
        click.echo(note, err=True)
    with open_pipeline(settings) as pipeline:
        summary = task.run(pipeline, settings.max_document_bytes, lambda line: click.echo(line, err=True))
    if json_out:
        json_out.write_bytes(report_json(summary))
    report = markdown(summary, worst)
    if out:
        out.write_text(report, encoding="utf-8")
    else:
        click.echo(report, nl=False)
