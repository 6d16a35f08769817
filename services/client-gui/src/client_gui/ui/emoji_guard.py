"""Keeps characters away from Tk that it cannot draw or that would end the process.

On X11 a glyph of a colour font kills the process when libXft is older than 2.3.5, and the error
cannot be caught. Whatever strangers send reaches the transcript, so everything that a colour font may claim is
replaced there by its name. Elsewhere only what no toolkit should be given is taken out. No Tk calls are made
here; `is_safe_for_emoji` is told what is installed.
"""

import ctypes
import ctypes.util
import unicodedata

_SAFE_XFT_VERSION = 20305
"""2.3.5 as XftGetVersion counts it (10000 major + 100 minor + revision): the first to draw colour glyphs."""

MAX_MARKS = 4
"""Combining marks kept for each letter; further ones are dropped (stacked marks paint over other lines)."""

MAX_NAMED = 24
"""Emoji written out by name in one text; further ones become `□`, so that a line cannot be blown up."""

_INVISIBLE_AFTER_NAMING = {0x200D, 0xFE0E, 0xFE0F, 0x20E3}
"""Joiners and selectors say nothing any more once the emoji around them are names."""


def libxft_version() -> int | None:
    """The version of the libXft that Tk would load, as XftGetVersion counts; None where it cannot be told."""
    name = ctypes.util.find_library("Xft") or "libXft.so.2"
    try:
        return int(ctypes.CDLL(name).XftGetVersion())
    except (OSError, AttributeError):
        return None


def is_safe_for_emoji(windowing_system: str, xft_version: int | None) -> bool:
    """Whether a colour emoji can be handed to Tk. An unknown libXft counts as an old one."""
    if windowing_system != "x11":
        return True
    if xft_version is None:
        return False
    return xft_version >= _SAFE_XFT_VERSION


def clean(text: str, *, emoji: bool) -> str:
    """`text` in one line without controls, overrides and towers of marks; emoji by name unless `emoji`."""
    if text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    marks = named = 0
    for char in text:
        category = unicodedata.category(char)
        if category[0] == "M":
            marks += 1
            if marks > MAX_MARKS:
                continue
        else:
            marks = 0
        if category in {"Cc", "Zl", "Zp"}:
            out.append(" ")
        elif _is_forbidden(char, category):
            continue
        elif emoji or not _may_be_emoji(char, category):
            out.append(char)
        elif ord(char) not in _INVISIBLE_AFTER_NAMING:
            named += 1
            out.append(_name(char) if named <= MAX_NAMED else "□")
    return "".join(out)


def _is_forbidden(char: str, category: str) -> bool:
    """Lone surrogates break Tcl's encoding; directional overrides let one text pose as another."""
    return category == "Cs" or 0x202A <= ord(char) <= 0x202E or 0x2066 <= ord(char) <= 0x2069


def _may_be_emoji(char: str, category: str) -> bool:
    """Broad on purpose: which font claims a symbol is up to the host."""
    point = ord(char)
    if point >= 0x10000:
        return True
    return point in _INVISIBLE_AFTER_NAMING or (category == "So" and point >= 0x2100)


def _name(char: str) -> str:
    name = unicodedata.name(char, "")
    return f":{name.lower().replace(' ', '_')}:" if name else "□"
