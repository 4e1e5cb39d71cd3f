"""Databases for tests: a SQLite file, and a real Postgres that is started once for all of them."""

from __future__ import annotations

import atexit
import functools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql

from accounts import migrate
from tests.packages import install

START_SECONDS = 30.0


class Postgres(NamedTuple):
    """A server of its own, with nothing in it."""

    port: int
    folder: Path
    binaries: Path

    def url(self, database: str) -> str:
        """Return the URL of a database, in the form of the setting."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """A new and empty database; its URL."""
        _create(self.url(database), "template1")
        return self.url(database)

    def restart(self) -> None:
        """Cut every connection and come back, as an upgrade does."""
        log = ["-l", str(self.folder / "log")]
        command = [str(self.binaries / "pg_ctl"), "-D", str(self.folder / "data"), *log, "-m", "fast", "-w", "restart"]
        _as_postgres(command)


def with_tables(url: str) -> str:
    """Give a database that is still empty all tables, and return its URL.

    They are copied from a database that is migrated once, which is faster than migrating every one.
    """
    if url.startswith("sqlite"):
        shutil.copy(_migrated_file(), url.removeprefix("sqlite:///"))
        return url
    _create(url, _migrated_database(url.rpartition("/")[0]))
    return url


@functools.cache
def _migrated_file() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="docwitness-tests-")
    atexit.register(folder.cleanup)
    file = Path(folder.name) / "migrated.db"
    migrate(f"sqlite:///{file}")
    return file


@functools.cache
def _migrated_database(server: str) -> str:
    _create(f"{server}/migrated", "template1")
    migrate(f"{server}/migrated")
    return "migrated"


def _create(url: str, template: str) -> None:
    """Create a Postgres database, in place of one by the same name, as a copy of another one."""
    server, _, database = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
        copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(copied.format(sql.Identifier(database), sql.Identifier(template)))


def installed() -> Path | None:
    """Return the folder of Postgres's programs, which Debian keeps off the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return versions[-1].parent if versions else None


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server in a folder of its own, which is gone afterwards.

    Raises:
        RuntimeError: Postgres is not installed and cannot be.
    """
    binaries = installed() or _install()
    folder = Path(tempfile.mkdtemp(prefix="docwitness-postgres-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    postgres = Postgres(port, folder, binaries)
    data = folder / "data"
    _as_postgres([str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"])
    # without fsync, what was committed is safe from every fault but the machine's
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off"
    log = str(folder / "log")
    try:
        _as_postgres([str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-l", log, "-w", "start"])
        yield postgres
    finally:
        _stop(data)
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(command: list[str]) -> None:
    """The server refuses to run as root."""
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
    done = subprocess.run(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[-1]} failed: {done.stdout}")


def _stop(data: Path) -> None:
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    os.kill(pid, signal.SIGQUIT)
    deadline = time.monotonic() + START_SECONDS
    while (data / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def _install() -> Path:
    install("postgresql")
    found = installed()
    if found is None:
        raise RuntimeError("apt-get installed postgresql, but its programs are not where they are expected")
    return found
