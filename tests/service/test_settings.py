from __future__ import annotations

from pathlib import Path

import pytest

from service.contract.errors import PROBLEMS
from service.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`DOCWITNESS_{name.upper()}`" in (DOCS / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", list(PROBLEMS))
def test_every_error_code_is_documented(code: str) -> None:
    assert f"`{code}`" in (DOCS / "api.md").read_text(encoding="utf-8")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWITNESS_DATA_DIR", "/somewhere")
    monkeypatch.setenv("DOCWITNESS_MAX_PAGES", "5")
    settings = Settings()
    assert settings.max_pages == 5
    assert settings.effective_database_url() == "sqlite:////somewhere/docwitness.db"
    assert settings.effective_workers() >= 1
