"""Ready-made schemas, one JSON file each: `{"id", "title", "description", "fields"}`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pydantic import ConfigDict

from schemas.fields import Schema


class Template(Schema):
    """A schema with an id by which callers request it (`templateId`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    description: str


@cache
def presets() -> dict[str, Template]:
    """Return every preset by its id, in alphabetical order."""
    paths = sorted((p for p in files(__name__).iterdir() if p.name.endswith(".json")), key=lambda p: p.name)
    templates = [Template.model_validate_json(p.read_text(encoding="utf-8")) for p in paths]
    return {t.id: t for t in templates}
