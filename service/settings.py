"""Every setting of the service: an environment variable `FIELDPROOF_<NAME>` each, described in docs/settings.md."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

INSTALLED_MODELS = Path(sys.prefix) / "share" / "fieldproof" / "models"
"""Prepared when the service was installed, so that its first start is quick."""


def _user_data() -> Path:
    """Where programs keep a user's data: https://specifications.freedesktop.org/basedir-spec/latest/."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


class Settings(BaseSettings):
    """Read from the environment; the defaults run everything embedded on one machine."""

    model_config = SettingsConfigDict(env_prefix="FIELDPROOF_", extra="ignore")

    data_dir: Path = Field(default_factory=lambda: _user_data() / "fieldproof")
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
    """Longest time that reading one document may take; then it is refused."""
    calls_per_minute: int = Field(default=6000, ge=0)
    """Calls a minute for each key on this process; 0 for no limit."""
    free_calls_per_month: int = Field(default=100, ge=0)
    """What `GET /amount` reports as free; nothing is refused beyond it."""
    log_level: str = "info"
    """`debug`, `info`, `warning` or `error`."""

    def effective_database_url(self) -> str:
        """The database that is used, a SQLite file in the data folder by default."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'fieldproof.db').absolute()}"

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
