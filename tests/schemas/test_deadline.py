"""Time limits, and callers that stop waiting."""

from __future__ import annotations

import threading

import pytest

from schemas.deadline import CallerGone, Deadline, TookTooLong, checkpoint, current_deadline, while_waited_for, within


def test_a_checkpoint_without_a_deadline_does_nothing() -> None:
    checkpoint()
    assert current_deadline() is None


def test_a_checkpoint_after_the_deadline() -> None:
    with within(Deadline(0)), pytest.raises(TookTooLong, match="at most 0 seconds"):
        checkpoint()
    checkpoint()  # outside the block it holds no more


def test_a_deadline_is_extended_from_its_start() -> None:
    deadline = Deadline(10)
    deadline.extend(30)
    deadline.extend(20)  # shorter than it is already
    assert 29 < deadline.remaining_seconds() <= 30


def test_waiting_for_others_does_not_count() -> None:
    deadline = Deadline(0)
    deadline.postpone(10)
    deadline.check()


def test_a_caller_that_is_gone() -> None:
    gone = threading.Event()
    with while_waited_for(gone), within(Deadline(60)):
        checkpoint()
        gone.set()
        with pytest.raises(CallerGone):
            checkpoint()


def test_other_threads_have_their_own_deadline() -> None:
    found: list[Deadline | None] = []
    with within(Deadline(60)):
        thread = threading.Thread(target=lambda: found.append(current_deadline()))
        thread.start()
        thread.join()
    assert found == [None]
