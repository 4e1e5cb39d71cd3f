"""Documentation pages, and what Litestar cannot infer: multipart bodies and examples."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from litestar import Request, Router, get
from litestar.datastructures import ResponseHeader
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, RedocRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import Components, Example, Operation, RequestBody, SecurityScheme
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from pydantic import BaseModel

from service.contract.errors import PROBLEMS
from service.contract.job_models import JobRequest
from service.contract.models import ErrorAnswer, ExtractRequest, MarkdownRequest, ReadRequest

ASSETS = "/docs/assets"
_STATIC = Path(__file__).parent / "static"
_NO_ICON = "<link rel='icon' href='data:,'>"

EXAMPLE_REQUEST: dict[str, Any] = {
    "image": "iVBORw0KGgo…",
    "imageType": "base64",
    "fields": [
        {"name": "invoice_number", "type": "string"},
        {"name": "issue_date", "type": "date"},
        {"name": "total_due", "type": "money", "description": "Total amount including tax"},
        {
            "name": "line_items",
            "type": "array",
            "children": [{"name": "item_description", "type": "string"}, {"name": "line_total", "type": "money"}],
        },
    ],
    "include": ["checks"],
}
EXAMPLE_DOCUMENT = {"image": "iVBORw0KGgo…", "pages": "1-3"}
_CELL: dict[str, Any] = {
    "value": "20250430-001",
    "raw_text": "20250430-001",
    "match_ratio": 1.0,
    "status": "grounded",
    "page": 1,
    "bbox": {"xmin": 702, "ymin": 118, "xmax": 861, "ymax": 133},
    "vertices": [{"x": 702, "y": 118}, {"x": 861, "y": 118}, {"x": 861, "y": 133}, {"x": 702, "y": 133}],
    "confidence": 0.98,
}
EXAMPLE_ANSWER: dict[str, Any] = {
    "status": "success",
    "requestId": "req_0f1e2d3c4b5a69788796",
    "data": {
        "invoice_number": _CELL,
        "issue_date": {
            "value": None,
            "raw_text": None,
            "match_ratio": 0.0,
            "status": "not_found",
            "page": None,
            "bbox": None,
            "vertices": [],
            "confidence": 0.0,
        },
    },
    "checks": [],
    "usage": {"calls": 1, "pages": 1},
}


EXAMPLE_JOB_REQUEST: dict[str, Any] = {
    "documents": [{"image": "iVBORw0KGgo…", "name": "march.pdf"}, {"image": "JVBERi0xLjc…", "name": "april.pdf"}],
    "templateId": "invoice",
}
EXAMPLE_JOB: dict[str, Any] = {
    "id": "job_0f1e2d3c4b5a69788796",
    "status": "running",
    "priority": "normal",
    "template": "invoice",
    "templateVersion": None,
    "createdAt": "2025-04-30T12:00:00Z",
    "finishedAt": None,
    "expiresAt": None,
    "progress": {"total": 1, "queued": 0, "running": 1, "succeeded": 0, "failed": 0, "cancelled": 0},
    "documents": [
        {
            "number": 0,
            "name": "march.pdf",
            "partOf": None,
            "parts": None,
            "status": "running",
            "requestId": "req_0f1e2d3c4b5a69788796",
            "attempts": 1,
            "pages": None,
            "finishedAt": None,
            "error": None,
        }
    ],
}
_WORD = {key: _CELL[key] for key in ("bbox", "vertices")} | {"text": "20250430-001", "confidence": 0.9971}
EXAMPLE_TEXT: dict[str, Any] = {
    "status": "success",
    "requestId": "req_0f1e2d3c4b5a69788796",
    "text": "20250430-001",
    "pages": [
        {
            "page": 1,
            "width": 595.0,
            "height": 842.0,
            "source": "text_layer",
            "preprocessing": None,
            "text": "20250430-001",
            "lines": [_WORD | {"words": [_WORD]}],
        }
    ],
    "usage": {"calls": 1, "pages": 1},
}


EXAMPLE_MARKDOWN: dict[str, Any] = {
    "status": "success",
    "requestId": "req_0f1e2d3c4b5a69788796",
    "markdown": "# Invoice\n\n| Item | Quantity | Amount |\n| --- | --- | --- |\n| Keyboard | 2 | 98.00 |",
    "pages": [
        {
            "page": 1,
            "markdown": "# Invoice\n\n| Item | Quantity | Amount |\n| --- | --- | --- |\n| Keyboard | 2 | 98.00 |",
        }
    ],
    "usage": {"calls": 1, "pages": 1},
}


def errors(*codes: str) -> dict[int, ResponseSpec]:
    """Document a route's error responses with examples; 500 is always included."""
    by_status: dict[int, list[str]] = {}
    for code in (*codes, "internal_error"):
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    return {
        status: ResponseSpec(
            ErrorAnswer,
            generate_examples=False,
            description=" ".join(PROBLEMS[code].meaning for code in group),
            examples=[Example(id=code, summary=code, value=_error(code)) for code in group],
        )
        for status, group in by_status.items()
    }


def answer(model: Any, description: str, example: Any) -> dict[int, ResponseSpec]:
    """Document the successful response of a route, with an example.

    Args:
        model: the model of the body.
        description: what the response means.
        example: a body.
    """
    examples = [Example(id="example", summary="Example", value=example)]
    return {200: ResponseSpec(model, generate_examples=False, description=description, examples=examples)}


def _error(code: str) -> dict[str, Any]:
    meaning = PROBLEMS[code].meaning
    return {"error": {"code": code, "message": meaning, "requestId": "req_0f1e2d3c4b5a69788796"}, "details": {}}


