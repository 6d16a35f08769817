"""How lines of a conversation become text with tags: headers, grouping, days, failures. No widget is touched.

A message takes a header line (name and time) and a line of text; messages of one person within the same minute
share the header. Names stand on a line of their own, so that no text can reach into them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from client_gui.model.conversation import Line, Status
from client_gui.model.events import Kind
from client_gui.ui import formats, palette
from client_gui.ui.display import ELLIPSIS, TextShaper

MAX_CHARS = 6_000
"""Longer texts are shown clipped: one endless line makes every redraw of a Tk text slow."""

Segment = tuple[str, tuple[str, ...]]
"""Text and the tags it gets."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as it is drawn. `rows` counts the line ends in it."""

    line: Line
    segments: tuple[Segment, ...]
    rows: int
    depends_on_width: bool


class Layout:
    """Lays out lines for one width; `measure` gives the pixels of a text in the body font."""

    def __init__(self, shaper: TextShaper, measure: Callable[[str], int]) -> None:
        self._shaper = shaper
        self._measure = measure
        self.width = 400
        """Pixels that a line of text may take."""

    def entry(self, line: Line, before: Line | None, now: float) -> Entry:
        """The drawn form of `line`, which follows `before`."""
        segments: list[Segment] = []
        new_day = _new_day(line, before, now)
        if new_day:
            segments.append((f"{new_day}\n", ("day",)))
        wrapped = False
        if line.kind is Kind.INFO:
            text = self._shaper.label(line.text)
            segments.append((f"{text}  {formats.clock(line.when)}\n", ("info",)))
        elif line.kind is Kind.ACTION:
            body, wrapped = self._action(line)
            segments.extend(body)
        else:
            if new_day or not _grouped(line, before):
                segments.extend(self._header(line))
            body, wrapped = self._body(line)
            segments.extend(body)
        rows = sum(text.count("\n") for text, _ in segments)
        return Entry(line, tuple(segments), rows, wrapped)

    def _header(self, line: Line) -> list[Segment]:
        name = self._shaper.label(line.sender)
        colour = palette.name_colour(line.sender)
        return [(name, ("header", colour)), (f"   {formats.clock(line.when)}\n", ("header", "time"))]

    def _body(self, line: Line) -> tuple[list[Segment], bool]:
        text = self._shaper.clean(line.text)
        if len(text) > MAX_CHARS:
            text = text[:MAX_CHARS] + ELLIPSIS
        tags = ["body", *_look(line)]
        if self._shaper.is_rtl(text):
            tags.append("rtl")
        wrapped = self._shaper.needs_wrapping(text)
        if wrapped:
            text = "\n".join(self._shaper.wrap(text, self._measure, self.width))
        segments: list[Segment] = [(text, tuple(tags))]
        if line.status is Status.SENDING:
            segments.append(("   sending…", (*tags, "time")))
        return [*segments, ("\n", tuple(tags)), *self._failure(line)], wrapped

    def _action(self, line: Line) -> tuple[list[Segment], bool]:
        """What somebody does, on one line: `* Dana waves`."""
        name, text = self._shaper.label(line.sender), self._shaper.clean(line.text)[:MAX_CHARS]
        wrapped = self._shaper.needs_wrapping(text)
        if wrapped:
            room = max(self.width - self._measure(f"* {name} "), 40)
            text = "\n".join(self._shaper.wrap(text, self._measure, room))
        segments: list[Segment] = [
            ("* ", ("action", *_look(line))),
            (name, ("action", palette.name_colour(line.sender))),
            (f" {text}", ("action", *_look(line))),
            (f"   {formats.clock(line.when)}\n", ("action", "time")),
        ]
        return [*segments, *self._failure(line)], wrapped

    def _failure(self, line: Line) -> list[Segment]:
        if line.status is not Status.FAILED:
            return []
        return [(f"Not sent: {self._shaper.clean(line.reason)}\n", ("reason",))]


def _look(line: Line) -> Sequence[str]:
    if line.status is Status.SENDING:
        return ("sending",)
    if line.status is Status.FAILED:
        return ("failed",)
    return ("notice",) if line.kind is Kind.NOTICE else ()


def _grouped(line: Line, before: Line | None) -> bool:
    """Whether `line` goes on under the header of `before`."""
    return (
        before is not None
        and before.kind in {Kind.TEXT, Kind.NOTICE}
        and before.sender == line.sender
        and before.own == line.own
        and formats.same_minute(before.when, line.when)
    )


def _new_day(line: Line, before: Line | None, now: float) -> str:
    """The day that begins with `line`; empty where it goes on. A first line of today needs none."""
    today = formats.day(line.when, now)
    if before is None:
        return "" if today == "Today" else today
    return "" if formats.day(before.when, now) == today else today
