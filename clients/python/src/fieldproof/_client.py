"""The sync and the async client; the same methods, the same behaviour."""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, TypeVar, overload

import httpx
from pydantic import BaseModel, ValidationError

from fieldproof._exceptions import ConnectionFailed, ModelMismatch, UnexpectedAnswer, error_of
from fieldproof._models import Amount, Extraction, Finding, Job, Template, Text, Usage, row_of
from fieldproof._request import Fields, Source, asked_of, body_of, document_of, job_body
from fieldproof._retries import Retries

DEFAULT_URL = "http://127.0.0.1:7860"
DEFAULT_TIMEOUT = 120.0
"""Seconds; leaves room for twenty scanned pages behind other documents."""

Model = TypeVar("Model", bound=BaseModel)


class _Settings:
    """Address, key and retries, from arguments or the environment."""

    def __init__(self, base_url: str | None, api_key: str | None, retries: Retries | None) -> None:
        self.base_url = (base_url or os.environ.get("FIELDPROOF_URL") or DEFAULT_URL).rstrip("/")
        self.retries = retries or Retries()
        self._key = (api_key or os.environ.get("FIELDPROOF_API_KEY") or "").strip()
        if not self._key.isascii() or not self._key.isprintable():
            raise ValueError("api_key holds characters that no key has; check that it was copied whole")

    def headers(self, extra: dict[str, str]) -> dict[str, str]:
        return extra | ({"Authorization": f"Bearer {self._key}"} if self._key else {})


