"""Settings of the service: each is an environment variable `DOCWITNESS_<NAME>`.

They are described in docs/settings.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url

from accounts import Plan, SecretCipher
from accounts.encryption import parse_keys
from service.property_errors import property_errors

Switch = Literal["on", "off", "anonymous"]
"""Modes of another system's API: `anonymous` serves it also without a key, to programs on this machine."""
ExtractorName = Literal["docwitness", "layoutlmv3", "llm"]

PREFIX = "DOCWITNESS_"
FORMER_NAME = "fieldproof"
"""Name of the product until it was renamed: data made under it is used where it lies, settings under it are refused."""
SECRET_KEY_FILE = "secret.key"
_DATA = ("docwitness.db", f"{FORMER_NAME}.db", "jobs")
"""Content of a data folder in use: a database, or at least the store of an installation on Postgres."""
_REMOVED_SETTINGS = frozenset({"MODELS_DIR"})
"""Settings that the version before the new name had."""


def _default_data_dir() -> Path:
    """Return the folder of the embedded data, by its new or its former name.

    The former name's folder is used if there is data in it and none under the new name.
    """
    # https://specifications.freedesktop.org/basedir-spec/latest/
    parent = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    folder, former = parent / "docwitness", parent / FORMER_NAME
    in_folder, in_former = (any((place / name).exists() for name in _DATA) for place in (folder, former))
    return former if in_former and not in_folder else folder


