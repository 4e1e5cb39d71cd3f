from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from accounts import InvalidEncryptionKey, SecretCipher, UndecryptableSecret
from accounts.encryption import parse_keys

KEY = base64.b64encode(b"\xfb\xff" * 16).decode()  # with + and /, as `openssl rand -base64 32` prints


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret.key"


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(KEY, id="base64"),
        pytest.param(KEY.replace("+", "-").replace("/", "_"), id="url-safe-base64"),
        pytest.param(f" {KEY} , {Fernet.generate_key().decode()}\n", id="two"),
    ],
)
def test_forms_of_keys(keys: str) -> None:
    assert SecretCipher(KEY).decrypt(SecretCipher(keys).encrypt("a secret")) == "a secret"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param("hush", "key 1 of 1 is malformed: expected 32 bytes as base64", id="short"),
        pytest.param(f"{KEY},hush", "key 2 of 2 is malformed", id="second"),
        pytest.param(f"{KEY},", "key 2 of 2 is malformed", id="empty"),
        pytest.param("hush" * 11, "got 44 characters", id="too-long-decoded"),
        pytest.param("%" * 44, "got 44 characters", id="not-base64"),
        pytest.param("\u00e4" * 44, "got 44 characters", id="not-ascii"),
    ],
)
def test_malformed_keys(keys: str, message: str) -> None:
    with pytest.raises(InvalidEncryptionKey, match=message) as caught:
        parse_keys(keys)
    assert "hush" not in str(caught.value)


def test_a_key_file_is_made_for_the_first_secret(file: Path) -> None:
    cipher = SecretCipher(key_file=file)
    with pytest.raises(UndecryptableSecret):
        cipher.decrypt(b"anything")
    assert not file.exists()
    before = os.umask(0)
    try:
        encrypted = cipher.encrypt("a secret")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    assert cipher.decrypt(encrypted) == SecretCipher(key_file=file).decrypt(encrypted) == "a secret"
    assert SecretCipher(file.read_text()).decrypt(encrypted) == "a secret"  # the file has the setting's form


def test_a_key_file_that_another_process_made_later(file: Path) -> None:
    waiting, other = SecretCipher(key_file=file), SecretCipher(key_file=file)
    assert waiting.decrypt(other.encrypt("a secret")) == "a secret"


def test_threads_make_one_key_file(file: Path) -> None:
    ciphers = [SecretCipher(key_file=file) for _ in range(16)]
    with ThreadPoolExecutor(16) as threads:
        encrypted = list(threads.map(lambda cipher: cipher.encrypt("a secret"), ciphers))
    assert {SecretCipher(key_file=file).decrypt(one) for one in encrypted} == {"a secret"}


def test_processes_make_one_key_file(file: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from accounts.encryption import SecretCipher; "
        "cipher = SecretCipher(key_file=Path(sys.argv[1])); sys.stdin.readline(); "
        "print(cipher.encrypt('a secret').decode())"
    )
    command = [sys.executable, "-c", program, str(file)]
    root = Path(__file__).parents[2]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": root}
    processes = [subprocess.Popen(command, **pipes) for _ in range(4)]  # type: ignore[call-overload]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    encrypted = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert {SecretCipher(key_file=file).decrypt(one.encode()) for one in encrypted} == {"a secret"}
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_key_file_that_others_have_access_to(file: Path, mode: int) -> None:
    file.write_text(KEY)
    file.chmod(mode)
    with pytest.raises(InvalidEncryptionKey, match=f"expected mode 600, got {mode:o}. Run: chmod 600 {file}"):
        SecretCipher(key_file=file)
    assert SecretCipher(KEY, file).encrypt("a secret")  # the setting takes the file's place
    file.chmod(0o600)
    assert SecretCipher(key_file=file).encrypt("a secret")


def test_a_malformed_key_file(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    file.chmod(0o600)
    with pytest.raises(InvalidEncryptionKey, match=r"secret\.key: encryption key 1 of 1 is malformed"):
        SecretCipher(key_file=file)


def test_a_file_system_without_modes_is_refused_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = tempfile.mkstemp

    def without_modes(*arguments: Any, **named: Any) -> tuple[int, str]:
        descriptor, name = make(*arguments, **named)
        os.fchmod(descriptor, 0o777)
        return descriptor, name

    monkeypatch.setattr("accounts.encryption.tempfile.mkstemp", without_modes)
    cipher = SecretCipher(key_file=tmp_path / "secret.key")
    with pytest.raises(InvalidEncryptionKey, match="Set DOCWITNESS_SECRET_KEY instead"):
        cipher.encrypt("a")
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(_source: str, _target: Path) -> None:
        raise OSError("not supported")

    monkeypatch.setattr("accounts.encryption.os.link", link)
    file = tmp_path / "secret.key"
    first, second = SecretCipher(key_file=file), SecretCipher(key_file=file)
    assert second.decrypt(first.encrypt("a")) == "a"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
