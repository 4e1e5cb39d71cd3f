"""What the commands share: the rooms that read and extract, and the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import click

from accounts import Accounts, migrate
from accounts.migrate import is_current
from documents import DocumentReader, Limits, PageReader
from documents.ocr import models
from documents.ocr.paddle import PaddleOcr
from documents.ocr.preparation import prepare
from extractors import Extractor, FieldExtractor
from extractors.layoutlmv3 import LayoutLMv3Extractor
from extractors.llm import Chat, Endpoint, LlmExtractor
from service.installation import install_hint
from service.settings import Settings


class Rooms(NamedTuple):
    """What reads documents and what proposes values."""

    reader: PageReader
    extractor: Extractor
    choices: Mapping[str, Extractor] = MappingProxyType({})
    """Extractors that a call may choose, by name."""


OpenRooms = Callable[[Settings], AbstractContextManager[Rooms]]
"""The commands' context object; tests pass fakes."""


@contextmanager
def embedded_rooms(settings: Settings) -> Iterator[Rooms]:
    """Those that ship, in this process."""
    prepare_models(settings)
    click.echo("loading models …", err=True)
    ocr = PaddleOcr(models.load(settings.effective_models_dir()))
    limits = Limits(pages=settings.max_pages, pixels=settings.max_pixels, seconds=settings.max_seconds)
    with (
        closing(DocumentReader(ocr, limits, settings.effective_workers())) as reader,
        _extractors(settings) as choices,
    ):
        yield Rooms(reader, choices[settings.extractor], choices)


@contextmanager
def _extractors(settings: Settings) -> Iterator[dict[str, Extractor]]:
    """Those that are set up, by name.

    Raises:
        click.ClickException: the one that is to serve is not.
    """
    own = FieldExtractor()
    choices: dict[str, Extractor] = {"docwitness": own}
    if settings.layoutlmv3:
        choices["layoutlmv3"] = _layoutlmv3(settings.layoutlmv3, own, settings.max_seconds)
    with ExitStack() as stack:
        if settings.llm_url:
            endpoint = Endpoint(
                base_url=settings.llm_url,
                model=settings.llm_model,
                key=settings.llm_key.get_secret_value(),
                seconds=settings.llm_seconds,
                attempts=settings.llm_attempts,
                output_tokens=settings.llm_output_tokens,
            )
            llm = LlmExtractor(Chat(endpoint), settings.llm_budget_tokens, settings.llm_picture_side)
            choices["llm"] = stack.enter_context(closing(llm))
        if settings.extractor not in choices:
            needed = {"llm": "DOCWITNESS_LLM_URL", "layoutlmv3": "DOCWITNESS_LAYOUTLMV3"}[settings.extractor]
            raise click.ClickException(f"DOCWITNESS_EXTRACTOR is '{settings.extractor}', but {needed} is not set")
        yield choices


def _layoutlmv3(folder: Path, otherwise: Extractor, seconds: float) -> Extractor:
    """The checkpoint in a folder, the other extractor for what it was not taught.

    Raises:
        click.ClickException: it cannot be used, or what it needs is not installed.
    """
    try:
        from extractors.layoutlmv3.checkpoint import Checkpoint, UnusableCheckpoint  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise click.ClickException(
            f"DOCWITNESS_LAYOUTLMV3 is set, but {error.name} is not installed. {install_hint('layoutlmv3')}"
        ) from error
    try:
        return LayoutLMv3Extractor(Checkpoint(folder), otherwise, seconds)
    except UnusableCheckpoint as error:
        raise click.ClickException(f"DOCWITNESS_LAYOUTLMV3: {error}") from error


def prepare_models(settings: Settings) -> None:
    """Make the fast models, if that was not done yet."""
    folder = settings.effective_models_dir()
    try:
        if prepare(folder, lambda step: click.echo(f"preparing the models, once: {step} …", err=True)):
            click.echo(f"prepared the models in {folder}", err=True)
    except Exception as error:  # reading works without them
        click.echo(f"the models cannot be prepared in {folder} ({error}); reading is slower", err=True)


@contextmanager
def open_accounts(settings: Settings) -> Iterator[Accounts]:
    """The database, with its tables: made or upgraded here where it is a SQLite file.

    Raises:
        click.ClickException: it is a Postgres whose tables are not those of this version.
    """
    url = settings.effective_database_url()
    if url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        migrate(url)
    elif not is_current(url):
        raise click.ClickException("the tables are not those of this version; run 'docwitness-server migrate'")
    with closing(Accounts(url, settings.default_plan())) as accounts:
        yield accounts
