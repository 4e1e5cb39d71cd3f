"""Routes under /templates: presets, and the schemas that an account has saved."""

from __future__ import annotations

import re
from typing import Annotated, Any

from anyio.to_thread import run_sync
from litestar import Controller, Request, delete, get, put
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Constraint

from accounts import Accounts, Caller
from accounts.tables import TemplateRow
from schemas.fields import MAX_FIELDS, Field, Schema
from schemas.presets import Template, presets
from service.api.authentication import with_scope
from service.api.openapi import answer, errors, takes
from service.api.uploads import json_body
from service.contract.document_reply import no_such_template
from service.contract.errors import ApiError, invalid_properties, invalid_property
from service.property_errors import property_errors

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
TemplateId = Annotated[str, PathParameter(description="Id of the template.")]
_NO_KEY = ("invalid_api_key", "key_inactive", "insufficient_scope")


class TemplateRequest(BaseModel):
    """A template to save."""

    model_config = ConfigDict(extra="forbid")

    title: str = Constraint(default="", max_length=200, description="Title for people.")
    description: str = Constraint(default="", max_length=1000, description="What the template is for.")
    fields: list[Field] = Constraint(max_length=MAX_FIELDS, description="The fields, as in `POST /ocr/fields`.")


class TemplateAnswer(BaseModel):
    """A preset or a saved template."""

    id: str = Constraint(description="The id to send as `templateId`.")
    version: int | None = Constraint(description="Version of a template that you have saved; null for a preset.")
    title: str = Constraint(description="Title for people.")
    description: str = Constraint(description="What the template is for.")
    fields: tuple[Field, ...] = Constraint(description="Its fields.")


class TemplatesAnswer(BaseModel):
    """All templates that `templateId` can name."""

    templates: list[TemplateAnswer] = Constraint(description="The templates.")


_EXAMPLE = {
    "id": "receipt",
    "version": None,
    "title": "Receipt",
    "description": "Till receipts.",
    "fields": [{"name": "date", "type": "date", "description": "The date of the purchase"}],
}
_SAVED = _EXAMPLE | {"id": "fuel", "version": 1, "title": "Fuel", "description": "Fuel receipts of our vans."}


class TemplatesController(Controller):
    """Presets and saved templates; not metered."""

    path = "/templates"
    tags = ("templates",)
    security = ({"key": []},)
    dependencies = with_scope("extract")

    @get(
        operation_id="listTemplates",
        summary="List templates",
        responses=answer(
            TemplatesAnswer, "Presets and saved templates with their fields.", {"templates": [_EXAMPLE, _SAVED]}
        )
        | errors(*_NO_KEY),
    )
    async def list_all(self, caller: NamedDependency[Caller], accounts: NamedDependency[Accounts]) -> TemplatesAnswer:
        """List the presets, then the account's own templates in their newest versions."""
        saved = await run_sync(accounts.templates.all, caller.account_id)
        ready = [_preset(template) for template in presets().values()]
        return TemplatesAnswer(templates=ready + [_saved(row) for row in saved])

    @get(
        "/{template_id:str}",
        operation_id="getTemplate",
        summary="Get a template",
        responses=answer(TemplateAnswer, "The template with its fields.", _EXAMPLE) | errors("not_found", *_NO_KEY),
    )
    async def one(
        self,
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        template_id: TemplateId,
        version: Annotated[
            int | None,
            QueryParameter(description="Version of a saved template; by default the newest.", ge=1, le=10**9),
        ] = None,
    ) -> TemplateAnswer:
        """Return a template with its fields."""
        if version is None and (preset := presets().get(template_id)):
            return _preset(preset)
        saved = await run_sync(accounts.templates.get, caller.account_id, template_id, version)
        if saved is None:
            raise no_such_template(template_id)
        return _saved(saved)

    @put(
        "/{template_id:str}",
        operation_id="saveTemplate",
        operation_class=takes(TemplateRequest, {name: _SAVED[name] for name in ("title", "description", "fields")}),
        summary="Save a template",
        responses=answer(TemplateAnswer, "The saved version.", _SAVED)
        | errors("invalid_request", "validation_failed", "conflict", *_NO_KEY),
    )
    async def save(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        template_id: TemplateId,
    ) -> TemplateAnswer:
        """Save a schema under your own id.

        A change makes a new version; queued jobs keep the one they started with.
        """
        if not _ID.fullmatch(template_id):
            raise invalid_property("id", "expected 1 to 64 of a-z, 0-9, '-' and '_', with a letter or digit first")
        if template_id in presets():
            raise ApiError("conflict", f"'{template_id}' is a preset. Choose another id")
        template = await json_body(request, TemplateRequest)
        try:
            Schema(fields=tuple(template.fields))
        except ValidationError as error:
            raise invalid_properties(property_errors(error, "fields")) from None
        content = template.model_dump(mode="json", exclude_none=True)
        return _saved(await run_sync(accounts.templates.save, caller.account_id, template_id, content))

    @delete(
        "/{template_id:str}",
        operation_id="deleteTemplate",
        summary="Delete a template",
        responses=errors("not_found", *_NO_KEY),
    )
    async def remove(
        self, caller: NamedDependency[Caller], accounts: NamedDependency[Accounts], template_id: TemplateId
    ) -> None:
        """Delete a saved template. New requests can no longer use it; queued jobs still do."""
        await run_sync(accounts.templates.delete, caller.account_id, template_id)


def _preset(template: Template) -> TemplateAnswer:
    return TemplateAnswer.model_validate(template.model_dump() | {"version": None})


def _saved(row: TemplateRow) -> TemplateAnswer:
    return TemplateAnswer.model_validate({"id": row.name, "version": row.version, **row.content})
