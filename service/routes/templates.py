"""GET /templates: the presets."""

from __future__ import annotations

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import BaseModel

from accounts import Caller
from schemas.presets import Template, presets
from service.openapi import answer, errors
from service.problems import ApiError


class TemplatesAnswer(BaseModel):
    """Every template that `templateId` may name."""

    templates: list[Template]


_EXAMPLE = {
    "id": "receipt",
    "title": "Receipt",
    "description": "Till receipts.",
    "fields": [{"name": "date", "type": "date", "description": "The date of the purchase"}],
}


class TemplatesController(Controller):
    """Ready-made schemas."""

    path = "/templates"
    tags = ("templates",)
    security = ({"key": []},)

    @get(
        operation_id="listTemplates",
        summary="List templates",
        responses=answer(TemplatesAnswer, "All templates with their fields.", {"templates": [_EXAMPLE]})
        | errors("invalid_api_key", "key_inactive"),
    )
    async def list_all(self, caller: NamedDependency[Caller]) -> TemplatesAnswer:  # noqa: ARG002  # a key is needed
        """All templates with their fields; not metered."""
        return TemplatesAnswer(templates=list(presets().values()))

    @get(
        "/{template_id:str}",
        operation_id="getTemplate",
        summary="One template",
        responses=answer(Template, "The template with its fields.", _EXAMPLE)
        | errors("invalid_api_key", "key_inactive", "not_found"),
    )
    async def one(self, caller: NamedDependency[Caller], template_id: FromPath[str]) -> Template:  # noqa: ARG002  # a key is needed
        """One template with its fields; not metered."""
        template = presets().get(template_id)
        if template is None:
            raise ApiError("not_found", f"there is no template '{template_id[:60]}'; known: {', '.join(presets())}")
        return template
