"""Every setting of the service: an environment variable `DOCWITNESS_<NAME>` each, described in docs/settings.md."""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url

from accounts import Plan

Switch = Literal["on", "off", "anonymous"]
"""Of another system's API."""
ExtractorName = Literal["docwitness", "layoutlmv3", "llm"]

INSTALLED_MODELS = Path(sys.prefix) / "share" / "docwitness" / "models"
"""Prepared when the service was installed, so that its first start is quick."""


def _user_data() -> Path:
    """Where programs keep a user's data: https://specifications.freedesktop.org/basedir-spec/latest/."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


class Settings(BaseSettings):
    """Read from the environment; the defaults run everything embedded on one machine."""

    model_config = SettingsConfigDict(env_prefix="DOCWITNESS_", extra="ignore")

    data_dir: Path = Field(default_factory=lambda: _user_data() / "docwitness")
    """Everything embedded lives below this folder; it is created when missing."""
    database_url: str = ""
    """`sqlite:///path` or `postgresql://user:password@host/name`; empty for a SQLite file in the data folder."""
    models_dir: Path | None = None
    """Where prepared OCR models are kept; empty for those of the installation, or else a folder in the data folder."""
    workers: int = Field(default=0, ge=0)
    """Pages that are read at the same time, of one document or several, each on one core; 0 for one a core."""
    max_document_bytes: int = Field(default=10_000_000, gt=0)
    """Largest document, after base64 is decoded."""
    max_pages: int = Field(default=20, gt=0)
    """Most pages that are read in one call."""
    max_pixels: int = Field(default=100_000_000, gt=0)
    """Most pixels of one image."""
    max_seconds: float = Field(default=120.0, gt=0)
    """Longest time that reading one document may take, and labelling its words by a checkpoint; then it is refused."""
    free_calls_per_month: int = Field(default=100, ge=0)
    """Of accounts that have no terms of their own, as are the next five."""
    price_per_call: Decimal = Field(default=Decimal(1), ge=0, decimal_places=6)
    """Of a call beyond the free ones, in `currency`."""
    currency: str = Field(default="scans", min_length=1, max_length=10)
    """Of prices and balances."""
    cap: Literal["hard", "soft"] = "hard"
    """`hard` refuses calls that neither free calls nor balance cover; `soft` lets the balance go below zero."""
    key_calls_per_minute: int = Field(default=60, ge=0)
    """Calls a minute of one key on all replicas together; 0 for no limit."""
    account_calls_per_minute: int = Field(default=600, ge=0)
    """Calls a minute of all keys of one account on all replicas together; 0 for no limit."""
    account_concurrency: int = Field(default=16, gt=0)
    """Calls of one account that run or wait at a time on one server, and documents of its jobs that run at a time."""
    job_workers: int = Field(default=-1, ge=-1)
    """Documents of jobs that this process works on at a time; 0 leaves them to others, -1 is one a core."""
    store_url: str = ""
    """Where documents and results of jobs lie: a folder, or `s3://bucket/prefix`; empty for one in the data folder."""
    result_hours: int = Field(default=24, gt=0)
    """How long results of jobs are kept."""
    max_job_documents: int = Field(default=20, gt=0)
    """Most documents of one job."""
    max_job_bytes: int = Field(default=100_000_000, gt=0)
    """Most bytes of one job's documents together."""
    max_queued_documents: int = Field(default=10_000, gt=0)
    """Most documents of one account that wait at a time."""
    extractor: ExtractorName = "docwitness"
    """What proposes values: `docwitness`, the model that ships, `layoutlmv3` or `llm`."""
    layoutlmv3: Path | None = None
    """Folder of a LayoutLMv3 checkpoint for token classification, or of a PEFT adapter of one."""
    llm_url: str = ""
    """Of a language model's OpenAI-compatible API, up to, without, `/chat/completions`; empty for none."""
    llm_model: str = ""
    """Its name there."""
    llm_key: SecretStr = SecretStr("")
    """Sent as a bearer token."""
    llm_seconds: float = Field(default=60.0, gt=0)
    """Longest time that one question to it may take, repetitions included."""
    llm_attempts: int = Field(default=3, gt=0)
    """How often a question is asked that the server did not answer."""
    llm_output_tokens: int = Field(default=4096, gt=0)
    """Longest answer."""
    llm_budget_tokens: int = Field(default=100_000, gt=0)
    """Most tokens that one document may take, in and out."""
    llm_picture_side: int = Field(default=0, ge=0, le=4096)
    """Most pixels along the longer side of the pages' pictures, which it is shown beside the text; 0 for none."""
    may_choose_extractor: bool = False
    """Whether a call may choose its extractor; of accounts that have no term of their own."""
    url_input: bool = True
    """Whether documents are fetched from URLs that callers name."""
    url_hosts: str = ""
    """Hosts that documents may be fetched from, with commas between; `*.example.com` for all below one; empty for every
    host."""
    url_private_addresses: bool = False
    """Whether documents may be fetched from addresses that are not public, such as those of your own network."""
    url_seconds: float = Field(default=20.0, gt=0)
    """Longest time that fetching a document may take."""
    webhook_private_addresses: bool = False
    """Whether webhooks may go to addresses that are not public, such as those of your own network."""
    mindee: Switch = "on"
    """Mindee's invoice API: `on`; `anonymous` also without a key, from this machine alone; or `off`."""
    huawei: Switch = "on"
    """Huawei Cloud's quota invoice OCR, likewise."""
    invoice_ner: Switch = "on"
    """The Invoice NER API, likewise; its own clients send no key."""
    promy: Switch = "on"
    """Promy's API, `POST /ocr`, likewise; its own clients send no key."""
    log_level: str = "info"
    """`debug`, `info`, `warning` or `error`."""

    def effective_database_url(self) -> str:
        """The database that is used, a SQLite file in the data folder by default."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'docwitness.db').absolute()}"

    def effective_store_url(self) -> str:
        """Where documents and results of jobs lie, a folder in the data folder by default."""
        return self.store_url or str((self.data_dir / "jobs").absolute())

    def effective_queue_url(self) -> str:
        """Return the URL of the database as the queue takes it: its entries are written in the same transactions."""
        url = make_url(self.effective_database_url())
        if url.get_backend_name() != "sqlite":
            url = url.set(drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    def effective_job_workers(self) -> int:
        """By default one a core; 0 where this process leaves jobs to others."""
        return self.effective_workers() if self.job_workers < 0 else self.job_workers

    def default_plan(self) -> Plan:
        """Of accounts that have no terms of their own."""
        return Plan(
            free_calls=self.free_calls_per_month,
            price=self.price_per_call,
            currency=self.currency,
            cap=self.cap,
            key_calls_per_minute=self.key_calls_per_minute,
            calls_per_minute=self.account_calls_per_minute,
            may_choose_extractor=self.may_choose_extractor,
        )

    def effective_models_dir(self) -> Path:
        """The folder that is used: the one that was set, else the installation's, else one in the data folder."""
        if self.models_dir:
            return self.models_dir
        return INSTALLED_MODELS if INSTALLED_MODELS.is_dir() else self.data_dir / "models"

    def effective_workers(self) -> int:
        """At least one; by default the cores that this process may use."""
        if self.workers:
            return self.workers
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
