from __future__ import annotations

import base64
import json

import pytest

from docwitness import SignatureMismatch, verify_webhook

# the example of the standard: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
HEADERS = {
    "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "Webhook-Timestamp": "1614265330",
    "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
NOW = 1614265330.0


def test_the_example_of_the_standard() -> None:
    assert verify_webhook(BODY, HEADERS, SECRET, now=NOW) == json.loads(BODY)


def test_one_of_several_signatures_is_enough() -> None:
    both = HEADERS | {"Webhook-Signature": f"v1,{base64.b64encode(bytes(32)).decode()} {HEADERS['Webhook-Signature']}"}
    verify_webhook(BODY, both, SECRET, now=NOW)


@pytest.mark.parametrize(
    ("body", "headers", "secret", "now", "message"),
    [
        pytest.param(BODY + b" ", HEADERS, SECRET, NOW, "does not fit the body", id="changed-body"),
        pytest.param(BODY, HEADERS, "whsec_" + "A" * 32, NOW, "does not fit the body", id="another-secret"),
        pytest.param(BODY, HEADERS | {"Webhook-Id": "msg_x"}, SECRET, NOW, "does not fit", id="changed-id"),
        pytest.param(BODY, HEADERS, SECRET, NOW + 301, "got an older one, or one from the future", id="replay"),
        pytest.param(
            BODY, HEADERS, SECRET, NOW - 301, "got an older one, or one from the future", id="from-the-future"
        ),
        pytest.param(BODY, {}, SECRET, NOW, "expected valid headers", id="no-headers"),
        pytest.param(BODY, HEADERS | {"Webhook-Timestamp": "x"}, SECRET, NOW, "expected valid headers", id="no-time"),
        pytest.param(BODY, HEADERS | {"Webhook-Timestamp": "9" * 400}, SECRET, NOW, "older", id="endless-time"),
        pytest.param(BODY, HEADERS | {"Webhook-Timestamp": "nan"}, SECRET, NOW, "older", id="no-number"),
        pytest.param(BODY, HEADERS | {"Webhook-Signature": "v1,é"}, SECRET, NOW, "does not fit", id="no-ascii"),
        pytest.param(BODY, HEADERS, "whsec_", NOW, "and a secret", id="empty-secret"),
        pytest.param(BODY, HEADERS, "whsec_%", NOW, "and a secret", id="no-secret"),
    ],
)
def test_what_is_not_to_be_trusted(body: bytes, headers: dict[str, str], secret: str, now: float, message: str) -> None:
    with pytest.raises(SignatureMismatch, match=message):
        verify_webhook(body, headers, secret, now=now)
