"""The moment as the core gets it: an argument, never asked for."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple


class Now(NamedTuple):
    """One moment on two clocks, both in seconds: `mono` for durations, `unix` for people."""

    mono: float
    unix: float


def server_time(unix_s: float) -> str:
    """The form of IRCv3 server-time: `YYYY-MM-DDThh:mm:ss.sssZ`."""
    return _format_ms(int(unix_s * 1000))


@lru_cache(maxsize=64)
def _format_ms(unix_ms: int) -> str:
    seconds, ms = divmod(unix_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"
