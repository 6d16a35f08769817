"""Turns text of others into text that Tk on this machine shows right: safe characters, right direction.

One `TextShaper` is made per window. On X11, where Tk draws characters in the order it gets them, lines with
right-to-left letters are wrapped here and put into visual order; elsewhere the platform does both.
"""

import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont

from client_gui.ui import bidi, emoji_guard

ELLIPSIS = "…"
_LEFT_TO_RIGHT_MARK = "\u200e"


class TextShaper:
    """What the windowing system can and cannot do, asked once."""

    def __init__(self, *, emoji: bool, reorders: bool) -> None:
        """`emoji`: may be given to Tk. `reorders`: the platform itself puts right-to-left text into order."""
        self._emoji = emoji
        self._reorders = reorders

    @classmethod
    def of(cls, widget: tk.Misc) -> "TextShaper":
        """The shaper for the screen that `widget` is on."""
        system = str(widget.tk.call("tk", "windowingsystem"))
        version = emoji_guard.libxft_version() if system == "x11" else None
        return cls(emoji=emoji_guard.is_safe_for_emoji(system, tk.TkVersion, version), reorders=system != "x11")

    def clean(self, text: str) -> str:
        """Safe characters in logical order."""
        return emoji_guard.clean(text, emoji=self._emoji)

    def label(self, text: str) -> str:
        """One line for a label or a list, which reads left to right whatever names are in it.

        The marks on platforms that reorder keep it apart from what is put beside it.
        """
        text = self.clean(text)
        if not bidi.has_rtl(text):
            return text
        if self._reorders:
            return f"{_LEFT_TO_RIGHT_MARK}{text}{_LEFT_TO_RIGHT_MARK}"
        return bidi.visual(text, rtl=False)

    def is_rtl(self, text: str) -> bool:
        """Whether a paragraph reads right to left, and so belongs at the right edge."""
        return bidi.is_rtl(text)

    def needs_wrapping(self, text: str) -> bool:
        """Whether `wrap` must break the text, because breaking it later would mix up its lines."""
        return not self._reorders and bidi.has_rtl(text)

    def wrap(self, text: str, measure: Callable[[str], int], width: int) -> list[str]:
        """The lines of a paragraph of clean text, each in visual order and, by `measure`, within `width`."""
        rtl = bidi.is_rtl(text)
        return [bidi.visual(line, rtl=rtl) for line in _break(text, measure, width)]


def elide(text: str, font: tkfont.Font, width: int) -> str:
    """`text` shortened in its middle until it fits: a file's name keeps its beginning and its ending."""
    if font.measure(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        keep = (low + high + 1) // 2
        if font.measure(_middle(text, keep)) <= width:
            low = keep
        else:
            high = keep - 1
    return _middle(text, low)


def elide_end(text: str, font: tkfont.Font, width: int) -> str:
    """`text` shortened at its end until it fits."""
    if font.measure(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        keep = (low + high + 1) // 2
        if font.measure(text[:keep] + ELLIPSIS) <= width:
            low = keep
        else:
            high = keep - 1
    return text[:low].rstrip() + ELLIPSIS


def _middle(text: str, keep: int) -> str:
    head = (keep + 1) // 2
    tail = keep - head
    return f"{text[:head].rstrip(' .')}{ELLIPSIS}{text[len(text) - tail :].lstrip(' .')}" if keep else ELLIPSIS


def _break(text: str, measure: Callable[[str], int], width: int) -> list[str]:
    """Greedy: as many words as fit, a word that is too long by itself is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        candidate = f"{line} {word}" if line else word
        if measure(candidate) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
        line = word
        while line and measure(line) > width:
            cut = _fitting(line, measure, width)
            lines.append(line[:cut])
            line = line[cut:]
    lines.append(line)
    return lines


def _fitting(word: str, measure: Callable[[str], int], width: int) -> int:
    """How many characters fit, at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(word[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    return low
