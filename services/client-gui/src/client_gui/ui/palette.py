"""The colours, the names of the fonts and the spacing. No Tk is needed to read them."""

import zlib
from dataclasses import dataclass

# Spacing in logical pixels (96 dpi); `px` turns them into the pixels of this screen.
GAP = 8

BODY, SMALL, BOLD, HEADING, TITLE_FONT = "LcBody", "LcSmall", "LcBold", "LcHeading", "LcTitle"

BAR_RUNNING, BAR_IDLE, BAR_DONE, BAR_FAILED = (
    f"{look}.Horizontal.TProgressbar" for look in ("Running", "Idle", "Done", "Failed")
)


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`; text colours keep a contrast of at least 4.5 on `surface` and `side`."""

    surface: str = "#ffffff"
    side: str = "#f4f6f8"
    line: str = "#dfe3e8"
    text: str = "#1c2430"
    muted: str = "#5d6878"
    faint: str = "#7d8795"
    """Of what cannot be used now; a contrast of 3 is enough there."""
    accent: str = "#1f66d1"
    accent_soft: str = "#dce8fb"
    accent_focus: str = "#bcd4f7"
    """What is chosen in the list that has the keyboard."""
    hover: str = "#e9edf2"
    success: str = "#0b7a4b"
    warning: str = "#9a5b00"
    danger: str = "#b3261e"


PALETTE = Palette()

# Dark enough for 4.5 on white, and far enough apart in hue to tell people from each other.
NAME_COLOURS = (
    "#b3261e", "#9c4a00", "#7a5c00", "#3f6b00", "#0b7048",
    "#006c75", "#0b63a8", "#3f4fc4", "#7440b8", "#a3257f",
)  # fmt: skip


def name_colour(nick: str) -> str:
    """The same colour for the same name on every machine and in every run."""
    return NAME_COLOURS[zlib.crc32(nick.casefold().encode("utf-8", "replace")) % len(NAME_COLOURS)]
