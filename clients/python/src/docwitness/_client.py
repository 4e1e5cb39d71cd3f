"""Synchronous client; `_async_client.py` has the same methods as coroutines."""

from __future__ import annotations

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


class Client:
    """A connection to one docwitness server. Close it with `close`, or use it in a `with` block."""

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        retries: Retries | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        """Configure the client; nothing is sent yet.

        Args:
            base_url: address of the server; by default `DOCWITNESS_URL`, or else http://127.0.0.1:7860.
            api_key: API key; by default `DOCWITNESS_API_KEY`.
            timeout: seconds for one attempt.
            retries: how often to repeat a call after a passing failure.
            http_client: your own HTTP client, for proxies and tests; `close` leaves it open.
        """
        self._settings = ConnectionSettings(base_url, api_key, retries)
        self._owned = httpx.Client(timeout=timeout) if http_client is None else None
        self._http = http_client or self._owned

    @overload
    def extract(
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
    def extract(
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
    def extract(
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
        """Extract fields from one document.

        Args:
            source: a path, the file's bytes, or an http(s) URL.
            fields: the fields to return, as dicts in the API's form; or
            template: id of a preset or a saved template; or
            model: pydantic class to fill; `result.parsed` is an instance of it; or
            auto_fields: True returns the page's own labels and tables; `result.fields` is the schema that was found.
            pages: pages to read, such as `"1-3"`; all by default.
            password: opens the document, if it is an encrypted PDF.
            locale: settles ambiguous dates, such as `"en-US"`.
            own: your `name`, your `vatId` or both; you are then never the supplier of what you buy, nor the customer of
                what you sell.
            extractor: extractor to use, if your account may choose: `docwitness`, `layoutlmv3` or `llm`.
            include: any of `words`, `alternatives`, `evidence`, `checks`, `pages`, `text`, `codes`, `marks`, `fields`;
                additions without an attribute of their own are in `result.raw`.
            idempotency_key: your own id for this call; repeating it within 24 hours is not charged.

        Raises:
            ApiError: if the server refuses the request; see its subclasses.
            ConnectionFailed: if the server cannot be reached.
            ModelMismatch: if the values do not fit the model class; it has the extraction, which was charged.
        """
        body = body_of(
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
        response = self._send("POST", "/ocr/fields", headers, json=body)
        return extraction(response, model)

    def read(
        self,
        source: Source,
        *,
        pages: str | None = None,
        password: str | None = None,
        idempotency_key: str | None = None,
    ) -> Text:
        """Read all text of a document: pages of lines of words, each with its place.

        Args:
            source: a path, the file's bytes, or an http(s) URL.
            pages: pages to read, such as `"1-3"`; all by default.
            password: opens the document, if it is an encrypted PDF.
            idempotency_key: your own id for this call; repeating it within 24 hours is not charged.

        Raises:
            ApiError: if the server refuses the request.
            ConnectionFailed: if the server cannot be reached.
        """
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return typed(Text, json_of(self._send("POST", "/ocr/text", headers, json=document_of(source, pages, password))))

    def markdown(
        self,
        source: Source,
        *,
        pages: str | None = None,
        password: str | None = None,
        blocks: bool = False,
        idempotency_key: str | None = None,
    ) -> Markdown:
        """Read a document as Markdown, for people and language models.

        Args:
            source: a path, the file's bytes, or an http(s) URL.
            pages: pages to read, such as `"1-3"`; all by default.
            password: opens the document, if it is an encrypted PDF.
            blocks: also return each heading, paragraph, item, row and table with its place.
            idempotency_key: your own id for this call; repeating it within 24 hours is not charged.

        Raises:
            ApiError: if the server refuses the request.
            ConnectionFailed: if the server cannot be reached.
        """
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        body = document_of(source, pages, password) | ({"include": ["blocks"]} if blocks else {})
        return typed(Markdown, json_of(self._send("POST", "/ocr/markdown", headers, json=body)))

    def submit(
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
        """Submit documents, by default up to 20, to be processed later.

        Args:
            sources: for each document a path, the file's bytes or an http(s) URL; paths also name the documents.
            fields: as for `extract`.
            template: as for `extract`.
            model: as for `extract`; results are not parsed into it.
            auto_fields: as for `extract`.
            pages: as for `extract`, for each document.
            password: as for `extract`, for each document that needs one; the server keeps it encrypted until then.
            locale: as for `extract`.
            own: as for `extract`.
            extractor: as for `extract`.
            include: as for `extract`.
            priority: `high`, `normal` or `low`, among the documents of your account.
            retain: keep the documents on the server as long as the results.
            idempotency_key: your own id for this call; repeating it within 24 hours submits nothing more.

        Raises:
            ApiError: if the server refuses the request.
            ConnectionFailed: if the server cannot be reached.
        """
        schema = requested_schema(fields, template, model, auto_fields, locale, extractor, include, own)
        body = job_body(sources, schema, pages, priority, retain, password)
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return job_of(json_of(self._send("POST", "/ocr/jobs", headers, json=body))["job"])

    def job(self, job: Job | str) -> Job:
        """Fetch a job with the results so far.

        Raises:
            NotFound: if the job does not exist, or its results have expired.
        """
        return job_of(json_of(self._send("GET", f"/jobs/{id_of(job)}", {})))

    def wait(self, job: Job | str, *, timeout: float = 600.0, poll: float = 1.0) -> Job:
        """Wait until the last document of a job has finished, and return the job with its results.

        Args:
            job: the job or its id.
            timeout: longest time to wait, in seconds.
            poll: seconds between two requests to the server.

        Raises:
            TimeoutError: if the job takes longer; it continues on the server, so you can wait again.
        """
        deadline = time.monotonic() + timeout
        while not has_ended(
            found := json_of(self._send("GET", f"/jobs/{id_of(job)}", {}, params={"results": "false"}))
        ):
            require_time_left(found, deadline)
            time.sleep(poll)
        return self.job(job)

    def jobs(self, status: str | None = None, *, limit: int = 20) -> list[Job]:
        """List the newest jobs of the account, without results.

        Args:
            status: only jobs with this status, such as `running`.
            limit: most jobs to return.
        """
        params = {"limit": str(limit)} | ({"status": status} if status else {})
        return [job_of(job) for job in json_of(self._send("GET", "/jobs", {}, params=params)).get("jobs", ())]

    def cancel(self, job: Job | str) -> Job:
        """Cancel the waiting documents of a job; those in progress are finished and charged.

        Raises:
            Conflict: if the job has already finished.
        """
        return job_of(json_of(self._send("POST", f"/jobs/{id_of(job)}/cancel", {})))

    def save_template(self, template_id: str, fields: Fields, *, title: str = "", description: str = "") -> Template:
        """Save a schema under your own id; a change makes a new version.

        Args:
            template_id: 1 to 64 of `a-z`, `0-9`, `-` and `_`.
            fields: the fields, as for `extract`.
            title: title for people.
            description: what the template is for.
        """
        body = {"title": title, "description": description, "fields": [dict(f) for f in fields]}
        return typed(Template, json_of(self._send("PUT", f"/templates/{template_id}", {}, json=body)))

    def delete_template(self, template_id: str) -> None:
        """Delete a template that you have saved."""
        self._send("DELETE", f"/templates/{template_id}", {})

    def templates(self) -> list[Template]:
        """List the presets, and the templates that the account has saved."""
        answer = json_of(self._send("GET", "/templates", {}))
        return [typed(Template, t) for t in answer.get("templates", ())]

    def amount(self) -> Amount:
        """Fetch this month's free calls, the balance and the price of a call."""
        return typed(Amount, json_of(self._send("GET", "/amount", {})))

    def usage(self, first: str | None = None, last: str | None = None, by: str | None = None) -> Usage:
        """Fetch the charged calls by day.

        Args:
            first: first day as an ISO date; by default the first of this month.
            last: last day as an ISO date; by default today.
            by: any of `day,key,route,template`, to also group the calls as `rows`.
        """
        params = {k: v for k, v in (("from", first), ("to", last), ("by", by)) if v}
        return typed(Usage, json_of(self._send("GET", "/usage", {}, params=params)))

    def close(self) -> None:
        """Close the connections, except those of your own `http_client`."""
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
            time.sleep(pause)
