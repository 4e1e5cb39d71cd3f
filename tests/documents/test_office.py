"""Office files: with LibreOffice where it is installed, and with a stand-in that records how it was started."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from documents import DamagedDocument, DocumentReader, EncryptedDocument, ReadingLimits, UnsupportedFormat
from documents.decode import office
from documents.decode.office import office_format
from schemas.deadline import TookTooLong
from tests.fakes import Blind
from tests.files import pdf
from tests.mail_files import compound_file, docx, odt, rtf, zipped
from tests.waiting import until

needs_libreoffice = pytest.mark.skipif(not office.is_installed(), reason="LibreOffice is not installed")


@contextmanager
def reader(limits: ReadingLimits | None = None) -> Iterator[DocumentReader]:
    with closing(DocumentReader(Blind(), limits)) as made:
        yield made


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program named `soffice` that writes a PDF, and into a folder what it was started with."""
    programs, seen = tmp_path / "bin", tmp_path / "seen"
    programs.mkdir()
    seen.mkdir()
    (seen / "made.pdf").write_bytes(pdf("Invoice number 4711 made by the stand-in"))
    script = programs / "soffice"
    script.write_text(
        "#!/bin/sh\n"
        f'env > {seen}/environment; printf "%s\\n" "$@" > {seen}/arguments; cat /proc/net/dev > {seen}/network\n'
        f'for last; do :; done; cp "$last" {seen}/; cp "$(dirname "$last")/profile/user/registrymodifications.xcu" {seen}/\n'
        f'test -e {seen}/hang && echo $$ > {seen}/process && sleep 60\ntest -e {seen}/fail || cp {seen}/made.pdf "$(dirname "$last")/document.pdf"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("https_proxy", "http://proxy.example.com")
    return seen


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(docx(), ".docx", id="docx"),
        pytest.param(zipped(**{"[Content_Types].xml": "", "xl__workbook.xml": ""}), ".xlsx", id="xlsx"),
        pytest.param(zipped(**{"[Content_Types].xml": "", "ppt__presentation.xml": ""}), ".pptx", id="pptx"),
        pytest.param(odt(), ".odt", id="odt"),
        pytest.param(zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), ".ods", id="ods"),
        pytest.param(zipped(mimetype="application/vnd.oasis.opendocument.presentation"), ".odp", id="odp"),
        pytest.param(compound_file({"WordDocument": b"x"}), ".doc", id="doc"),
        pytest.param(compound_file({"Workbook": b"x"}), ".xls", id="xls"),
        pytest.param(compound_file({"PowerPoint Document": b"x"}), ".ppt", id="ppt"),
        pytest.param(rtf(), ".rtf", id="rtf"),
        pytest.param(zipped(a="x"), None, id="another-archive"),
        pytest.param(zipped(mimetype="application/epub+zip"), None, id="e-book"),
        pytest.param(docx()[:-30], ".docx", id="truncated-docx"),
        pytest.param(docx()[:200], None, id="archive-of-which-little-is-left"),
        pytest.param(compound_file({"x": b"y"}), None, id="another-compound-file"),
        pytest.param(pdf("x"), None, id="pdf"),
    ],
)
def test_formats(data: bytes, expected: str | None) -> None:
    found = office_format(data)
    assert (found.suffix if found else None) == expected


def test_the_stand_in_is_started_with_a_profile_of_its_own_and_nothing_else(stand_in: Path) -> None:
    with reader() as made:
        assert [page.text for page in made.read(docx()).pages] == ["Invoice number 4711 made by the stand-in"]
    profile, *options, source = (stand_in / "arguments").read_text(encoding="utf-8").split()
    folder = Path(source).parent
    assert profile == f"-env:UserInstallation=file://{folder}/profile"
    assert options[-4:] == ["--convert-to", "pdf", "--outdir", str(folder)]
    assert "--headless" in options
    assert not folder.exists()  # nothing is left behind
    assert (stand_in / "document.docx").read_bytes() == docx()
    environment = (stand_in / "environment").read_text(encoding="utf-8")
    assert f"HOME={folder}" in environment
    assert "proxy" not in environment.lower()
    settings = (stand_in / "registrymodifications.xcu").read_text(encoding="utf-8")
    for switch in (
        '"MacroSecurityLevel" oor:op="fuse"><value>3<',
        '"DisableMacrosExecution" oor:op="fuse"><value>true<',
    ):
        assert switch in settings


