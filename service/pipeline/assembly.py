"""Assemble a pipeline from the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from documents import DocumentReader, ReadingLimits
from documents.ocr import model_files
from documents.ocr.paddle import PaddleOcr
from extractors import Extractor, FieldExtractor
from extractors.layoutlmv3 import LayoutLMv3Extractor
from extractors.llm import Chat, Endpoint, LlmExtractor
from service.installation import install_hint
from service.pipeline.pipeline import Pipeline
from service.pipeline.preset_extractors import PresetExtractor
from service.settings import Settings

Report = Callable[[str], None]
"""Receives one line of progress at a time."""

OpenPipeline = Callable[[Settings], AbstractContextManager[Pipeline]]
"""Opens the pipeline that a command uses; tests pass fakes."""


class SetupError(Exception):
    """The settings cannot be used; the message says which one and what to do."""


@contextmanager
def embedded_pipeline(
    settings: Settings, report: Report, preset_extractors: Mapping[str, Extractor] = MappingProxyType({})
) -> Iterator[Pipeline]:
    """Open the pipeline that runs in this process.

    Args:
        settings: name the models, the extractors and the limits.
        report: receives the progress of loading.
        preset_extractors: extractors that serve single presets, by the preset's id.

    Raises:
        SetupError: if an extractor cannot be used.
    """
    report("loading models …")
    ocr = PaddleOcr(model_files.load())
    limits = ReadingLimits(
        pages=settings.max_pages,
        advice_on_pages=f"{ReadingLimits.advice_on_pages} A job (POST /ocr/jobs) may have {settings.max_job_pages}.",
        pixels=settings.max_pixels,
        seconds=settings.max_seconds,
    )
    job_limits = replace(
        limits,
        pages=settings.max_job_pages,
        advice_on_pages=ReadingLimits.advice_on_pages,
        seconds_per_page=settings.max_seconds / settings.max_pages,
    )
    own = PresetExtractor(FieldExtractor(), preset_extractors)
    with (
        closing(DocumentReader(ocr, limits, settings.effective_workers())) as reader,
        open_extractors(settings, own) as choices,
    ):
        yield Pipeline(
            reader, choices[settings.extractor], choices, reader.with_limits(job_limits), settings.max_seconds
        )


@contextmanager
def open_extractors(settings: Settings, own: Extractor) -> Iterator[dict[str, Extractor]]:
    """Open the extractors that are set up, by the name under which calls choose them.

    Args:
        settings: name the extractors.
        own: the extractor that ships, named `docwitness`.

    Raises:
        SetupError: if the extractor that shall serve by default is not set up, or a checkpoint cannot be used.
    """
    choices: dict[str, Extractor] = {"docwitness": own}
    if settings.layoutlmv3:
        choices["layoutlmv3"] = _layoutlmv3(settings.layoutlmv3, own)
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
            raise SetupError(f"DOCWITNESS_EXTRACTOR is '{settings.extractor}', but {needed} is not set. Set it too")
        yield choices


def _layoutlmv3(folder: Path, otherwise: Extractor) -> Extractor:
    """Load the checkpoint in a folder; fields that it was not taught go to the other extractor."""
    try:
        from extractors.layoutlmv3.checkpoint import Checkpoint, UnusableCheckpoint  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        raise SetupError(
            f"DOCWITNESS_LAYOUTLMV3 is set, but {error.name} is not installed. {install_hint('layoutlmv3')}"
        ) from error
    try:
        return LayoutLMv3Extractor(Checkpoint(folder), otherwise)
    except UnusableCheckpoint as error:
        raise SetupError(f"DOCWITNESS_LAYOUTLMV3: {error}") from error
