"""Turns text of others into text that Tk on this machine shows right: safe characters, right direction.

One `TextShaper` is made per window. On X11, where Tk draws characters in the order it gets them, lines with
right-to-left letters are wrapped here and put into visual order; elsewhere the platform does both.
"""

import tkinter as tk
from collections.abc import Callable
from functools import partial
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
        return cls(emoji=emoji_guard.is_safe_for_emoji(system, version), reorders=system != "x11")

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


class Ruler:
    """How wide texts are in one font, by adding up characters that were measured once.

    Kerning is left out, so texts are a pixel or two narrower than told. Asking Tk for each text would take far
    longer, and lists have thousands of them.
    """

    def __init__(self, font: tkfont.Font) -> None:
        self._font = font
        self._widths: dict[str, int] = {}
        """One entry for each character met, so bounded by what Unicode has."""

    def width(self, text: str) -> int:
        """Pixels of `text`."""
        widths = self._widths
        try:
            return sum(map(widths.__getitem__, text))
        except KeyError:
            for char in set(text).difference(widths):
                widths[char] = self._font.measure(char)
            return sum(map(widths.__getitem__, text))

    def elide(self, text: str, width: int) -> str:
        """`text` shortened in its middle until it fits: a file's name keeps its beginning and its ending."""
        if self.width(text) <= width:
            return text
        keep = _most(len(text), lambda keep: self.width(_middle(text, keep)) <= width)
        return _middle(text, keep)

    def elide_end(self, text: str, width: int) -> str:
        """`text` shortened at its end until it fits."""
        if self.width(text) <= width:
            return text
        keep = _most(len(text), lambda keep: self.width(text[:keep] + ELLIPSIS) <= width)
        return text[:keep].rstrip() + ELLIPSIS


def _most(limit: int, fits: Callable[[int], bool]) -> int:
    """The greatest number up to `limit` that fits, where smaller ones do too; 0 where none does."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _middle(text: str, keep: int) -> str:
    head = (keep + 1) // 2
    tail = keep - head
    # A dot beside the ellipsis would read as a fourth one.
    return text[:head].rstrip(" .") + ELLIPSIS + text[len(text) - tail :].lstrip(" .")


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
            cut = max(1, _most(len(line), partial(_fits, line, measure, width)))
            lines.append(line[:cut])
            line = line[cut:]
    lines.append(line)
    return lines


def _fits(word: str, measure: Callable[[str], int], width: int, count: int) -> bool:
    return measure(word[:count]) <= width
