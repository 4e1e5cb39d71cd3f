from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from accounts import BATCH_KEY, Accounts
from accounts.job_documents import Failure, Success
from accounts.jobs import NewDocument, NewJob
from accounts.tables import WebhookRow
from service.jobs import webhook_sender
from service.jobs.webhook_sender import RETRY_DELAYS, WebhookSender
from tests.databases import with_tables
from tests.fakes import Clock, FakeQueue
from tests.service.jobs.receiver import Receiver, receiving

ACCOUNT = 1
"""The default one."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC))


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock, queue: FakeQueue) -> Iterator[Accounts]:
    url = f"sqlite:///{tmp_path}/a.db"
    with_tables(url)
    with closing(Accounts(url, clock=clock, queue=queue)) as opened:
        yield opened


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue()


@pytest.fixture
def sender(accounts: Accounts) -> WebhookSender:
    return WebhookSender(accounts, allow_private=True)


def test_events_are_signed_as_the_standard_says(accounts: Accounts, sender: WebhookSender, receiver: Receiver) -> None:
    webhook = accounts.webhooks.create(ACCOUNT, receiver.url, {"job.finished"})
    sender.deliver(accounts.webhooks.test(ACCOUNT, webhook.id).id)
    ((headers, body),) = receiver.requests
    event = Webhook(webhook.secret).verify(body, headers)
    assert event["type"] == "webhook.test"
    assert event["data"] == {"webhookId": webhook.id}
    assert headers["webhook-id"].startswith("evt_")
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("docwitness/")
    assert headers["host"] == receiver.url.split("/")[2]
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook.secret).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):  # outside of the replay window
        Webhook(webhook.secret).verify(
            body, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
        )


def test_a_failing_receiver_is_retried_for_a_day(
    accounts: Accounts, sender: WebhookSender, queue: FakeQueue, receiver: Receiver, clock: Clock
) -> None:
    receiver.statuses = [500]
    webhook = accounts.webhooks.create(ACCOUNT, receiver.url, {"job.finished"})
    accounts.webhooks.test(ACCOUNT, webhook.id)
    pauses = []
    while queue.deliveries:
        queued_delivery, pause = queue.deliveries.pop(0)
        clock.now += pause
        pauses.append(pause)
        sender.deliver(queued_delivery.id)
    assert pauses[1:] == list(RETRY_DELAYS)
    assert timedelta(hours=23) < sum(pauses, timedelta(0)) < timedelta(hours=25)
    (logged,) = accounts.webhooks.deliveries(ACCOUNT, webhook.id)
    assert (logged.row.state, len(logged.attempts)) == ("failed", len(RETRY_DELAYS) + 1)
    assert logged.attempts[0].error == "wrong status: expected 200 to 299, got 500"
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1  # the same event each time
    sender.deliver(queued_delivery.id)
    assert len(receiver.requests) == len(RETRY_DELAYS) + 1


def test_a_receiver_that_recovers(
    accounts: Accounts, sender: WebhookSender, queue: FakeQueue, receiver: Receiver
) -> None:
    receiver.statuses = [503, 302, 200]
    webhook = accounts.webhooks.create(ACCOUNT, receiver.url, {"job.finished"})
    queued_delivery = accounts.webhooks.test(ACCOUNT, webhook.id)
    for _ in range(4):
        sender.deliver(queued_delivery.id)
    (logged,) = accounts.webhooks.deliveries(ACCOUNT, webhook.id)
    assert logged.row.state == "delivered"
    assert [attempt.status for attempt in logged.attempts] == [503, 302, 200]  # a redirect is not followed


def test_a_receiver_that_does_not_listen(accounts: Accounts, sender: WebhookSender, queue: FakeQueue) -> None:
    webhook = accounts.webhooks.create(ACCOUNT, "http://127.0.0.1:9/", {"job.finished"})
    sender.deliver(accounts.webhooks.test(ACCOUNT, webhook.id).id)
    (logged,) = accounts.webhooks.deliveries(ACCOUNT, webhook.id)
    assert (logged.row.state, logged.attempts[0].status) == ("pending", None)
    assert "ConnectError" in (logged.attempts[0].error or "")
    assert [delay for _, delay in queue.deliveries] == [timedelta(0), RETRY_DELAYS[0]]


def test_an_attempt_is_logged_and_followed_once(accounts: Accounts, queue: FakeQueue) -> None:
    """The acknowledgement of a commit is lost, or another process takes the delivery over while its old one lives."""
    webhook = accounts.webhooks.create(ACCOUNT, "https://a.example", {"job.finished"})
    delivery = accounts.webhooks.test(ACCOUNT, webhook.id)
    for _ in range(2):
        accounts.webhooks.log_attempt(delivery.id, 0, 500, "wrong status", 0.1, timedelta(seconds=5))
    (logged,) = accounts.webhooks.deliveries(ACCOUNT, webhook.id)
    assert (logged.row.attempts, len(logged.attempts)) == (1, 1)
    assert len(queue.deliveries) == 2


def test_a_webhook_that_was_deleted_meanwhile(accounts: Accounts, sender: WebhookSender, receiver: Receiver) -> None:
    webhook = accounts.webhooks.create(ACCOUNT, receiver.url, {"job.finished"})
    queued_delivery = accounts.webhooks.test(ACCOUNT, webhook.id)
    accounts.webhooks.delete(ACCOUNT, webhook.id)
    sender.deliver(queued_delivery.id)
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("addresses", "error"),
    [
        pytest.param(["127.0.0.1"], "not public", id="loopback"),
        pytest.param(["93.184.216.34", "10.0.0.1"], "not public", id="one-of-several"),
        pytest.param(["::ffff:192.168.0.1"], "not public", id="mapped"),
        pytest.param(["169.254.169.254"], "not public", id="metadata"),
        pytest.param([], "has no address", id="none"),
    ],
)
def test_private_addresses_are_not_called(
    accounts: Accounts, queue: FakeQueue, receiver: Receiver, addresses: list[str], error: str
) -> None:
    port = receiver.url.split(":")[2].split("/")[0]
    webhook = accounts.webhooks.create(ACCOUNT, f"http://hooks.example:{port}/hook", {"job.finished"})
    sender = WebhookSender(accounts, allow_private=False, resolve=lambda _host, _port: addresses)
    sender.deliver(accounts.webhooks.test(ACCOUNT, webhook.id).id)
    (logged,) = accounts.webhooks.deliveries(ACCOUNT, webhook.id)
    assert error in (logged.attempts[0].error or "")
    assert receiver.requests == []


def test_the_address_that_was_checked_is_the_one_that_is_called(
    accounts: Accounts, queue: FakeQueue, receiver: Receiver
) -> None:
    """A name is resolved once: it may resolve to something else the second time."""
    answers = iter([["127.0.0.1"]])
    port = receiver.url.split(":")[2].split("/")[0]
    webhook = accounts.webhooks.create(ACCOUNT, f"http://hooks.example:{port}/hook?a=1", {"job.finished"})
    sender = WebhookSender(accounts, allow_private=True, resolve=lambda _host, _port: next(answers))
    sender.deliver(accounts.webhooks.test(ACCOUNT, webhook.id).id)
    ((headers, _),) = receiver.requests
    assert headers["host"] == f"hooks.example:{port}"


def test_events_of_a_job(accounts: Accounts, queue: FakeQueue) -> None:
    key = accounts.keys.internal_caller("default", BATCH_KEY).key_id
    all_of_them = accounts.webhooks.create(
        ACCOUNT, "https://a.example", {"job.finished", "job.cancelled", "document.succeeded", "document.failed"}
    )
    ends = accounts.webhooks.create(ACCOUNT, "https://b.example", {"job.finished"})
    job = NewJob(ACCOUNT, key, "/ocr/jobs", {})
    draft = accounts.jobs.draft("job_1", job, [NewDocument("a", None), NewDocument("b", None)])
    accounts.jobs.add(draft)
    outcomes: list[Success | Failure] = [Success(1, {}), Failure("invalid_image", "cut off")]
    for one, outcome in zip(draft.documents, outcomes, strict=True):
        accounts.job_documents.begin(one.id)
        accounts.job_documents.finish(one.id, outcome)

    def sent(webhook: WebhookRow) -> list[dict[str, object]]:
        return [json.loads(d.event.body) for d in reversed(accounts.webhooks.deliveries(ACCOUNT, webhook.id))]

    assert [event["type"] for event in sent(all_of_them)] == [
        "document.succeeded",
        "document.failed",
        "job.finished",
    ]
    (end,) = sent(ends)
    assert end["data"] == {
        "jobId": "job_1",
        "status": "partly_failed",
        "total": 2,
        "succeeded": 1,
        "failed": 1,
        "cancelled": 0,
    }
    assert sent(all_of_them)[1]["data"] == {
        "jobId": "job_1",
        "number": 1,
        "name": "b",
        "status": "failed",
        "error": {"code": "invalid_image", "message": "cut off"},
    }


def test_old_events_are_forgotten(accounts: Accounts, clock: Clock) -> None:
    webhook = accounts.webhooks.create(ACCOUNT, "https://a.example", {"job.finished"})
    accounts.webhooks.test(ACCOUNT, webhook.id)
    clock.go(days=7)
    accounts.forget()
    assert accounts.webhooks.deliveries(ACCOUNT, webhook.id) == []


def test_an_invalid_host_is_logged(accounts: Accounts, sender: WebhookSender) -> None:
    webhook = accounts.webhooks.create(ACCOUNT, "http://a..b/", {"job.finished"})
    sender.deliver(accounts.webhooks.test(ACCOUNT, webhook.id).id)
    (logged,) = accounts.webhooks.deliveries(ACCOUNT, webhook.id)
    assert "a part of this one is empty or too long" in (logged.attempts[0].error or "")


def test_a_slow_answer_is_not_waited_for(
    accounts: Accounts, sender: WebhookSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "TIMEOUT_SECONDS", 0.3)
    with dripping() as url:
        webhook = accounts.webhooks.create(ACCOUNT, url, {"job.finished"})
        started = time.monotonic()
        sender.deliver(accounts.webhooks.test(ACCOUNT, webhook.id).id)
        assert time.monotonic() - started < 2
    (logged,) = accounts.webhooks.deliveries(ACCOUNT, webhook.id)
    assert (logged.attempts[0].error or "").startswith("no answer: expected one within")


@contextmanager
def dripping() -> Iterator[str]:
    """A receiver that sends one byte of a header every 50 ms."""
    over = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
            while not over.wait(0.05):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        over.set()
        thread.join()


def test_numbers_of_deliveries_are_not_used_again(accounts: Accounts) -> None:
    """The queue keeps them longer than the database."""
    webhook = accounts.webhooks.create(ACCOUNT, "https://a.example", {"job.finished"})
    first = accounts.webhooks.test(ACCOUNT, webhook.id)
    accounts.webhooks.delete(ACCOUNT, webhook.id)
    webhook = accounts.webhooks.create(ACCOUNT, "https://a.example", {"job.finished"})
    assert accounts.webhooks.test(ACCOUNT, webhook.id).id > first.id
