"""Waiting for a condition, never for a time."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_POLL_S = 0.05

T = TypeVar("T")


def until(condition: Callable[[], T | None], *, within_s: float, what: str) -> T:
    """What `condition` returns as soon as it is true; AssertionError with `what` after `within_s`."""
    deadline = time.monotonic() + within_s
    idle = threading.Event()
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s: {what}"
        idle.wait(_POLL_S)