class Settings(BaseSettings):
    """Settings from the environment; the defaults run everything embedded on one machine."""

    # an invalid value may be a secret: errors do not repeat values
    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", hide_input_in_errors=True)

    data_dir: Path = Field(default_factory=_default_data_dir)
    """Folder of everything embedded; it is created if it is missing."""
    database_url: str = ""
    """`sqlite:///path` or `postgresql://user:password@host/name`; empty for a SQLite file in the data folder."""
    secret_key: SecretStr = SecretStr("")
    """Keys that encrypt the secrets of signing keys and the passwords of documents in jobs, separated by commas; empty
    for a generated one in a file."""
    workers: int = Field(default=0, ge=0)
    """Number of pages that are read at the same time, each on one core; 0 for the number of cores."""
    max_document_bytes: int = Field(default=10_000_000, gt=0)
    """Maximum size of a document in bytes, after base64 is decoded."""
    max_pages: int = Field(default=20, gt=0)
    """Maximum number of pages that one call reads."""
    max_job_pages: int = Field(default=200, gt=0)
    """Maximum number of pages of one document of a job."""
    max_pixels: int = Field(default=100_000_000, gt=0)
    """Maximum number of pixels of an image."""
    max_seconds: float = Field(default=120.0, gt=0)
    """Maximum time in seconds for one document: reading, extracting and grounding together."""
    free_calls_per_month: int = Field(default=100, ge=0)
    """Number of free calls per calendar month (UTC) of an account without a term of its own."""
    price_per_call: Decimal = Field(default=Decimal(1), ge=0, decimal_places=6)
    """Price of a call beyond the free ones for an account without a term of its own, in `currency`."""
    currency: str = Field(default="scans", min_length=1, max_length=10)
    """Unit of prices and balances of an account without a term of its own."""
    cap: Literal["hard", "soft"] = "hard"
    """`hard` refuses calls that neither free calls nor the balance cover; `soft` lets the balance go below zero."""
    key_calls_per_minute: int = Field(default=60, ge=0)
    """Maximum number of calls per minute of one key, on all replicas together; 0 for no limit."""
    account_calls_per_minute: int = Field(default=600, ge=0)
    """Maximum number of calls per minute of all keys of an account, on all replicas together; 0 for no limit."""
    account_concurrency: int = Field(default=16, gt=0)
    """Number of calls of one account that a server accepts at a time, and of its job documents worked on at a time."""
    job_workers: int = Field(default=-1, ge=-1)
    """Number of job documents that this process works on at a time; 0 for none, -1 for the number of cores."""
    store_url: str = ""
    """Location of documents and results of jobs: a folder or `s3://bucket/prefix`; empty for the data folder."""
    result_hours: int = Field(default=24, gt=0)
    """Number of hours that the results of a job are kept after its last document has ended."""
    max_job_documents: int = Field(default=20, gt=0)
    """Maximum number of documents of one job."""
    max_job_bytes: int = Field(default=100_000_000, gt=0)
    """Maximum size of the documents of one job together, in bytes."""
    max_queued_documents: int = Field(default=10_000, gt=0)
    """Maximum number of documents of one account that wait in the queue."""
    extractor: ExtractorName = "docwitness"
    """Extractor that proposes values: `docwitness`, which ships with the service, `layoutlmv3` or `llm`."""
    layoutlmv3: Path | None = None
    """Folder of a LayoutLMv3 checkpoint for token classification, or of a PEFT adapter of one."""
    llm_url: str = ""
    """Base URL of a language model's OpenAI-compatible API, without `/chat/completions`; empty for none."""
    llm_model: str = ""
    """Name of the language model at its API."""
    llm_key: SecretStr = SecretStr("")
    """Key of the language model's API, sent as a bearer token."""
    llm_seconds: float = Field(default=60.0, gt=0)
    """Maximum time in seconds for one question to the language model, retries included."""
    llm_attempts: int = Field(default=3, gt=0)
    """Number of times a question is sent to the language model if it does not answer."""
    llm_output_tokens: int = Field(default=4096, gt=0)
    """Maximum length of an answer of the language model, in tokens."""
    llm_budget_tokens: int = Field(default=100_000, gt=0)
    """Maximum number of tokens that one document may use, questions and answers together."""
    llm_picture_side: int = Field(default=0, ge=0, le=4096)
    """Longer side in pixels of the page pictures that the language model gets with the text; 0 for the text alone."""
    may_choose_extractor: bool = False
    """Allows calls of an account without a term of its own to choose their extractor."""
    url_input: bool = True
    """Allows documents to be fetched from URLs that callers name."""
    url_hosts: str = ""
    """Hosts that documents may be fetched from, separated by commas, such as `*.example.com`; empty for all."""
    url_private_addresses: bool = False
    """Allows documents to be fetched from addresses that are not public, such as those of your own network."""
    url_seconds: float = Field(default=20.0, gt=0)
    """Maximum time in seconds for fetching a document."""
    webhook_private_addresses: bool = False
    """Allows webhooks to be sent to addresses that are not public, such as those of your own network."""
    mindee: Switch = "on"
    """Serves Mindee's invoice API: `on`, `off`, or `anonymous` (also without a key, from this machine)."""
    huawei: Switch = "on"
    """Serves Huawei Cloud's quota invoice API: `on`, `off` or `anonymous`."""
    invoice_ner: Switch = "on"
    """Serves the Invoice NER API: `on`, `off`, or `anonymous`, since its own clients send no key."""
    promy: Switch = "on"
    """Serves Promy's `POST /ocr`: `on`, `off`, or `anonymous`, since its own clients send no key."""
    log_level: str = "info"
    """Least severe messages that are logged: `debug`, `info`, `warning` or `error`."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_former_names(cls, values: Any) -> Any:
        if texts := list(former_names(os.environ)):
            raise ValueError("\n".join(texts))
        return values

    @field_validator("secret_key")
    @classmethod
    def _require_encryption_keys(cls, value: SecretStr) -> SecretStr:
        if text := value.get_secret_value():
            parse_keys(text)
        return value

    def effective_database_url(self) -> str:
        """Return the URL of the database: by default a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{_database_file(self.data_dir).absolute()}"

    def effective_store_url(self) -> str:
        """Return where documents and results of jobs are stored.

        By default this is a folder in the data folder.
        """
        return self.store_url or str((self.data_dir / "jobs").absolute())

    def effective_queue_url(self) -> str:
        """Return the URL of the database as the queue takes it.

        The queue's entries are written in the same transactions.
        """
        url = make_url(self.effective_database_url())
        if url.get_backend_name() != "sqlite":
            url = url.set(drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    def effective_job_workers(self) -> int:
        """Return how many job documents this process works on at a time.

        0 leaves them to other processes.
        """
        return self.effective_workers() if self.job_workers < 0 else self.job_workers

    def secret_cipher(self) -> SecretCipher:
        """Return the cipher for the secrets of signing keys and for passwords.

        Only a SQLite database may use a generated key file: the machines that share a Postgres need the same key.

        Raises:
            InvalidEncryptionKey: if the key file is malformed or readable by other users.
        """
        is_sqlite = make_url(self.effective_database_url()).get_backend_name() == "sqlite"
        return SecretCipher(self.secret_key.get_secret_value(), self.data_dir / SECRET_KEY_FILE if is_sqlite else None)

    def default_plan(self) -> Plan:
        """Return the plan of accounts without terms of their own."""
        return Plan(
            free_calls=self.free_calls_per_month,
            price=self.price_per_call,
            currency=self.currency,
            cap=self.cap,
            key_calls_per_minute=self.key_calls_per_minute,
            calls_per_minute=self.account_calls_per_minute,
            may_choose_extractor=self.may_choose_extractor,
        )

    def effective_workers(self) -> int:
        """Return how many pages are read at the same time.

        By default this is the number of cores this process may use.
        """
        if self.workers:
            return self.workers
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def former_names(names: Iterable[str]) -> list[str]:
    """Return what to do about each environment variable that is a setting of the former name.

    Other variables that begin like one are left alone: Kubernetes, for example, sets `FIELDPROOF_SERVICE_HOST` for a
    service of that name. Values are not looked at, since some of them are secrets.
    """
    former = f"{FORMER_NAME.upper()}_"
    lines = []
    for name in sorted(names):
        setting = name.upper().removeprefix(former)
        if not name.upper().startswith(former):
            continue
        if setting in _REMOVED_SETTINGS:
            lines.append(f"{name} is no longer read, and nothing replaces it. Remove it.")
        elif setting.lower() in Settings.model_fields:
            lines.append(
                f"{name} is no longer read: the product is called docwitness now. Set {PREFIX}{setting} instead."
            )
    return lines


def error_text(error: ValidationError) -> str:
    """Return what is wrong with the settings, one line each, without their values."""
    wrong = property_errors(error, "", show_values=False)
    return "\n".join(f"{PREFIX}{e['path'].upper()}: {e['message']}" if e["path"] else e["message"] for e in wrong)


def _database_file(folder: Path) -> Path:
    """Return the SQLite file in a data folder, by its new or its former name.

    The former name's file is used if it is there and the new name's is not. Such a file is used where it lies: the
    names of SQLite's log and of the queue's file follow from its name, and another process may have all of them open.
    """
    file, former = folder / "docwitness.db", folder / f"{FORMER_NAME}.db"
    return former if former.exists() and not file.exists() else file
