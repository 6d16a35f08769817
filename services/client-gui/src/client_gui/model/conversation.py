"""One conversation: a bounded run of lines, with the way of our own messages from sending to sent or failed.

A line is frozen; a change of its status puts a new line in the same place under the same number. Numbers grow
by one and are never used again, so a view that knows the last number it has drawn knows what is new.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from client_gui.model.events import Kind

MAX_LINES = 5_000
"""At the bound the oldest line goes."""


class Status(Enum):
    """Of our own messages; those of others are always SENT."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript. `when` is Unix seconds; `reason` says why a FAILED line failed."""

    number: int
    when: float
    sender: str
    text: str
    own: bool = False
    kind: Kind = Kind.TEXT
    status: Status = Status.SENT
    label: str = ""
    reason: str = ""


@dataclass(slots=True)
class Conversation:
    """A channel or a talk with one person."""

    name: str
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=MAX_LINES))
    unread: int = 0
    active_at: float = 0.0
    """When the last line came; the least active conversation goes first where there are too many."""
    next_number: int = 0
    """The number that the next line will have."""
    _waiting: dict[str, int] = field(default_factory=dict)

    @property
    def is_channel(self) -> bool:
        """True for a room, False for a talk with one person."""
        return self.name.startswith("#")

    def append(self, line: Line) -> Line:
        """Add `line` under the next number and return it as it stands in the transcript."""
        line = replace(line, number=self.next_number)
        self.next_number += 1
        self.lines.append(line)
        self.active_at = max(self.active_at, line.when)
        if line.status is Status.SENDING:
            self._waiting[line.label] = line.number
        return line

    def lines_after(self, number: int) -> Iterator[Line]:
        """Lines with a greater number, oldest first; `-1` gives all. Costs only what it yields."""
        fresh = min(self.next_number - 1 - number, len(self.lines))
        for position in range(len(self.lines) - fresh, len(self.lines)):
            yield self.lines[position]

    def line(self, number: int) -> Line | None:
        """The line with that number, None where it has been trimmed."""
        position = self._position(number)
        return None if position is None else self.lines[position]

    def is_waiting(self, label: str) -> bool:
        """True while the message of `label` is being sent."""
        return label in self._waiting

    def confirm(self, label: str, *, text: str, when: float) -> bool:
        """SENDING to SENT, with the text and time that the server gave out. False where there is none."""
        return self._settle(label, text=text, when=when, status=Status.SENT)

    def fail(self, label: str, reason: str) -> bool:
        """SENDING to FAILED. False where the message is not waiting: a status only moves forward."""
        return self._settle(label, status=Status.FAILED, reason=reason)

    def fail_all(self, reason: str) -> bool:
        """Every waiting message to FAILED; True where there was one."""
        waiting = tuple(self._waiting)
        for label in waiting:
            self.fail(label, reason)
        return bool(waiting)

    def _settle(self, label: str, **changes: object) -> bool:
        number = self._waiting.pop(label, None)
        if number is None:
            return False
        position = self._position(number)
        if position is not None:
            self.lines[position] = replace(self.lines[position], **changes)  # type: ignore[arg-type]  # own keywords
        return True

    def _position(self, number: int) -> int | None:
        position = number - (self.next_number - len(self.lines))
        return position if 0 <= position < len(self.lines) else None
