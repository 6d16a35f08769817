"""How far downloads are, on standard error: one line drawn again on a terminal, plain lines elsewhere."""

import shutil
import sys
import time
from dataclasses import dataclass, field
from typing import TextIO

from client_gui.model.rate import human_size, human_time
from client_gui.model.sanitize import safe_text

REDRAW_S = 0.1
PLAIN_EVERY_S = 5.0
_BAR_WIDTH = 24
_CLEAR = "\r\x1b[K"


@dataclass(slots=True)
class Row:
    """One download."""

    name: str
    done: int = 0
    total: int = 0
    rate: float = 0.0
    eta_s: float | None = None
    remark: str = ""


@dataclass(slots=True)
class Progress:
    """All downloads of one command; the terminal's line shows their sum."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    rows: dict[str, Row] = field(default_factory=dict)
    _drawn_at: float = field(default_factory=time.monotonic)
    _said: str = ""

    def update(self, transfer_id: str, row: Row) -> None:
        """`row` is what is known of this download now."""
        self.rows[transfer_id] = row
        now = time.monotonic()
        every = REDRAW_S if self.stream.isatty() else PLAIN_EVERY_S
        if now - self._drawn_at >= every or (self.stream.isatty() and row.remark):
            self._drawn_at = now
            self._draw()

    def say(self, text: str) -> None:
        """A line of its own; nothing where the line before said the same."""
        if text != self._said:
            self._said = text
            self.clear()
            print(text, file=self.stream, flush=True)

    def clear(self) -> None:
        """Take the drawn line away."""
        if self.stream.isatty():
            self.stream.write(_CLEAR)
            self.stream.flush()

    def _draw(self) -> None:
        text = summary(list(self.rows.values()))
        if self.stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(_CLEAR + text[:width])
        else:
            self.stream.write(text + "\n")
        self.stream.flush()


def summary(rows: list[Row]) -> str:
    """One line: a bar, percent, sizes, rate, time left, and what is fetched."""
    done, total = sum(row.done for row in rows), sum(row.total for row in rows)
    rate = sum(row.rate for row in rows)
    fraction = done / total if total else 0.0
    full = int(fraction * _BAR_WIDTH)
    bar = "#" * full + "-" * (_BAR_WIDTH - full)
    remark = next((row.remark for row in rows if row.remark), "")
    left = [row.eta_s for row in rows if row.eta_s is not None]
    state = remark or f"{human_size(rate)}/s" + (f" {human_time(max(left))} left" if left else "")
    names = rows[0].name if len(rows) == 1 else f"{len(rows)} files"
    return f"[{bar}] {fraction:4.0%} {human_size(done)} of {human_size(total)} {state} {safe_text(names)}"