@pytest.mark.skipif(not office.has_network_namespaces(), reason="this kernel gives users no network namespaces")
def test_there_is_no_network(stand_in: Path) -> None:
    with reader() as made:
        made.read(docx())
    interfaces = [
        line.split(":")[0].strip() for line in (stand_in / "network").read_text(encoding="utf-8").splitlines()
    ]
    assert interfaces[2:] == ["lo"]


def test_a_file_that_cannot_be_converted_is_damaged(stand_in: Path) -> None:
    (stand_in / "fail").touch()
    with reader() as made, pytest.raises(DamagedDocument, match="Word document is damaged or protected"):
        made.read(docx())


def test_a_conversion_ends_with_the_document_s_time(stand_in: Path) -> None:
    (stand_in / "hang").touch()
    with reader(ReadingLimits(seconds=3)) as made:
        with pytest.raises(TookTooLong):
            made.read(docx())
        (stand_in / "hang").unlink()
        assert made.with_limits(ReadingLimits()).read(docx()).pages


def test_a_conversion_ends_with_its_service(stand_in: Path, tmp_path: Path) -> None:
    (stand_in / "hang").touch()
    (tmp_path / "file.docx").write_bytes(docx())
    script = (
        "import os, sys, threading; from documents import ReadingLimits; from documents.decode.sandbox import Sandbox;"
        "sandbox = Sandbox(1, ReadingLimits()); data = open(sys.argv[1], 'rb').read();"
        "threading.Thread(target=lambda: sandbox.open(data).__enter__(), daemon=True).start();"
        "sys.stdin.read(); os._exit(1)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "file.docx")], stdin=subprocess.PIPE
    ) as service:
        until((stand_in / "process").exists)
        service.communicate()
    conversion = int((stand_in / "process").read_text(encoding="utf-8"))
    until(lambda: not Path(f"/proc/{conversion}/cwd").exists())  # of a process that has ended there is at most the name


def test_without_libreoffice_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with reader() as made, pytest.raises(UnsupportedFormat, match=r"Word document.*send that, or ask .* LibreOffice"):
        made.read(docx())


def test_a_truncated_file_is_damaged(stand_in: Path) -> None:
    with reader() as made, pytest.raises(DamagedDocument, match="parts cannot be listed"):
        made.read(docx()[:-30])
    assert not (stand_in / "arguments").exists()


def test_an_encrypted_file_is_named() -> None:
    with reader() as made, pytest.raises(EncryptedDocument, match="protected by a password"):
        made.read(compound_file({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}))


@needs_libreoffice
@pytest.mark.parametrize("data", [docx(), odt(), rtf()], ids=["docx", "odt", "rtf"])
def test_libreoffice_itself(data: bytes) -> None:
    with reader() as made:
        (page,) = made.read(data).pages
    assert page.text == "Invoice number 4711"


@needs_libreoffice
@pytest.mark.parametrize("isolated", [True, False], ids=["without-network", "by-its-settings-alone"])
def test_libreoffice_fetches_nothing(isolated: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with closing(server.socket):
        if not isolated:
            monkeypatch.setattr(office, "has_network_namespaces", lambda: False)
        data = odt(picture=f"http://127.0.0.1:{server.server_port}/picture.png")
        kind = office_format(data)
        assert kind is not None
        assert office.converted(data, kind).startswith(b"%PDF-")
        server.shutdown()
    assert asked == []
