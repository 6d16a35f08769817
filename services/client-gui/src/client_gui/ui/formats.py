"""Shares and times as people read them (sizes: `model.rate`). Pure functions, no Tk."""

import math
from datetime import datetime


def time_left(seconds: float | None) -> str:
    """`12 s left`, `3 min left`, `1 h 20 min left`; empty where it cannot be told."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return ""
    whole = math.ceil(seconds)
    if whole < 60:
        return f"{whole} s left"
    minutes = math.ceil(seconds / 60)
    if minutes < 60:
        return f"{minutes} min left"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min left" if minutes else f"{hours} h left"


def percent(done: int, total: int) -> int:
    """0 to 100; 100 only when everything is there, also for an empty file."""
    if total <= 0 or done >= total:
        return 100
    return max(0, min(99, done * 100 // total))


def clock(when: float) -> str:
    """Local time of day, `14:05`."""
    return _local(when).strftime("%H:%M")


def day(when: float, now: float) -> str:
    """`Today`, `Yesterday` or `Monday, 3 March 2025`, in local time."""
    then, today = _local(when).date(), _local(now).date()
    days = (today - then).days
    if days == 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    return f"{then:%A}, {then.day} {then:%B %Y}"


def changed(modified_ms: int, now: float) -> str:
    """Local date and time of a file's change: `3 Mar 14:05`, with the year unless it is this one."""
    then = _local(modified_ms / 1000)
    year = "" if then.year == _local(now).year else f" {then.year}"
    return f"{then.day} {then:%b}{year} {then:%H:%M}"


def same_minute(first: float, second: float) -> bool:
    """Whether both show the same clock time on the same day."""
    return _local(first).replace(second=0, microsecond=0) == _local(second).replace(second=0, microsecond=0)


def _local(when: float) -> datetime:
    # The wire may carry any number; a date that the platform cannot show becomes the epoch rather than a crash.
    try:
        return datetime.fromtimestamp(when).astimezone()
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0).astimezone()
