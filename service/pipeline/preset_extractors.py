"""Extractors for single presets next to one for every schema."""

from __future__ import annotations

from collections.abc import Mapping

from extractors import Extractor
from schemas.fields import Schema
from schemas.own_party import OwnParty
from schemas.pages import Document
from schemas.presets import Template
from schemas.results import Proposal


class PresetExtractor:
    """Implements `Extractor` by one extractor for single presets and one for all else."""

    def __init__(self, general: Extractor, by_preset: Mapping[str, Extractor]) -> None:
        """Register extractors.

        Args:
            general: serves every schema that has no extractor of its own.
            by_preset: extractors by the id of the preset that they serve.
        """
        self._general = general
        self._by_preset = by_preset
        self.model = general.model
        self.picture_side = max(extractor.picture_side for extractor in (general, *by_preset.values()))

    def propose(
        self, document: Document, schema: Schema, locale: str | None = None, own: OwnParty | None = None
    ) -> list[Proposal]:
        """See `Extractor.propose`."""
        preset = schema.id if isinstance(schema, Template) else ""
        return self._by_preset.get(preset, self._general).propose(document, schema, locale, own)
