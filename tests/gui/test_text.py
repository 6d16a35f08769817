"""Numbers, names and directions as people read them."""

import time

import pytest
from client_gui.ui import bidi, emoji_guard, formats, palette
from client_gui.ui.display import TextShaper

pytestmark = pytest.mark.gui  # the package of widgets needs Tk to be imported


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.2, "1 s left"), (59, "59 s left"), (61, "2 min left"), (3600, "1 h left"),
     (4800, "1 h 20 min left"), (float("inf"), "")],
)  # fmt: skip
def test_time_left_is_told_in_the_fitting_unit(seconds: float | None, text: str) -> None:
    assert formats.time_left(seconds) == text


def test_a_hundred_percent_means_everything_is_there() -> None:
    assert formats.percent(999_999, 1_000_000) == 99
    assert formats.percent(1_000_000, 1_000_000) == 100
    assert formats.percent(0, 0) == 100


def test_a_time_beyond_the_calendar_is_shown_and_not_raised() -> None:
    assert formats.changed(2**53 - 1, time.time())
    assert formats.clock(-(10.0**18))


def test_emoji_are_named_where_they_would_end_the_process() -> None:
    assert emoji_guard.clean("hi 👍", emoji=True) == "hi 👍"
    assert emoji_guard.clean("hi 👍", emoji=False) == "hi :thumbs_up_sign:"
    assert emoji_guard.clean("☕", emoji=False) == ":hot_beverage:"
    assert all(ord(char) < 0x2100 for char in emoji_guard.clean("👨‍👩‍👧 ❤️ 1️⃣ ⌚", emoji=False))


def test_many_named_emoji_do_not_blow_a_line_up() -> None:
    assert len(emoji_guard.clean("👍" * 4000, emoji=False)) < 6000


@pytest.mark.parametrize(
    ("system", "xft", "safe"),
    [
        ("x11", 20306, True),
        ("x11", 20305, True),
        ("x11", 20304, False),
        ("x11", None, False),
        ("win32", None, True),
        ("aqua", None, True),
    ],
)
def test_only_an_old_or_unknown_libxft_is_unsafe(system: str, xft: int | None, safe: bool) -> None:
    assert emoji_guard.is_safe_for_emoji(system, xft) is safe


def test_overrides_controls_and_towers_of_marks_are_taken_out() -> None:
    assert emoji_guard.clean("a\u202eb\u2066c\x00d\ne", emoji=True) == "abc d e"
    assert emoji_guard.clean("Z" + "\u0335" * 50, emoji=True) == "Z" + "\u0335" * emoji_guard.MAX_MARKS


@pytest.mark.parametrize(
    ("logical", "visual"),
    [
        ("plain", "plain"),
        ("שלום עולם", "םלוע םולש"),
        ("hello שלום world", "hello םולש world"),
        ("שלום (עולם)", "(םלוע) םולש"),
        ("מחיר 12.50 ש", "ש 12.50 ריחמ"),
        ("abc 1-2", "abc 1-2"),
        ("שלום!", "!םולש"),
        ("שָׁלוֹם", "םוֹלשָׁ"),
    ],
)
def test_lines_are_put_into_visual_order(logical: str, visual: str) -> None:
    assert bidi.visual(logical) == visual


def test_arabic_letters_join_to_their_neighbours() -> None:
    assert bidi.shape_arabic("سلام") == "\ufeb3\ufefc\ufee1"


def test_a_paragraph_is_wrapped_before_it_is_reordered() -> None:
    shaper = TextShaper(emoji=True, reorders=False)
    assert shaper.wrap("אבג דהו זחט", len, 7) == ["והד גבא", "טחז"]
    assert shaper.wrap("אבגדה UDP?", len, 5) == ["הדגבא", "?UDP"]
    assert shaper.wrap("א" * 10, len, 4) == ["אאאא", "אאאא", "אא"]


def test_a_label_reads_left_to_right_whatever_names_are_in_it() -> None:
    assert TextShaper(emoji=True, reorders=False).label("אורי has left.") == "ירוא has left."
    assert TextShaper(emoji=True, reorders=True).label("אורי") == "\u200eאורי\u200e"


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(first: str, second: str) -> float:
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_text_colour_has_a_readable_contrast() -> None:
    colours = palette.PALETTE
    for colour in (
        colours.text,
        colours.muted,
        colours.accent,
        colours.success,
        colours.warning,
        colours.danger,
    ):
        assert min(_contrast(colour, colours.surface), _contrast(colour, colours.side)) >= 4.5, colour
    for colour in palette.NAME_COLOURS:
        assert _contrast(colour, colours.surface) >= 4.5, colour
    assert _contrast(colours.faint, colours.surface) >= 3


def test_a_name_has_the_same_colour_everywhere() -> None:
    assert palette.name_colour("Dana") == palette.name_colour("dana") == "#0b7048"
