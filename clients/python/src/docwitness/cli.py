"""The command `docwitness`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from docwitness._client import Client
from docwitness._exceptions import DocwitnessError
from docwitness._layout import layout_of
from docwitness._models import Extraction
from docwitness._table import csv_of, table_of
from docwitness.overlay import overlays

_password_option = click.option(
    "--password",
    envvar="DOCWITNESS_PASSWORD",
    help="Password of an encrypted PDF; DOCWITNESS_PASSWORD hides it from other users of this machine.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="docwitness")
def main() -> None:
    """Extract fields from documents.

    DOCWITNESS_URL and DOCWITNESS_API_KEY set the server and the key.
    """


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--template", help="A preset, such as invoice or receipt, or a template that you have saved.")
@click.option(
    "--fields",
    "fields_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with the list of fields.",
)
@click.option("--auto-fields", is_flag=True, help="Return the page's own labels and tables, without a schema.")
@click.option("--pages", help="Pages to read, such as 1-3.")
@_password_option
@click.option("--locale", help="How to read ambiguous dates, such as en-US or de.")
@click.option("--extractor", help="Extractor to use, if your account may choose: docwitness, layoutlmv3 or llm.")
@click.option("--url", help="Address of the server.")
@click.option("--key", help="API key.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole response as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one CSV line per cell.")
@click.option(
    "--overlay",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a picture of the page with its boxes; one file per page if there are several.",
)
def extract(
    file: Path,
    template: str | None,
    fields_file: Path | None,
    auto_fields: bool,
    pages: str | None,
    password: str | None,
    locale: str | None,
    extractor: str | None,
    url: str | None,
    key: str | None,
    as_json: bool,
    as_csv: bool,
    overlay: Path | None,
) -> None:
    """Extract fields from FILE, a picture or a PDF."""
    if (template is not None) + (fields_file is not None) + auto_fields != 1:
        raise click.UsageError("expected exactly one of --template, --fields and --auto-fields")
    if as_json and as_csv:
        raise click.UsageError("expected either --json or --csv, got both")
    document = file.read_bytes()
    try:
        with Client(url, key) as client:
            result = client.extract(
                document,
                template=template,
                fields=_fields(fields_file),
                auto_fields=auto_fields,
                pages=pages,
                password=password,
                locale=locale,
                extractor=extractor,
                include=["checks"],
            )
    except DocwitnessError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(result.text)
    elif as_csv:
        click.echo(csv_of(result), nl=False)
    else:
        Console(width=None if sys.stdout.isatty() else 140).print(table_of(result, file.name))
    if overlay:  # last, so that the paid result is already printed
        try:
            for written in _write_overlays(document, result, overlay):
                click.echo(f"wrote {written}", err=True)
        except (DocwitnessError, OSError, ValueError) as error:
            raise click.ClickException(f"the overlay was not written: {error}") from None


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--pages", help="Pages to read, such as 1-3.")
@_password_option
@click.option("--url", help="Address of the server.")
@click.option("--key", help="API key.")
@click.option("--json", "as_json", is_flag=True, help="Print lines and words with their places, as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown: headings, lists and tables.")
@click.option("--layout", "as_layout", is_flag=True, help="Print the text in columns, as it is placed on the page.")
def read(
    file: Path,
    pages: str | None,
    password: str | None,
    url: str | None,
    key: str | None,
    as_json: bool,
    as_markdown: bool,
    as_layout: bool,
) -> None:
    """Print the text of FILE, a picture or a PDF, in reading order."""
    if as_json + as_markdown + as_layout > 1:
        raise click.UsageError("expected one of --json, --markdown and --layout, got more. Keep one")
    try:
        with Client(url, key) as client:
            if as_markdown:
                printed = client.markdown(file, pages=pages, password=password).markdown
            else:
                result = client.read(file, pages=pages, password=password)
                layout = "\f\n".join(map(layout_of, result.pages)) if as_layout else result.text
                printed = result.model_dump_json() if as_json else layout
    except DocwitnessError as error:
        raise click.ClickException(str(error)) from None
    click.echo(printed)


def _fields(path: Path | None) -> list[dict[str, Any]] | None:
    if path is None:
        return None
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.UsageError(f"{path}: expected JSON; {error}") from None
    if isinstance(fields, dict):
        fields = fields.get("fields")
    if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields):
        raise click.UsageError(f"{path}: expected a list of field objects, or an object with the key 'fields'")
    return fields


def _write_overlays(document: bytes, result: Extraction[Any], target: Path) -> list[Path]:
    pictures = list(overlays(document, result))
    written = []
    for number, picture in pictures:
        path = target if len(pictures) == 1 else target.with_stem(f"{target.stem}-{number}")
        picture.save(path)
        written.append(path)
    return written
