"""The transcript shows what was said, whatever strangers send, and does not lose its place."""

import time
import tkinter as tk
from tkinter import ttk

import pytest
from client_gui.model import events as ev
from client_gui.model.events import LOBBY, Kind
from client_gui.ui.chat_view import MAX_DRAWN, TRIM
from client_gui.ui.transcript import MAX_CHARS

from tests.gui.story import log_in, message
from tests.support.gui import Scene, pump_until

pytestmark = pytest.mark.gui

NOON = time.mktime((2025, 3, 3, 12, 0, 0, 0, 0, -1))


def shown(scene: Scene) -> str:
    return scene.main.chat.text.get("1.0", "end")


def tags_at(text: tk.Text, needle: str) -> tuple[str, ...]:
    return text.tag_names(text.search(needle, "1.0"))


def test_a_message_has_name_time_and_text(online: Scene) -> None:
    online.feed(message("Noa", "hello all", NOON))
    assert "Noa   12:00\nhello all\n" in shown(online)


def test_messages_of_one_minute_share_their_header(online: Scene) -> None:
    online.feed(
        message("Noa", "one", NOON), message("Noa", "two", NOON + 20), message("Noa", "three", NOON + 70)
    )
    assert "Noa   12:00\none\ntwo\nNoa   12:01\nthree\n" in shown(online)


def test_an_earlier_day_is_headed_by_its_date(online: Scene) -> None:
    online.feed(message("Noa", "long ago", NOON), message("Noa", "now"))
    assert "Monday, 3 March 2025\n" in shown(online)
    assert "Today\n" in shown(online)


def test_an_own_message_is_marked_until_it_is_confirmed(online: Scene) -> None:
    online.feed(ev.MessageQueued(LOBBY, "Dana", "on its way", time.time(), "L1"))
    assert "on its way   sending…\n" in shown(online)
    online.feed(message("Noa", "in between"))
    online.feed(ev.MessageReceived(LOBBY, "Dana", "on its way", time.time(), own=True, label="L1"))
    assert "sending" not in shown(online)
    assert shown(online).index("on its way") < shown(online).index("in between")
    assert "sending" not in tags_at(online.main.chat.text, "on its way")


def test_a_failed_message_says_why_in_its_place(online: Scene) -> None:
    online.feed(ev.MessageQueued(LOBBY, "Dana", "lost", time.time(), "L1"), message("Noa", "after"))
    online.feed(ev.MessageFailed("L1", LOBBY, "lost", "tom is not here."))
    assert "lost\nNot sent: tom is not here.\n" in shown(online)
    assert shown(online).index("Not sent") < shown(online).index("after")
    assert "failed" in tags_at(online.main.chat.text, "lost")


def test_an_action_is_told_in_one_line(online: Scene) -> None:
    online.feed(ev.MessageReceived(LOBBY, "Noa", "waves", NOON, kind=Kind.ACTION))
    assert "* Noa waves   12:00\n" in shown(online)


def test_the_view_follows_new_messages(online: Scene) -> None:
    online.feed(*(message("Noa", f"line {number}", NOON + 61 * number) for number in range(80)))
    assert online.main.chat.is_at_end()
    online.feed(message("tom", "the last"))
    assert online.main.chat.is_at_end()


def test_who_has_scrolled_up_stays_there_and_is_told(online: Scene) -> None:
    online.feed(*(message("Noa", f"line {number}", NOON + 61 * number) for number in range(80)))
    text = online.main.chat.text
    text.yview_moveto(0.3)
    online.root.update()
    top = text.index("@0,0")
    online.feed(message("tom", "news"))
    assert text.index("@0,0") == top
    button = next(child for child in online.main.chat.winfo_children() if isinstance(child, ttk.Button))
    assert button.winfo_viewable()
    button.invoke()
    online.root.update()
    assert online.main.chat.is_at_end()
    assert not button.winfo_viewable()


def test_the_transcript_is_trimmed_and_keeps_the_newest(online: Scene) -> None:
    for start in range(0, MAX_DRAWN + 2 * TRIM, 300):
        online.feed(*(message("Noa", f"line {start + step}.", NOON + start + step) for step in range(300)))
    drawn = shown(online)
    assert drawn.count("line ") <= MAX_DRAWN + TRIM
    assert f"line {MAX_DRAWN + 2 * TRIM - 1}." in drawn
    assert "line 0." not in drawn


def test_after_trimming_a_waiting_message_is_still_settled_in_its_place(online: Scene) -> None:
    for start in range(0, MAX_DRAWN, 300):
        online.feed(*(message("Noa", f"line {start + step}.", NOON + start + step) for step in range(300)))
    online.feed(ev.MessageQueued(LOBBY, "Dana", "mine", time.time(), "L1"))
    online.feed(*(message("Noa", f"later {step}.", time.time()) for step in range(TRIM + 5)))
    online.feed(ev.MessageFailed("L1", LOBBY, "mine", "Too slow."))
    assert "mine\nNot sent: Too slow.\n" in shown(online)
    assert shown(online).count("mine") == 1


def test_the_text_cannot_be_changed_by_typing(online: Scene) -> None:
    online.feed(message("Noa", "fixed", NOON))
    before = shown(online)
    online.main.chat.text.focus_force()
    online.main.chat.text.event_generate("<Key-x>")
    online.root.update()
    assert shown(online) == before


HOSTILE = (
    "\x00\x07\x1b[31mred\x1b[0m",
    "\u202eexe.tset\u202c",
    '{}[]$x \\ [exit] "quoted" ;# %s',
    "Z" + "\u0335" * 200,
    "👨‍👩‍👧‍👦🏳️‍🌈🇮🇱❤️" * 50,
    "\ud800 alone",
    "a" * 20_000,
    "\U0010ffff\ufffe\u2028\u2029",
    "مرحبا שלום abc 123 " * 100,
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_strangers_send_is_shown_without_harm(online: Scene, text: str) -> None:
    online.feed(message("Noa", text, NOON), message("Noa", "still alive", NOON))
    drawn = shown(online)
    assert "still alive\n" in drawn
    assert "\u202e" not in drawn
    assert max(len(line) for line in drawn.split("\n")) <= MAX_CHARS + 1


def test_hostile_names_reach_every_list_unharmed(online: Scene) -> None:
    names = ("{", "a}b{", "[exit]", "$x", "back\\slash", '"', "שלום", "👍", "-option", "#", "a b")
    log_in(online, *names)
    online.feed(*(message(name, "hi", NOON, name) for name in names))
    shown_names = {
        online.main.sidebar.people.item(iid, "text") for iid in online.main.sidebar.people.get_children()
    }
    assert len(shown_names) == len(names) + 1
    assert len(online.main.sidebar.conversations.get_children()) == len(names) + 1


def test_right_to_left_text_stands_at_the_right_edge(online: Scene) -> None:
    online.feed(message("Noa", "שלום", NOON))
    (line,) = [tags for tags in (tags_at(online.main.chat.text, "םולש"),) if tags]
    assert "rtl" in line


def test_right_to_left_text_is_laid_out_again_when_the_width_changes(online: Scene) -> None:
    online.feed(message("Noa", "מילה " * 60, NOON))
    wide = shown(online).count("\n")
    online.resize("800x600")
    pump_until(online.root, lambda: shown(online).count("\n") > wide, "more, shorter lines")
