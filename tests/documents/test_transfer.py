"""Objects arrive in the other process as they were sent."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import pytest

from documents.decode import transfer

LARGE = np.arange(3_000_000, dtype=np.uint32).reshape(1000, 3, 1000)
"""Larger than what the system keeps between two processes, so that it arrives in parts."""


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    first, second = socket.socketpair()
    with Connection(first.detach()) as sender, Connection(second.detach()) as receiver:
        yield sender, receiver


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(LARGE, id="large"),
        pytest.param(LARGE[::7, :, ::3], id="not-contiguous"),
        pytest.param(LARGE.T, id="transposed"),
        pytest.param(np.empty((0, 4)), id="empty"),
        pytest.param(np.array(7.5), id="no-dimension"),
    ],
)
def test_arrays_arrive_as_they_were_sent(ends: tuple[Connection, Connection], message: np.ndarray) -> None:
    sender, receiver = ends
    thread = threading.Thread(target=transfer.send, args=(sender, message))
    thread.start()
    received = transfer.receive(receiver)
    thread.join()
    np.testing.assert_array_equal(received, message)
    assert received.dtype == message.dtype
    received[...] = 0  # whoever receives a picture may change it


def test_messages_follow_each_other(ends: tuple[Connection, Connection]) -> None:
    sender, receiver = ends
    small = np.arange(6, dtype=np.uint8)
    messages: list[Any] = [
        ("a", None),
        ({"picture": small, "again": small, "other": small[::2]}, 1),
        (None, KeyError("x")),
    ]
    for message in messages:
        transfer.send(sender, message)
    assert transfer.receive(receiver) == messages[0]
    found, number = transfer.receive(receiver)
    assert number == 1
    assert [part.tolist() for part in found.values()] == [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], [0, 2, 4]]
    assert str(transfer.receive(receiver)[1]) == "'x'"
    assert not receiver.poll(0)


def test_a_sender_that_ends_in_the_middle_is_noticed(ends: tuple[Connection, Connection]) -> None:
    sender, receiver = ends
    transfer.send(sender, np.arange(1000))
    announced = receiver.recv_bytes()
    assert len(os.read(receiver.fileno(), LARGE.nbytes)) == np.arange(1000).nbytes
    sender.send_bytes(announced)
    os.write(sender.fileno(), bytes(10))
    sender.close()
    with pytest.raises(EOFError):
        transfer.receive(receiver)