class Client:
    """Talks to one fieldproof server. Close it, or use it in a `with` block."""

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        retries: Retries | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        """Nothing is sent yet.

        Args:
            base_url: of the server; `FIELDPROOF_URL` or http://127.0.0.1:7860 when left out.
            api_key: `FIELDPROOF_API_KEY` when left out.
            timeout: seconds for one attempt.
            retries: how often to repeat what failed for a passing reason.
            http_client: your own, for proxies and tests; it is not closed here.
        """
        self._settings = _Settings(base_url, api_key, retries)
        self._owned = httpx.Client(timeout=timeout) if http_client is None else None
        self._http = http_client or self._owned

    @overload
    def extract(
        self,
        source: Source,
        *,
        model: type[Model],
        pages: str | None = None,
        locale: str | None = None,
        include: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> Extraction[Model]: ...
    @overload
    def extract(
        self,
        source: Source,
        *,
        fields: Fields | None = None,
        template: str | None = None,
        auto_fields: bool = False,
        pages: str | None = None,
        locale: str | None = None,
        include: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> Extraction[None]: ...
    def extract(
        self,
        source: Source,
        *,
        fields: Fields | None = None,
        template: str | None = None,
        model: type[BaseModel] | None = None,
        auto_fields: bool = False,
        pages: str | None = None,
        locale: str | None = None,
        include: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> Extraction[Any]:
        """Extract fields from one document.

        Args:
            source: a path, the file's bytes, or an http(s) URL.
            fields: what to return, as the API takes it; or
            template: the id of a ready-made schema; or
            model: a pydantic class, of which `result.parsed` will be an instance; or
            auto_fields: True takes the page's own labels and tables; `result.fields` is the schema that was found.
            pages: such as `"1-3"`.
            locale: settles ambiguous dates, such as `"en-US"`.
            include: any of `words`, `alternatives`, `evidence`, `checks`, `pages`, `fields`; `words` and `pages` are
                in `result.raw`.
            idempotency_key: your own name for this call; repeating it within 24 hours is not charged.

        Raises:
            ApiError: the server refused; see `fieldproof.ApiError` for the kinds.
            ConnectionFailed: it could not be reached.
            ModelMismatch: the answer does not fit the model class; it carries the answer, which was charged.
        """
        body = body_of(
            source,
            fields=fields,
            template=template,
            model=model,
            auto_fields=auto_fields,
            pages=pages,
            locale=locale,
            include=include,
        )
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        response = self._send("POST", "/ocr/fields", headers, json=body)
        return _extraction(response, model)

    def read(self, source: Source, *, pages: str | None = None, idempotency_key: str | None = None) -> Text:
        """Everything that stands on a document: pages of lines of words, each with its place.

        Args:
            source: a path, or the file's bytes.
            pages: such as `"1-3"`.
            idempotency_key: your own name for this call; repeating it within 24 hours is not charged.

        Raises:
            ApiError: the server refused.
            ConnectionFailed: it could not be reached.
        """
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return _typed(Text, _json(self._send("POST", "/ocr/text", headers, json=document_of(source, pages))))

    def submit(
        self,
        sources: Sequence[Source],
        *,
        fields: Fields | None = None,
        template: str | None = None,
        model: type[BaseModel] | None = None,
        auto_fields: bool = False,
        pages: str | None = None,
        locale: str | None = None,
        include: Sequence[str] = (),
        priority: str = "normal",
        retain: bool = False,
        idempotency_key: str | None = None,
    ) -> Job:
        """Hand in up to twenty documents, to be worked on later.

        Args:
            sources: of each document a path or the file's bytes; paths give the documents their names.
            fields, template, model, auto_fields, pages, locale, include: as for `extract`, the same for each.
            priority: `high`, `normal` or `low`, among the documents of your account.
            retain: keep the documents as long as the results.
            idempotency_key: your own name for this call; repeating it within 24 hours hands in nothing more.

        Raises:
            ApiError: the server refused.
            ConnectionFailed: it could not be reached.
        """
        asked = asked_of(fields, template, model, auto_fields, locale, include)
        body = job_body(sources, asked, pages, priority, retain)
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return _job(_json(self._send("POST", "/ocr/jobs", headers, json=body))["job"])

    def job(self, job: Job | str) -> Job:
        """A job as it stands now, with the results there are so far.

        Raises:
            NotFound: there is no such job, or its results have expired.
        """
        return _job(_json(self._send("GET", f"/jobs/{_id(job)}", {})))

    def wait(self, job: Job | str, *, timeout: float = 600.0, poll: float = 1.0) -> Job:
        """A job when its last document has ended.

        Args:
            timeout: seconds.
            poll: seconds between two questions.

        Raises:
            TimeoutError: it has not ended in that time; it goes on, and can be waited for again.
        """
        until = time.monotonic() + timeout
        while not _ended(found := _json(self._send("GET", f"/jobs/{_id(job)}", {}, params={"results": "false"}))):
            _see_that_there_is_time(found, until)
            time.sleep(poll)
        return self.job(job)

    def jobs(self, status: str | None = None, *, limit: int = 20) -> list[Job]:
        """The newest jobs of the account, without results."""
        params = {"limit": str(limit)} | ({"status": status} if status else {})
        return [_job(job) for job in _json(self._send("GET", "/jobs", {}, params=params)).get("jobs", ())]

    def cancel(self, job: Job | str) -> Job:
        """Stop what was not begun; what is being worked on is finished and charged.

        Raises:
            Conflict: the job has ended already.
        """
        return _job(_json(self._send("POST", f"/jobs/{_id(job)}/cancel", {})))

    def save_template(self, template_id: str, fields: Fields, *, title: str = "", description: str = "") -> Template:
        """Save a schema under your own name for it; a change makes a new version."""
        body = {"title": title, "description": description, "fields": [dict(f) for f in fields]}
        return _typed(Template, _json(self._send("PUT", f"/templates/{template_id}", {}, json=body)))

    def delete_template(self, template_id: str) -> None:
        """Remove a schema that you have saved."""
        self._send("DELETE", f"/templates/{template_id}", {})

    def templates(self) -> list[Template]:
        """The ready-made schemas, and those that the account has saved."""
        answer = _json(self._send("GET", "/templates", {}))
        return [_typed(Template, t) for t in answer.get("templates", ())]

    def amount(self) -> Amount:
        """What is left of this month's free calls."""
        return _typed(Amount, _json(self._send("GET", "/amount", {})))

    def usage(self, first: str | None = None, last: str | None = None, by: str | None = None) -> Usage:
        """Charged calls by day, from `first` to `last` (ISO dates); this month when left out.

        Args:
            by: any of `day,key,route,template`: other groups, as `rows`.
        """
        params = {k: v for k, v in (("from", first), ("to", last), ("by", by)) if v}
        return _typed(Usage, _json(self._send("GET", "/usage", {}, params=params)))

    def close(self) -> None:
        """Close the connections, unless they are your own client's."""
        if self._owned:
            self._owned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, method: str, path: str, headers: dict[str, str], **content: Any) -> httpx.Response:
        assert self._http is not None
        attempt = 0
        while True:
            attempt += 1
            response: httpx.Response | None = None
            try:
                url = self._settings.base_url + path
                response = self._http.request(method, url, headers=self._settings.headers(headers), **content)
            except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.DecodingError) as error:
                raise ConnectionFailed(f"{self._settings.base_url} cannot be called: {error}") from error
            except httpx.TransportError as error:
                failure: Exception = ConnectionFailed(f"{self._settings.base_url} cannot be reached: {error}")
                failure.__cause__ = error
            else:
                if response.is_success:
                    return response
                failure = error_of(response)
            pause = self._settings.retries.pause(attempt, response)
            if pause is None:
                raise failure
            time.sleep(pause)


class AsyncClient:
    """Like `Client`, with coroutines. Close it with `aclose`, or use it in an `async with` block."""

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        retries: Retries | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        """See `Client`."""
        self._settings = _Settings(base_url, api_key, retries)
        self._owned = httpx.AsyncClient(timeout=timeout) if http_client is None else None
        self._http = http_client or self._owned

    @overload
    async def extract(
        self,
        source: Source,
        *,
        model: type[Model],
        pages: str | None = None,
        locale: str | None = None,
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
        locale: str | None = None,
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
        locale: str | None = None,
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
            locale=locale,
            include=include,
        )
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        response = await self._send("POST", "/ocr/fields", headers, json=body)
        return _extraction(response, model)

    async def read(self, source: Source, *, pages: str | None = None, idempotency_key: str | None = None) -> Text:
        """See `Client.read`."""
        body = await asyncio.to_thread(document_of, source, pages)
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return _typed(Text, _json(await self._send("POST", "/ocr/text", headers, json=body)))

    async def submit(
        self,
        sources: Sequence[Source],
        *,
        fields: Fields | None = None,
        template: str | None = None,
        model: type[BaseModel] | None = None,
        auto_fields: bool = False,
        pages: str | None = None,
        locale: str | None = None,
        include: Sequence[str] = (),
        priority: str = "normal",
        retain: bool = False,
        idempotency_key: str | None = None,
    ) -> Job:
        """See `Client.submit`."""
        asked = asked_of(fields, template, model, auto_fields, locale, include)
        body = await asyncio.to_thread(job_body, sources, asked, pages, priority, retain)
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return _job(_json(await self._send("POST", "/ocr/jobs", headers, json=body))["job"])

    async def job(self, job: Job | str) -> Job:
        """See `Client.job`."""
        return _job(_json(await self._send("GET", f"/jobs/{_id(job)}", {})))

    async def wait(self, job: Job | str, *, timeout: float = 600.0, poll: float = 1.0) -> Job:  # noqa: ASYNC109  # as in `Client`
        """See `Client.wait`."""
        until = time.monotonic() + timeout
        while not _ended(found := _json(await self._send("GET", f"/jobs/{_id(job)}", {}, params={"results": "false"}))):
            _see_that_there_is_time(found, until)
            await asyncio.sleep(poll)
        return await self.job(job)

    async def jobs(self, status: str | None = None, *, limit: int = 20) -> list[Job]:
        """See `Client.jobs`."""
        params = {"limit": str(limit)} | ({"status": status} if status else {})
        return [_job(job) for job in _json(await self._send("GET", "/jobs", {}, params=params)).get("jobs", ())]

    async def cancel(self, job: Job | str) -> Job:
        """See `Client.cancel`."""
        return _job(_json(await self._send("POST", f"/jobs/{_id(job)}/cancel", {})))

    async def save_template(
        self, template_id: str, fields: Fields, *, title: str = "", description: str = ""
    ) -> Template:
        """See `Client.save_template`."""
        body = {"title": title, "description": description, "fields": [dict(f) for f in fields]}
        return _typed(Template, _json(await self._send("PUT", f"/templates/{template_id}", {}, json=body)))

    async def delete_template(self, template_id: str) -> None:
        """See `Client.delete_template`."""
        await self._send("DELETE", f"/templates/{template_id}", {})

    async def templates(self) -> list[Template]:
        """See `Client.templates`."""
        answer = _json(await self._send("GET", "/templates", {}))
        return [_typed(Template, t) for t in answer.get("templates", ())]

    async def amount(self) -> Amount:
        """See `Client.amount`."""
        return _typed(Amount, _json(await self._send("GET", "/amount", {})))

    async def usage(self, first: str | None = None, last: str | None = None, by: str | None = None) -> Usage:
        """See `Client.usage`."""
        params = {k: v for k, v in (("from", first), ("to", last), ("by", by)) if v}
        return _typed(Usage, _json(await self._send("GET", "/usage", {}, params=params)))

    async def aclose(self) -> None:
        """Close the connections, unless they are your own client's."""
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
                raise ConnectionFailed(f"{self._settings.base_url} cannot be called: {error}") from error
            except httpx.TransportError as error:
                failure: Exception = ConnectionFailed(f"{self._settings.base_url} cannot be reached: {error}")
                failure.__cause__ = error
            else:
                if response.is_success:
                    return response
                failure = error_of(response)
            pause = self._settings.retries.pause(attempt, response)
            if pause is None:
                raise failure
            await asyncio.sleep(pause)


def _json(response: httpx.Response) -> dict[str, Any]:
    """The body with exact decimals."""
    try:
        body = json.loads(response.content, parse_float=Decimal)
    except ValueError:
        raise UnexpectedAnswer(f"{response.request.url} answered {response.status_code} without JSON") from None
    if not isinstance(body, dict):
        raise UnexpectedAnswer(f"{response.request.url} answered with JSON that is no object")
    return body


def _typed(model: type[Model], answer: Any) -> Model:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise UnexpectedAnswer("the server's answer has another form than this client knows") from error


def _id(job: Job | str) -> str:
    return job if isinstance(job, str) else job.id


def _ended(job: dict[str, Any]) -> bool:
    return job.get("finishedAt") is not None


def _see_that_there_is_time(job: dict[str, Any], until: float) -> None:
    if time.monotonic() > until:
        raise TimeoutError(f"the job {job.get('id')} is still '{job.get('status')}'; it goes on, wait for it again")


def _job(answer: dict[str, Any]) -> Job:
    """A job with its results as extractions."""
    found = _typed(Job, answer)
    documents = tuple(
        d if d.result is None else d.model_copy(update={"result": _extraction_of(d.result)}) for d in found.documents
    )
    return found.model_copy(update={"documents": documents})


def _extraction(response: httpx.Response, model: type[BaseModel] | None) -> Extraction[Any]:
    replayed = response.headers.get("X-Idempotent-Replay") == "true"
    result = _extraction_of(_json(response), replayed=replayed, text=response.text)
    if model is None:
        return result
    try:
        return replace(result, parsed=model.model_validate(result.values()))
    except ValidationError as error:
        raise ModelMismatch(f"the answer does not fit {model.__name__}: {error}", result) from error


def _extraction_of(body: dict[str, Any], *, replayed: bool = False, text: str | None = None) -> Extraction[Any]:
    try:
        data = row_of(body["data"])
        checks = tuple(Finding.model_validate(c) for c in body.get("checks", ()))
        fields = tuple(dict(f) for f in body.get("fields") or ())
        rows_seen = {name: int(counts["rows_seen"]) for name, counts in (body.get("rows") or {}).items()}
        request_id, pages = str(body["requestId"]), int(body["usage"]["pages"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnexpectedAnswer("the server answered with JSON that is no extraction") from error
    return Extraction(
        request_id=request_id,
        data=data,
        parsed=None,
        checks=checks,
        fields=fields,
        rows_seen=rows_seen,
        pages=pages,
        replayed=replayed,
        raw=body,
        text=text if text is not None else json.dumps(body, default=float, ensure_ascii=False),
    )