class _DocumentBody(RequestBody):
    """The same properties as JSON and as multipart.

    `Field` refers to the schema that `GET /templates` documents.
    """

    model: type[ReadRequest] = ReadRequest
    example: dict[str, Any] = EXAMPLE_DOCUMENT

    def to_schema(self) -> dict[str, Any]:
        schema = _schema(self.model)
        text = {
            name: {"type": "string", "description": p.get("description", "")}
            for name, p in schema["properties"].items()
        }
        text.pop("documents", None)  # several files are several parts
        if "fields" in text:
            text["fields"]["description"] += " Written as JSON."
        parts = {"file": {"type": "string", "format": "binary", "description": "The document, instead of `image`."}}
        return {
            "required": True,
            "content": {
                "application/json": {"schema": schema, "example": self.example},
                "multipart/form-data": {"schema": {"type": "object", "properties": parts | text}},
            },
        }


_SHARED = ("Field", "FieldType")
"""Models that responses contain too, so that a body can refer to them."""


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return a body's JSON schema, with models that only bodies use written inline."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    own = {name: part for name, part in schema.pop("$defs", {}).items() if name not in _SHARED}

    def inlined(part: Any) -> Any:
        if isinstance(part, list):
            return [inlined(item) for item in part]
        if not isinstance(part, dict):
            return part
        name = str(part.get("$ref", "")).rpartition("/")[2]
        return inlined(own[name]) if name in own else {key: inlined(item) for key, item in part.items()}

    found: dict[str, Any] = inlined(schema)
    return found


class _JsonBody(RequestBody):
    model: type[BaseModel]
    example: dict[str, Any]

    def to_schema(self) -> dict[str, Any]:
        return {"content": {"application/json": {"schema": _schema(self.model), "example": self.example}}}


def takes(body: type[BaseModel], sent: dict[str, Any]) -> type[Operation]:
    """Document a route that takes a JSON body.

    Args:
        body: the model of the body.
        sent: an example.
    """

    class Body(_JsonBody):
        model = body
        example = sent

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            self.request_body = Body(content={})

    return Described


def created(model: Any, description: str, example: Any, status: int = 201) -> dict[int, ResponseSpec]:
    """Document a successful response whose status is not 200.

    Args:
        model: the model of the body.
        description: what the response means.
        example: a body.
        status: the HTTP status.
    """
    return {status: answer(model, description, example)[200]}


class _FieldsBody(_DocumentBody):
    model = ExtractRequest
    example = EXAMPLE_REQUEST


@dataclass
class FieldsOperation(Operation):
    """The operation of POST /ocr/fields."""

    def __post_init__(self) -> None:
        self.request_body = _FieldsBody(content={})


class _MarkdownBody(_DocumentBody):
    model = MarkdownRequest
    example = EXAMPLE_DOCUMENT


@dataclass
class MarkdownOperation(Operation):
    """The operation of POST /ocr/markdown."""

    def __post_init__(self) -> None:
        self.request_body = _MarkdownBody(content={})


class _JobBody(_DocumentBody):
    model = JobRequest
    example = EXAMPLE_JOB_REQUEST


@dataclass
class JobOperation(Operation):
    """The operation of POST /ocr/jobs."""

    def __post_init__(self) -> None:
        self.request_body = _JobBody(content={})


@dataclass
class ReadOperation(Operation):
    """The operation of routes that take only a document and its pages."""

    def __post_init__(self) -> None:
        self.request_body = _DocumentBody(content={})


def config() -> OpenAPIConfig:
    """Serve Swagger UI at `/docs`.

    Litestar puts all its pages under that path, hence the two handlers below.
    """
    swagger = f"{ASSETS}/swagger-ui"
    return OpenAPIConfig(
        title="docwitness",
        version=version("docwitness-server"),
        description="Send a document and name the fields you want; get each value with proof of where it is printed.",
        path="/docs",
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "key": SecurityScheme(type="http", scheme="bearer", description="An API key, such as `dwk_…`.")
            }
        ),
        render_plugins=[
            SwaggerRenderPlugin(
                path="/",
                js_url=f"{swagger}/swagger-ui-bundle.js",
                css_url=f"{swagger}/swagger-ui.css",
                standalone_preset_js_url=f"{swagger}/swagger-ui-standalone-preset.js",
                favicon=_NO_ICON,
            ),
            _json,
        ],
    )


_json = JsonRenderPlugin()
_redoc = RedocRenderPlugin(
    path="/redoc", js_url=f"{ASSETS}/redoc/redoc.standalone.js", google_fonts=False, favicon=_NO_ICON
)


@get("/openapi.json", include_in_schema=False, media_type="application/vnd.oai.openapi+json", sync_to_thread=False)
def openapi_json(request: Request[Any, Any, Any]) -> bytes:
    """Return the description of this API, OpenAPI 3.1."""
    return _json.render(request, request.app.openapi_schema.to_schema())


_OWN_IMAGES_ONLY = ResponseHeader(name="Content-Security-Policy", value="img-src 'self' data:")
"""Keeps Redoc from fetching its logo from its maker's server."""


@get(
    "/redoc",
    include_in_schema=False,
    media_type="text/html",
    response_headers=[_OWN_IMAGES_ONLY],
    sync_to_thread=False,
)
def redoc(request: Request[Any, Any, Any]) -> bytes:
    """Show the same description with Redoc."""
    return _redoc.render(request, request.app.openapi_schema.to_schema())


@get("/", include_in_schema=False, sync_to_thread=False)
def root() -> Redirect:
    """Redirect to the documentation."""
    return Redirect("/docs")


def assets() -> Router:
    """Serve the scripts and styles of both documentation pages.

    `static/manifest.json` lists their versions.
    """
    return create_static_files_router(path=ASSETS, directories=[str(_STATIC)], include_in_schema=False)
