"""Test that files are decoded in processes that can be stopped."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from documents import DamagedDocument, ReadingLimits, UnsupportedFormat
from documents.decode.failures import as_caller_sees_it, traced
from documents.decode.sandbox import _ROOT, Sandbox
from schemas.deadline import Deadline, TookTooLong
from tests.files import encoded, pdf, picture, raw_pdf, stream
from tests.waiting import until

LIMITS = ReadingLimits()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with closing(Sandbox(1, LIMITS)) as made:
        yield made


def endless() -> bytes:
    """Make a small PDF whose form objects draw each other 16 ** 12 times."""
    forms = "/Type /XObject /Subtype /Form /BBox [0 0 600 800]"
    objects = [
        stream("/X Do " * 16, f"{forms} /Resources << /XObject << /X {7 + level} 0 R >> >>") for level in range(12)
    ]
    last = stream("0 0 10 10 re f", forms)
    return raw_pdf("/X Do", resources="/XObject << /X 6 0 R >>", objects=(*objects, last))


def test_one_process_serves_many_files(sandbox: Sandbox) -> None:
    for data, pages in ((encoded(picture()), 1), (pdf("one", "two"), 2)):
        with sandbox.open(data) as file:
            assert file.page_count == pages
            assert file.page(pages).regions
    assert len(sandbox._all) == 1


def test_errors_of_the_process_are_raised_here(sandbox: Sandbox) -> None:
    with pytest.raises(UnsupportedFormat, match="expected an image"), sandbox.open(b"hello"):
        pass
    with sandbox.open(encoded(picture())) as file:
        assert file.page_count == 1


def test_an_endless_file_is_stopped_and_the_next_one_is_read() -> None:
    data = endless()
    assert len(data) < 5000
    with closing(Sandbox(1, ReadingLimits(seconds=2))) as sandbox:
        with pytest.raises(TookTooLong, match="at most 2 seconds"):  # noqa: SIM117
            with sandbox.open(data) as file:
                file.page(1)
        with sandbox.open(encoded(picture())) as file:
            assert file.page_count == 1


def test_waiting_for_a_process_takes_none_of_a_files_time() -> None:
    with closing(Sandbox(1, ReadingLimits(seconds=3))) as sandbox, ThreadPoolExecutor(1) as other:

        def second() -> int:
            with sandbox.open(encoded(picture())) as file:
                return int(file.page_count)

        with sandbox.open(encoded(picture())) as first:
            waiting = other.submit(second)
            time.sleep(3.2)
            assert not waiting.done()
            assert first.page_count == 1
        assert waiting.result(10) == 1


def test_a_process_that_fails_to_close_a_file_makes_room_for_another(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match="closing"), sandbox.open(encoded(picture())):
        (process,) = sandbox._all
        call = process.call

        def failing(deadline: Deadline, name: str, *arguments: object) -> object:
            if name == "close":
                raise RuntimeError("closing")
            return call(deadline, name, *arguments)

        monkeypatch.setattr(process, "call", failing)
    with sandbox.open(encoded(picture())) as file:
        assert file.page_count == 1


def test_a_file_that_crashes_the_decoder_is_damaged_and_the_next_one_is_read(sandbox: Sandbox) -> None:
    with pytest.raises(DamagedDocument, match="crashes its decoder"):  # noqa: SIM117
        with sandbox.open(encoded(picture())) as file:
            (process,) = sandbox._all
            os.kill(process.pid, signal.SIGKILL)
            file.page(1)
    with sandbox.open(encoded(picture())) as file:
        assert file.page_count == 1


def test_memory_is_bounded() -> None:
    limits = ReadingLimits(memory=400 * 2**20, pixels=10**9)
    bomb = encoded(picture(size=(20_000, 20_000), mode="L"), "TIFF", compression="tiff_lzw")
    with closing(Sandbox(1, limits)) as small, pytest.raises(DamagedDocument), small.open(bomb) as file:
        file.page(1)


def test_closing_leaves_no_process_behind() -> None:
    sandbox = Sandbox(1, LIMITS)
    with sandbox.open(encoded(picture())):
        (process,) = sandbox._all
    sandbox.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_it_starts_in_any_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schemas.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    with closing(Sandbox(1, LIMITS)) as made, made.open(encoded(picture())) as file:
        assert file.page_count == 1


def test_temporary_files_are_removed_with_the_process(sandbox: Sandbox) -> None:
    with sandbox.open(encoded(picture())):
        (process,) = sandbox._all
        folder = process._folder
        (folder / "left").write_bytes(b"a document")
    sandbox.close()
    assert not folder.exists()


def test_a_failed_file_is_closed(sandbox: Sandbox) -> None:
    class Failed(Exception):
        pass

    with pytest.raises(Failed), sandbox.open(encoded(picture())) as file:
        assert file.page_count
        raise Failed
    (process,) = sandbox._all
    with pytest.raises(RuntimeError, match=r"RuntimeError at .*decoder\.py"):
        process.call(Deadline(20), "page", 1)  # nothing is open any more


def test_a_process_whose_service_is_gone_ends_and_cleans_up() -> None:
    script = (
        "import os, sys; from documents import ReadingLimits; from schemas.deadline import Deadline;"
        "from documents.decode.sandbox import Sandbox; sandbox = Sandbox(1, ReadingLimits());"
        "sandbox.open(open(sys.argv[1], 'rb').read()).__enter__();"
        "(process,) = sandbox._all; print(process._folder, flush=True); os._exit(1)"
    )
    with tempfile.NamedTemporaryFile() as file:
        file.write(encoded(picture()))
        file.flush()
        done = subprocess.run([sys.executable, "-c", script, file.name], capture_output=True, text=True, check=False)
    folder = done.stdout.strip()
    assert Path(folder).name.startswith("docwitness-")
    until(lambda: not Path(folder).exists())


@pytest.mark.parametrize(
    ("place", "raised"),
    [
        pytest.param("PIL/JpegImagePlugin.py", DamagedDocument, id="a-library-fails-on-the-file"),
        pytest.param("documents/decode/images.py", RuntimeError, id="our-own-bug"),
    ],
)
def test_unexpected_errors_are_blamed_on_whom_they_come_from(place: str, raised: type[Exception]) -> None:
    folder = Path(sys.prefix) if place.startswith("PIL") else _ROOT
    source = compile("def decode():\n    raise KeyError('words of the document')\n", str(folder / place), "exec")
    names: dict[str, Any] = {}
    exec(source, names)
    with pytest.raises(KeyError) as caught:
        names["decode"]()
    seen = as_caller_sees_it(caught.value)
    assert type(seen) is raised
    assert "words of the document" not in str(seen) + str(traced(caught.value))
    assert traced(caught.value)[:2] == ["KeyError", f"{folder / place}:2 in decode"]


def test_the_decoders_own_error_is_logged_without_its_message(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(DamagedDocument), sandbox.open(b"%PDF-1.7\nwords of the document"):
        pass
    with pytest.raises(RuntimeError):
        next(iter(sandbox._all)).call(Deadline(20), "page", 1)  # nothing is open
    expected, bug = caplog.records
    assert (expected.levelname, bug.levelname) == ("INFO", "ERROR")
    assert expected.getMessage().startswith("decoder failed: PdfiumError < ")
    assert "pypdfium2" in expected.getMessage()
    assert bug.getMessage().startswith("decoder failed: RuntimeError < ")
    assert "words" not in caplog.text
