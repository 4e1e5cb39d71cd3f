"""The client that waits for each answer; `_async_client.py` has the same methods as coroutines."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, overload

import httpx
from pydantic import BaseModel

from docwitness._answers import (
    DEFAULT_TIMEOUT,
    Model,
    Settings,
    extraction,
    has_ended,
    id_of,
    job_of,
    json_of,
    see_that_there_is_time,
    typed,
)
from docwitness._exceptions import ConnectionFailed, error_of
from docwitness._models import Amount, Extraction, Job, Template, Text, Usage
from docwitness._request import Fields, Source, body_of, document_of, job_body, requested_schema
from docwitness._retries import Retries


class Client:
    """Talks to one docwitness server. Close it, or use it in a `with` block."""

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
            base_url: of the server; `DOCWITNESS_URL` or http://127.0.0.1:7860 when left out.
            api_key: `DOCWITNESS_API_KEY` when left out.
            timeout: seconds for one attempt.
            retries: how often to repeat what failed for a passing reason.
            http_client: your own, for proxies and tests; it is not closed here.
        """
        self._settings = Settings(base_url, api_key, retries)
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
        locale: str | None = None,
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
        locale: str | None = None,
        extractor: str | None = None,
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
            extractor: what proposes the values, where your account may choose: `docwitness`, `layoutlmv3` or
                `llm`.
            include: any of `words`, `alternatives`, `evidence`, `checks`, `pages`, `text`, `fields`; what it adds and
                has no attribute of its own is in `result.raw`.
            idempotency_key: your own name for this call; repeating it within 24 hours is not charged.

        Raises:
            ApiError: the server refused; see `docwitness.ApiError` for the kinds.
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
            extractor=extractor,
            include=include,
        )
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        response = self._send("POST", "/ocr/fields", headers, json=body)
        return extraction(response, model)

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
        return typed(Text, json_of(self._send("POST", "/ocr/text", headers, json=document_of(source, pages))))

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
        extractor: str | None = None,
        include: Sequence[str] = (),
        priority: str = "normal",
        retain: bool = False,
        idempotency_key: str | None = None,
    ) -> Job:
        """Hand in up to twenty documents, to be worked on later.

        Args:
            sources: of each document a path or the file's bytes; paths give the documents their names.
            fields, template, model, auto_fields, pages, locale, extractor, include: as for `extract`, of each document.
            priority: `high`, `normal` or `low`, among the documents of your account.
            retain: keep the documents as long as the results.
            idempotency_key: your own name for this call; repeating it within 24 hours hands in nothing more.

        Raises:
            ApiError: the server refused.
            ConnectionFailed: it could not be reached.
        """
        asked = requested_schema(fields, template, model, auto_fields, locale, extractor, include)
        body = job_body(sources, asked, pages, priority, retain)
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return job_of(json_of(self._send("POST", "/ocr/jobs", headers, json=body))["job"])

    def job(self, job: Job | str) -> Job:
        """A job as it stands now, with the results there are so far.

        Raises:
            NotFound: there is no such job, or its results have expired.
        """
        return job_of(json_of(self._send("GET", f"/jobs/{id_of(job)}", {})))

    def wait(self, job: Job | str, *, timeout: float = 600.0, poll: float = 1.0) -> Job:
        """A job when its last document has ended.

        Args:
            timeout: seconds.
            poll: seconds between two questions.

        Raises:
            TimeoutError: it has not ended in that time; it goes on, and can be waited for again.
        """
        until = time.monotonic() + timeout
        while not has_ended(
            found := json_of(self._send("GET", f"/jobs/{id_of(job)}", {}, params={"results": "false"}))
        ):
            see_that_there_is_time(found, until)
            time.sleep(poll)
        return self.job(job)

    def jobs(self, status: str | None = None, *, limit: int = 20) -> list[Job]:
        """The newest jobs of the account, without results."""
        params = {"limit": str(limit)} | ({"status": status} if status else {})
        return [job_of(job) for job in json_of(self._send("GET", "/jobs", {}, params=params)).get("jobs", ())]

    def cancel(self, job: Job | str) -> Job:
        """Stop what was not begun; what is being worked on is finished and charged.

        Raises:
            Conflict: the job has ended already.
        """
        return job_of(json_of(self._send("POST", f"/jobs/{id_of(job)}/cancel", {})))

    def save_template(self, template_id: str, fields: Fields, *, title: str = "", description: str = "") -> Template:
        """Save a schema under your own name for it; a change makes a new version."""
        body = {"title": title, "description": description, "fields": [dict(f) for f in fields]}
        return typed(Template, json_of(self._send("PUT", f"/templates/{template_id}", {}, json=body)))

    def delete_template(self, template_id: str) -> None:
        """Remove a schema that you have saved."""
        self._send("DELETE", f"/templates/{template_id}", {})

    def templates(self) -> list[Template]:
        """The ready-made schemas, and those that the account has saved."""
        answer = json_of(self._send("GET", "/templates", {}))
        return [typed(Template, t) for t in answer.get("templates", ())]

    def amount(self) -> Amount:
        """What is left of this month's free calls."""
        return typed(Amount, json_of(self._send("GET", "/amount", {})))

    def usage(self, first: str | None = None, last: str | None = None, by: str | None = None) -> Usage:
        """Charged calls by day, from `first` to `last` (ISO dates); this month when left out.

        Args:
            by: any of `day,key,route,template`: other groups, as `rows`.
        """
        params = {k: v for k, v in (("from", first), ("to", last), ("by", by)) if v}
        return typed(Usage, json_of(self._send("GET", "/usage", {}, params=params)))

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
