"""Call a chat completion: https://platform.openai.com/docs/api-reference/chat/create."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import httpx

from extractors.errors import ExtractorFailed, ExtractorUnavailable
from schemas.deadline import checkpoint, current_deadline

_RETRIED_STATUSES = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""HTTP statuses of errors that are usually temporary."""
_MAX_PAUSE_SECONDS = 20.0
"""Upper limit of the exponential pause between attempts, unless the server asks for a longer one."""
_MAX_RESPONSE_BYTES = 5_000_000
"""A longer response cannot be an answer to the requested fields."""


@dataclass(frozen=True)
class Endpoint:
    """Address of a model, with limits for each call."""

    base_url: str
    """The URL up to, but without, `/chat/completions`."""
    model: str
    key: str = ""
    seconds: float = 60.0
    """Maximum time for one call, retries included."""
    attempts: int = 3
    output_tokens: int = 4096


class Completion(NamedTuple):
    """A model's answer."""

    text: str
    is_cut: bool
    """True if the answer reached the output limit."""
    tokens: int
    """Tokens the call used, as the server counts them; 0 if it does not say."""


class Chat:
    """A client for one endpoint. Safe to use from several threads."""

    def __init__(self, endpoint: Endpoint, http: httpx.Client | None = None) -> None:
        self.endpoint = endpoint
        # no proxies or credentials from the environment and no redirects: the key goes only to the configured URL
        self._http = http or httpx.Client(timeout=endpoint.seconds, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def complete(self, messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]) -> Completion:
        """Return an answer in the form of a JSON schema, retrying temporary errors.

        Args:
            messages: the chat messages to send.
            schema: the JSON schema of the answer.

        Raises:
            ExtractorUnavailable: if no answer arrives in time, or the server asks to wait longer than that.
            ExtractorFailed: if the server refuses the request, the model refuses to answer, or the response is not a
                completion.
        """
        body = {
            "model": self.endpoint.model,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": self.endpoint.output_tokens,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "fields", "strict": True, "schema": dict(schema)},
            },
        }
        limit = current_deadline()
        seconds = min(self.endpoint.seconds, limit.remaining_seconds() if limit else self.endpoint.seconds)
        deadline = time.monotonic() + seconds
        for attempt in range(1, self.endpoint.attempts + 1):
            checkpoint()
            pause, why = min(_MAX_PAUSE_SECONDS, 0.5 * 2**attempt * random.uniform(0.5, 1)), "did not answer"
            try:
                response = self._post(body, deadline)
            except httpx.TransportError as error:
                why = f"did not answer ({type(error).__name__})"
            else:
                if response.is_success:
                    return _completion(response)
                if response.status_code not in _RETRIED_STATUSES:
                    raise ExtractorFailed(
                        f"the model's server refused the request: expected status 200, got {response.status_code}"
                    )
                why = f"answered with status {response.status_code}"
                pause = _requested_pause(response, pause)
            if attempt == self.endpoint.attempts or time.monotonic() + pause >= deadline:
                raise ExtractorUnavailable(f"the model's server {why}, attempts: {attempt}")
            time.sleep(pause)
        raise AssertionError

    def _post(self, body: Mapping[str, Any], deadline: float) -> httpx.Response:
        """Return the whole response; its time and its size are limited however slowly it arrives."""
        headers = {"Authorization": f"Bearer {self.endpoint.key}"} if self.endpoint.key else {}
        url = self.endpoint.base_url.rstrip("/") + "/chat/completions"
        timeout = max(0.1, deadline - time.monotonic())
        with self._http.stream("POST", url, json=body, headers=headers, timeout=timeout) as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > _MAX_RESPONSE_BYTES:
                    raise ExtractorFailed(
                        f"the model's response is too long: expected at most {_MAX_RESPONSE_BYTES:,} bytes, got more"
                    )
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("the response does not end")
                checkpoint()
            return httpx.Response(response.status_code, headers=_plain(response.headers), content=bytes(content))


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """Return the headers of a response whose content is decoded already."""
    return {name: value for name, value in headers.items() if name not in ("content-encoding", "transfer-encoding")}


def _requested_pause(response: httpx.Response, otherwise: float) -> float:
    try:
        return max(0.0, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return otherwise


def _completion(response: httpx.Response) -> Completion:
    try:
        body = response.json()
        choice = body["choices"][0]
        message, reason = choice["message"], choice.get("finish_reason")
        text, refusal = message.get("content"), message.get("refusal")
        tokens = (body.get("usage") or {}).get("total_tokens")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise ExtractorFailed("the response of the model's server is not a chat completion") from None
    if refusal or reason == "content_filter":
        raise ExtractorFailed("the model refused to answer")
    return Completion(
        text if isinstance(text, str) else "", reason == "length", tokens if isinstance(tokens, int) else 0
    )
