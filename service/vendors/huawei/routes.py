"""The route of the quota invoice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from accounts import AccountError, Accounts, Caller
from schemas.presets import presets
from service.api.calls import Calls
from service.api.request_context import request_id
from service.api.uploads import UploadReader, json_of
from service.contract.document_reply import DocumentReply, extract
from service.contract.errors import ApiError
from service.contract.models import ExtractRequest
from service.pipeline.pipeline import Pipeline
from service.settings import Switch
from service.vendors.huawei import errors
from service.vendors.huawei.quota_invoice import PRESET
from service.vendors.huawei.signing import ALGORITHM, access_key_in, signed
from service.vendors.surface import Surface, caller_of

ROUTE = "/v2/{project_id}/ocr/quota-invoice"
MIN_SIDE_PIXELS, MAX_SIDE_PIXELS = 15, 8192
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"BM", b"II*\0", b"MM\0*")
"""The first bytes of JPEG, PNG, BMP and TIFF files."""


def surface(switch: Switch) -> Surface:
    """Return Huawei Cloud's quota invoice OCR."""
    return Surface([_controller(switch)], _owns, errors.answer, key_header="X-Auth-Token")


def _owns(path: str) -> bool:
    parts = path.strip("/").split("/")
    return len(parts) > 2 and parts[0] == "v2" and parts[2] == "ocr"


def _authenticated(switch: Switch) -> Callable[..., Awaitable[Caller]]:
    """Return the dependency `caller`, which takes a key or a signature made with one."""

    async def caller(request: Request[Any, Any, Any], accounts: NamedDependency[Accounts]) -> Caller:
        token = request.headers.get("X-Auth-Token", "").strip()
        if not token and request.headers.get("Authorization", "").startswith(ALGORITHM):
            return await _signer(request, accounts)
        if not token and "X-Auth-Token" in request.headers:
            raise errors.refusal(errors.NO_TOKEN, "invalid_api_key")
        try:
            return await caller_of(request, accounts, token, switch, "'X-Auth-Token: <key>'")
        except AccountError:
            if token:
                raise
            detail = f"Send an API key as X-Auth-Token, or sign the request with {ALGORITHM}."
            raise errors.refusal(errors.SIGNATURE, "invalid_api_key", detail) from None

    return caller


async def _signer(request: Request[Any, Any, Any], accounts: Accounts) -> Caller:
    try:
        claimed = access_key_in(request.headers.get("Authorization", ""))
        # a large body is received only for a key that may sign
        known = claimed is not None and await run_sync(accounts.keys.can_sign, claimed)
        body = await request.body() if known else b""
        path = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace") or request.scope["path"]
        query = list(request.query_params.multi_items())
        now = accounts.database.clock()
        found = await run_sync(signed, request.method, path, query, dict(request.headers), body, now)
        if found is not None:
            return await run_sync(
                accounts.keys.authenticate_signature, found.access_key, found.text, found.signature, "extract"
            )
    except AccountError as error:
        raise errors.refusal(errors.SIGNATURE, "invalid_api_key", str(error)) from None
    detail = "The signature is malformed, leaves out the host or X-Sdk-Date, or is more than 15 minutes off."
    raise errors.refusal(errors.SIGNATURE, "invalid_api_key", detail)


async def _received(request: Request[Any, Any, Any], upload_reader: UploadReader) -> bytes:
    """Receive the picture, from `image` or `url`.

    Raises:
        ApiError: if the picture is missing or not in a form that this API accepts.
    """
    if not await request.body():
        raise errors.refusal(errors.LENGTH, detail="The body is empty.")
    try:
        body = await json_of(request)
    except ApiError as error:
        raise errors.refusal(errors.JSON, detail=error.message) from None
    sent = {name: body.get(name) for name in ("image", "url")} if isinstance(body, dict) else {}
    given = [name for name, value in sent.items() if isinstance(value, str) and value.strip()]
    if len(given) != 1:
        raise errors.refusal(errors.PARAMETER, detail="Expected either 'image' or 'url'.")
    picture = await upload_reader.decode_or_fetch(sent[given[0]], "url" if given[0] == "url" else "base64")
    if not picture.startswith(_SIGNATURES):
        raise errors.refusal(errors.FORMAT, detail="Expected JPEG, PNG, BMP or TIFF.")
    return picture


def _controller(switch: Switch) -> type[Controller]:
    class HuaweiController(Controller):
        """Quota invoices, metered."""

        include_in_schema = False
        dependencies = {"caller": Provide(_authenticated(switch))}  # noqa: RUF012 - Litestar's own form

        @post("/v2/{project_id:str}/ocr/quota-invoice", status_code=200)
        async def quota_invoice(
            self,
            request: Request[Any, Any, Any],
            caller: NamedDependency[Caller],
            calls: NamedDependency[Calls],
            upload_reader: NamedDependency[UploadReader],
            pipeline: NamedDependency[Pipeline],
            project_id: FromPath[str],  # noqa: ARG002 - any will do: the key names the account
        ) -> Response[bytes]:
            """Return the values of a Chinese invoice of a fixed amount."""
            async with calls.open(request, caller) as call:
                picture = await _received(request, upload_reader)
                body = await call.replay(picture)
                if body is None:
                    reply = await call.run(partial(_extract, pipeline, picture, request_id(request.scope)))
                    body = await call.charge(reply, route=ROUTE, template=PRESET)
            return Response(body, media_type="application/json")

    return HuaweiController


def _extract(pipeline: Pipeline, picture: bytes, identifier: str) -> DocumentReply:
    wanted = ExtractRequest(template_id=PRESET, include=["pages"])
    own = extract(pipeline, picture, wanted, presets()[PRESET], identifier)
    return own._replace(body=msgspec.json.encode({"result": _result(msgspec.json.decode(own.body))}))


def _result(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the texts as they are printed on the invoice, with their confidences.

    Raises:
        ApiError: if the picture is too small or too large, or has nothing of a quota invoice on it.
    """
    page, data = answer["pages"][0], answer["data"]
    if min(page["width"], page["height"]) < MIN_SIDE_PIXELS or max(page["width"], page["height"]) > MAX_SIDE_PIXELS:
        got = f"{page['width']:g} x {page['height']:g}"
        detail = f"Expected sides of {MIN_SIDE_PIXELS} to {MAX_SIDE_PIXELS} pixels, got {got}."
        raise errors.refusal(errors.SIZE, "payload_too_large", detail)
    if all(cell["value"] is None for cell in data.values()):
        raise errors.refusal(errors.QUALITY, "invalid_image", "Nothing of a quota invoice was found on it.")
    texts = {name: data[name]["raw_text"] or "" for name in ("number", "code", "location", "amount")}
    return {**texts, "confidence": {name: data[name]["confidence"] for name in texts}}
