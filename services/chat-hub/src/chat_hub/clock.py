"""The moment as the core gets it: an argument, never asked for."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Now(NamedTuple):
    """One moment on two clocks, both in seconds: `mono` for durations, `unix` for people."""

    mono: float
    unix: float


def server_time(unix_s: float) -> str:
    """The form of IRCv3 server-time: `YYYY-MM-DDThh:mm:ss.sssZ`."""
    return format_ms(int(unix_s * 1000))


@lru_cache(maxsize=64)
def format_ms(unix_ms: int) -> str:
    """The same of milliseconds."""
    seconds, ms = divmod(unix_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def parse_server_time(text: str) -> int | None:
    """The milliseconds of Unix time in such a form; None when it is another."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    unix_ms = (moment - _EPOCH) // _MILLISECOND
    return unix_ms if format_ms(unix_ms) == text else None
