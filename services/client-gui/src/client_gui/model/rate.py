"""The rate of a transfer and the time that is left, smoothed so that they can be read; sizes for people."""

from collections import deque

WINDOW_S = 5.0
"""The rate is that of the last seconds, not of the whole transfer: it follows the network."""
_SMOOTHING = 0.3
_SAMPLE_S = 0.25
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


class RateMeter:
    """Fed with how many bytes are done; gives bytes per second and seconds left."""

    def __init__(self, done: int, now: float) -> None:
        """`done` bytes were there before (a resumed transfer): they count for no rate."""
        self._samples: deque[tuple[float, int]] = deque([(now, done)])
        self._smooth: float | None = None

    def update(self, done: int, now: float) -> None:
        """`done` bytes are here at `now` (monotonic seconds). A smaller figure than before starts afresh."""
        last_time, last_done = self._samples[-1]
        if done < last_done or now < last_time:
            self._samples.clear()
            self._samples.append((now, done))
            return
        if len(self._samples) > 1 and now - self._samples[-2][0] < _SAMPLE_S:
            self._samples[-1] = (now, done)
        else:
            self._samples.append((now, done))
            self._smoothen()
        while now - self._samples[0][0] > WINDOW_S and len(self._samples) > 2:
            self._samples.popleft()

    @property
    def rate(self) -> float:
        """Bytes per second; 0.0 until there is something to tell."""
        return self._smooth if self._smooth is not None else self._windowed() or 0.0

    def eta_s(self, total: int) -> float | None:
        """Seconds until `total` bytes are done; None while that cannot be told."""
        left = total - self._samples[-1][1]
        if left <= 0:
            return 0.0
        return left / self.rate if self.rate > 1.0 else None

    def _windowed(self) -> float | None:
        (first_time, first_done), (last_time, last_done) = self._samples[0], self._samples[-1]
        span = last_time - first_time
        return (last_done - first_done) / span if span > 0.05 else None

    def _smoothen(self) -> None:
        windowed = self._windowed()
        if windowed is None:
            return
        previous = windowed if self._smooth is None else self._smooth
        self._smooth = previous + _SMOOTHING * (windowed - previous)


def human_size(size: float) -> str:
    """`size` bytes for people, three digits at most: "512 B", "1.5 MiB", "312 KiB"; the units of the hub."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value /= 1024
        unit += 1
    digits = 1 if unit and value < 9.95 else 0
    return f"{value:.{digits}f} {_UNITS[unit]}"


def human_time(seconds: float) -> str:
    """A duration for people: "12 s", "3:05", "2:03:04"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, secs = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"
