"""Runs the pipeline off the event loop, as many documents at a time as there are workers."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from schemas.fields import Schema
from service.pipeline import Extraction, Pipeline


class Runner:
    """A pool of threads around one pipeline; the OCR and the model release the interpreter while they compute."""

    def __init__(self, pipeline: Pipeline, workers: int) -> None:
        self._pipeline = pipeline
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="pipeline")

    async def run(self, data: bytes, schema: Schema, pages: str | None, locale: str | None) -> Extraction:
        """See `Pipeline.run`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._pipeline.run, data, schema, pages, locale)

    def close(self) -> None:
        """Let running documents finish, drop waiting ones."""
        self._threads.shutdown(cancel_futures=True)
