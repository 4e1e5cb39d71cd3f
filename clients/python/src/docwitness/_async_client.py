"""Asynchronous client; the methods are documented in `_client.py`."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, overload

import httpx
from pydantic import BaseModel

from docwitness._answers import (
    DEFAULT_TIMEOUT_SECONDS,
    ConnectionSettings,
    Model,
    extraction,
    has_ended,
    id_of,
    job_of,
    json_of,
    require_time_left,
    typed,
)
from docwitness._exceptions import ConnectionFailed, error_of
from docwitness._models import Amount, Extraction, Job, Markdown, Template, Text, Usage
from docwitness._request import Fields, Source, body_of, document_of, job_body, requested_schema
from docwitness._retries import Retries


class AsyncClient:
    """Asynchronous `Client`. Close it with `aclose`, or use it in an `async with` block."""

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        retries: Retries | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        """See `Client`."""
        self._settings = ConnectionSettings(base_url, api_key, retries)
        self._owned = httpx.AsyncClient(timeout=timeout) if http_client is None else None
        self._http = http_client or self._owned

    @overload
    async def extract(
        self,
        source: Source,
        *,
        model: type[Model],
        pages: str | None = None,
        password: str | None = None,
        locale: str | None = None,
        own: Mapping[str, str] | None = None,
        extractor: str | None = None,
        include: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> Extraction[Model]: ...
    @overload
    async def extract(
        self,
        source: Source,
        *,
        fields: Fields | None = None,
        template: str | None = None,
        auto_fields: bool = False,
        pages: str | None = None,
        password: str | None = None,
        locale: str | None = None,
        own: Mapping[str, str] | None = None,
        extractor: str | None = None,
        include: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> Extraction[None]: ...
    async def extract(
        self,
        source: Source,
        *,
        fields: Fields | None = None,
        template: str | None = None,
        model: type[BaseModel] | None = None,
        auto_fields: bool = False,
        pages: str | None = None,
        password: str | None = None,
        locale: str | None = None,
        own: Mapping[str, str] | None = None,
        extractor: str | None = None,
        include: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> Extraction[Any]:
        """See `Client.extract`."""
        body = await asyncio.to_thread(
            body_of,
            source,
            fields=fields,
            template=template,
            model=model,
            auto_fields=auto_fields,
            pages=pages,
            password=password,
            locale=locale,
            own=own,
            extractor=extractor,
            include=include,
        )
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        response = await self._send("POST", "/ocr/fields", headers, json=body)
        return extraction(response, model)

    async def read(
        self,
        source: Source,
        *,
        pages: str | None = None,
        password: str | None = None,
        idempotency_key: str | None = None,
    ) -> Text:
        """See `Client.read`."""
        body = await asyncio.to_thread(document_of, source, pages, password)
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return typed(Text, json_of(await self._send("POST", "/ocr/text", headers, json=body)))

    async def markdown(
        self,
        source: Source,
        *,
        pages: str | None = None,
        password: str | None = None,
        blocks: bool = False,
        idempotency_key: str | None = None,
    ) -> Markdown:
        """See `Client.markdown`."""
        body = (await asyncio.to_thread(document_of, source, pages, password)) | (
            {"include": ["blocks"]} if blocks else {}
        )
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return typed(Markdown, json_of(await self._send("POST", "/ocr/markdown", headers, json=body)))

    async def submit(
        self,
        sources: Sequence[Source],
        *,
        fields: Fields | None = None,
        template: str | None = None,
        model: type[BaseModel] | None = None,
        auto_fields: bool = False,
        pages: str | None = None,
        password: str | None = None,
        locale: str | None = None,
        own: Mapping[str, str] | None = None,
        extractor: str | None = None,
        include: Sequence[str] = (),
        priority: str = "normal",
        retain: bool = False,
        idempotency_key: str | None = None,
    ) -> Job:
        """See `Client.submit`."""
        schema = requested_schema(fields, template, model, auto_fields, locale, extractor, include, own)
        body = await asyncio.to_thread(job_body, sources, schema, pages, priority, retain, password)
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return job_of(json_of(await self._send("POST", "/ocr/jobs", headers, json=body))["job"])

    async def job(self, job: Job | str) -> Job:
        """See `Client.job`."""
        return job_of(json_of(await self._send("GET", f"/jobs/{id_of(job)}", {})))

    async def wait(self, job: Job | str, *, timeout: float = 600.0, poll: float = 1.0) -> Job:  # noqa: ASYNC109  # as in `Client`
        """See `Client.wait`."""
        deadline = time.monotonic() + timeout
        while not has_ended(
            found := json_of(await self._send("GET", f"/jobs/{id_of(job)}", {}, params={"results": "false"}))
        ):
            require_time_left(found, deadline)
            await asyncio.sleep(poll)
        return await self.job(job)

    async def jobs(self, status: str | None = None, *, limit: int = 20) -> list[Job]:
        """See `Client.jobs`."""
        params = {"limit": str(limit)} | ({"status": status} if status else {})
        return [job_of(job) for job in json_of(await self._send("GET", "/jobs", {}, params=params)).get("jobs", ())]

    async def cancel(self, job: Job | str) -> Job:
        """See `Client.cancel`."""
        return job_of(json_of(await self._send("POST", f"/jobs/{id_of(job)}/cancel", {})))

    async def save_template(
        self, template_id: str, fields: Fields, *, title: str = "", description: str = ""
    ) -> Template:
        """See `Client.save_template`."""
        body = {"title": title, "description": description, "fields": [dict(f) for f in fields]}
        return typed(Template, json_of(await self._send("PUT", f"/templates/{template_id}", {}, json=body)))

    async def delete_template(self, template_id: str) -> None:
        """See `Client.delete_template`."""
        await self._send("DELETE", f"/templates/{template_id}", {})

    async def templates(self) -> list[Template]:
        """See `Client.templates`."""
        answer = json_of(await self._send("GET", "/templates", {}))
        return [typed(Template, t) for t in answer.get("templates", ())]

    async def amount(self) -> Amount:
        """See `Client.amount`."""
        return typed(Amount, json_of(await self._send("GET", "/amount", {})))

    async def usage(self, first: str | None = None, last: str | None = None, by: str | None = None) -> Usage:
        """See `Client.usage`."""
        params = {k: v for k, v in (("from", first), ("to", last), ("by", by)) if v}
        return typed(Usage, json_of(await self._send("GET", "/usage", {}, params=params)))

    async def aclose(self) -> None:
        """Close the connections, except those of your own `http_client`."""
        if self._owned:
            await self._owned.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _send(self, method: str, path: str, headers: dict[str, str], **content: Any) -> httpx.Response:
        assert self._http is not None
        attempt = 0
        while True:
            attempt += 1
            response: httpx.Response | None = None
            try:
                url = self._settings.base_url + path
                response = await self._http.request(method, url, headers=self._settings.headers(headers), **content)
            except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.DecodingError) as error:
                raise ConnectionFailed(
                    f"{self._settings.base_url} cannot be called: {error}. Check the address"
                ) from error
            except httpx.TransportError as error:
                failure: Exception = ConnectionFailed(
                    f"{self._settings.base_url} cannot be reached: {error}. Check that the server is running"
                )
                failure.__cause__ = error
            else:
                if response.is_success:
                    return response
                failure = error_of(response)
            pause = self._settings.retries.pause(attempt, response)
            if pause is None:
                raise failure
            await asyncio.sleep(pause)
