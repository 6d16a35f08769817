"""Waiting inside gevent's loop, for tests that run parts of the services in this process."""

from collections.abc import Callable

import gevent
from gevent.event import Event

DEADLINE_S = 10.0
POLL_S = 0.005


def eventually(condition: Callable[[], object], *, what: str = "the condition") -> None:
    """Let greenlets run until `condition` holds; fails the test when it does not within ten seconds."""
    with gevent.Timeout(DEADLINE_S, AssertionError(f"{what} did not come true within {DEADLINE_S} s")):
        idle = Event()
        while not condition():
            idle.wait(POLL_S)
