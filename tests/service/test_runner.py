from __future__ import annotations

import asyncio
import threading

import pytest

from service import runner as room
from service.problems import ApiError
from service.runner import Runner
from tests.fakes import FakeReader, document


class SlowReader(FakeReader):
    """Reads when it is told to."""

    def __init__(self) -> None:
        super().__init__(document("a"))
        self.go = threading.Event()

    def read(self, data: bytes, pages: str | None = None):  # type: ignore[no-untyped-def]
        self.go.wait(10)
        return super().read(data, pages)


async def test_more_documents_than_may_wait_are_refused_and_room_comes_back() -> None:
    reader = SlowReader()
    runner = Runner(workers=1)

    async def call() -> None:
        with runner.place():
            await runner.run(lambda: reader.read(b"x"))

    tasks = [asyncio.create_task(call()) for _ in range(room.QUEUE + 1)]
    await asyncio.sleep(0)
    with pytest.raises(ApiError) as caught:
        await call()
    assert caught.value.code == "overloaded"
    assert caught.value.headers["Retry-After"]
    reader.go.set()
    await asyncio.gather(*tasks)
    await call()
    runner.close()
