"""Conversations, people, files and downloads follow the state; the widgets turn deeds into intents."""

import re
import tkinter as tk
from pathlib import Path
from tkinter import ttk

import pytest
from client_gui.model import events as ev
from client_gui.model.events import LOBBY, Kind, Person
from client_gui.model.intents import CancelDownload, Download, RetryDownload, Say
from client_gui.ui.transfer_card import details

from tests.gui.story import entry, message, tell
from tests.support.gui import Scene, all_widgets, screenshot, type_text

pytestmark = pytest.mark.gui


def texts(tree: ttk.Treeview) -> list[str]:
    return [str(tree.item(iid, "text")) for iid in tree.get_children()]


def row(tree: ttk.Treeview, text: str) -> str:
    return next(iid for iid in tree.get_children() if str(tree.item(iid, "text")).startswith(text))


def sentences(widget: tk.Misc) -> list[str]:
    """What the labels in `widget` say that can be seen."""
    labels = [w for w in all_widgets(widget) if isinstance(w, ttk.Label) and w.winfo_viewable()]
    return [str(label["text"]) for label in labels]


def click(tree: ttk.Treeview, iid: str, *, double: bool = False) -> None:
    tree.see(iid)
    tree.update()
    x, y, _, height = map(int, tree.bbox(iid))
    for _ in range(2 if double else 1):
        tree.event_generate("<ButtonPress-1>", x=x + 5, y=y + height // 2)
        tree.event_generate("<ButtonRelease-1>", x=x + 5, y=y + height // 2)
    tree.update()


# --- people and conversations -----------------------------------------------------------------------------


def test_the_people_list_follows_joins_leaves_renames_and_away(online: Scene) -> None:
    people = online.main.sidebar.people
    assert texts(people) == ["Dana (you)", "Noa", "tom"]
    online.feed(ev.PersonJoined(LOBBY, Person("Avi")), ev.PersonQuit("tom", "bye"))
    assert texts(people) == ["Avi", "Dana (you)", "Noa"]
    online.feed(ev.PersonRenamed("Avi", "Zoe"), ev.PersonAway("Noa", away=True))
    assert texts(people) == ["Dana (you)", "Noa (away)", "Zoe"]
    assert online.main.sidebar.people.item(row(people, "Noa"), "tags") == ("quiet",)


def test_choosing_a_person_opens_a_private_conversation(online: Scene) -> None:
    people = online.main.sidebar.people
    click(people, row(people, "Noa"), double=True)
    assert online.state.focused == "noa"
    assert online.main.title["text"] == "Noa"
    assert texts(online.main.sidebar.conversations) == ["Everyone", "Noa"]
    type_text(online.main.composer.text, "hi there", enter=True)
    (said,) = online.posted
    assert isinstance(said, Say)
    assert (said.conversation, said.text) == ("Noa", "hi there")


def test_unread_counts_grow_and_go_when_the_conversation_is_opened(online: Scene) -> None:
    tree = online.main.sidebar.conversations
    online.feed(message("Noa", "one", conversation="Noa"), message("Noa", "two", conversation="Noa"))
    assert str(tree.set(row(tree, "Noa"), "unread")) == "2"
    click(tree, row(tree, "Noa"))
    assert str(tree.set(row(tree, "Noa"), "unread")) == ""
    assert "two" in online.main.chat.text.get("1.0", "end")


def test_everyone_comes_first_in_the_conversations(online: Scene) -> None:
    online.feed(message("Aaron", "hi", conversation="Aaron"), message("Noa", "hi", conversation="Noa"))
    assert texts(online.main.sidebar.conversations) == ["Everyone", "Aaron", "Noa"]


def test_a_private_conversation_tells_that_the_person_is_gone(online: Scene) -> None:
    online.controller.focus("Noa")
    online.feed(ev.PersonQuit("Noa", "bye"))
    assert "not here" in online.main.subtitle["text"]
    assert "Noa has left (bye)." in online.main.chat.text.get("1.0", "end")


def test_a_private_conversation_can_be_closed_and_everyone_cannot(online: Scene) -> None:
    tree = online.main.sidebar.conversations
    online.controller.focus("Noa")
    tree.focus_force()
    tree.event_generate("<Delete>")
    assert texts(tree) == ["Everyone"]
    assert online.state.focused == LOBBY
    tree.event_generate("<Delete>")
    assert texts(tree) == ["Everyone"]


# --- writing ----------------------------------------------------------------------------------------------


def test_enter_and_the_button_both_send(online: Scene) -> None:
    type_text(online.main.composer.text, "first", enter=True)
    type_text(online.main.composer.text, "second")
    online.main.composer.send_button.invoke()
    assert [said.text for said in online.posted if isinstance(said, Say)] == ["first", "second"]
    assert online.main.composer.draft == ""


def test_shift_enter_breaks_the_line(online: Scene) -> None:
    type_text(online.main.composer.text, "a\nb", enter=True)
    assert [said.text for said in online.posted if isinstance(said, Say)] == ["a\nb"]


def test_me_is_an_action_and_an_unknown_command_is_kept(online: Scene) -> None:
    type_text(online.main.composer.text, "/me waves", enter=True)
    (said,) = online.posted
    assert isinstance(said, Say)
    assert (said.text, said.kind) == ("waves", Kind.ACTION)
    type_text(online.main.composer.text, "/frobnicate", enter=True)
    assert len(online.posted) == 1
    assert online.main.composer.draft == "/frobnicate"
    assert "/frobnicate" in online.main.composer.fault["text"]


def test_nothing_but_spaces_is_not_sent(online: Scene) -> None:
    type_text(online.main.composer.text, "   ", enter=True)
    assert online.posted == []


def test_while_not_connected_the_draft_stays_and_nothing_is_sent(online: Scene) -> None:
    type_text(online.main.composer.text, "half a thought")
    online.feed(ev.ConnectionLost("The server is gone.", 3.0))
    assert online.main.composer.send_button.instate(["disabled"])
    online.main.composer.text.event_generate("<Return>")
    assert online.posted == []
    assert online.main.composer.draft == "half a thought"
    assert "trying again in" in online.main.status.connection["text"]
    online.feed(ev.Online("Dana", "SocialLiveChat"))
    assert online.main.composer.send_button.instate(["!disabled"])
    assert online.main.status.connection["text"] == "Connected to 192.168.1.20:6667 as Dana"


def test_each_conversation_keeps_its_own_draft(online: Scene) -> None:
    type_text(online.main.composer.text, "for all")
    online.controller.focus("Noa")
    assert online.main.composer.draft == ""
    type_text(online.main.composer.text, "for Noa")
    online.controller.focus(LOBBY)
    assert online.main.composer.draft == "for all"


# --- files and downloads ----------------------------------------------------------------------------------


def test_the_file_list_follows_the_share(online: Scene) -> None:
    tree = online.main.files.tree
    online.feed(ev.FilesListed((entry("b.txt", 10), entry("a.txt", 2048))))
    assert texts(tree) == ["a.txt", "b.txt"]
    assert tree.set(row(tree, "a.txt"), "size") == "2.0 KiB"
    online.feed(ev.FileChanged(entry("c.txt", 1)), ev.FileRemoved(entry("b.txt", 10).file_id))
    assert texts(tree) == ["a.txt", "c.txt"]


def test_an_empty_share_says_how_files_get_here(online: Scene) -> None:
    online.feed(ev.FilesListed(()))
    wanted = "Files put into the share folder on the server appear here."
    assert any(wanted in sentence for sentence in sentences(online.main.files))


def test_a_click_on_a_heading_sorts_and_another_one_turns_round(online: Scene) -> None:
    tree = online.main.files.tree
    online.feed(ev.FilesListed((entry("a", 3), entry("b", 1, days_ago=9), entry("c", 2, days_ago=3))))
    for column, order in (("size", "acb"), ("size", "bca"), ("changed", "acb"), ("#0", "abc"), ("#0", "cba")):
        tree.tk.call(*tree.tk.splitlist(tree.heading(column, "command")))
        assert "".join(texts(tree)) == order


def test_a_selection_survives_changes_of_the_list(online: Scene) -> None:
    tree = online.main.files.tree
    online.feed(ev.FilesListed((entry("b", 1), entry("c", 1))))
    tree.selection_set(row(tree, "c"))
    online.feed(ev.FileChanged(entry("a", 1)), ev.FileRemoved(entry("b", 1).file_id))
    assert tree.selection() == (row(tree, "c"),)


def test_download_asks_for_the_chosen_files(online: Scene) -> None:
    tree, button = online.main.files.tree, online.main.files.button
    online.feed(ev.FilesListed((entry("a", 1), entry("b", 2))))
    assert button.instate(["disabled"])
    tree.selection_set(*tree.get_children())
    online.root.update()
    button.invoke()
    asked = [intent for intent in online.posted if isinstance(intent, Download)]
    assert [intent.entry.name for intent in asked] == ["a", "b"]
    assert len({intent.transfer_id for intent in asked}) == 2


def test_a_double_click_downloads(online: Scene) -> None:
    tree = online.main.files.tree
    online.feed(ev.FilesListed((entry("a", 1),)))
    click(tree, row(tree, "a"), double=True)
    assert [type(intent) for intent in online.posted] == [Download]


def test_while_the_files_are_away_a_sentence_says_so(online: Scene) -> None:
    online.feed(ev.FilesListed((entry("a", 1),)), ev.FilesUnavailable("Files cannot be fetched at the moment."))
    online.main.files.tree.selection_set(row(online.main.files.tree, "a"))
    online.root.update()
    assert online.main.files.unavailable.winfo_viewable()
    assert online.main.files.button.instate(["disabled"])
    online.feed(ev.FilesBack())
    assert not online.main.files.unavailable.winfo_viewable()
    assert online.main.files.button.instate(["!disabled"])


def test_a_download_shows_percent_rate_time_left_and_can_be_cancelled(online: Scene, tmp_path: Path) -> None:
    online.feed(
        ev.TransferStarted("t1", entry("big.bin", 4 << 20), tmp_path),
        ev.TransferProgress("t1", 1 << 20, 4 << 20, 512 * 1024, 6.0),
    )
    card = online.main.transfers.cards["t1"]
    assert card.status["text"] == "25 % · 1.0 MiB of 4.0 MiB · 512 KiB/s · 6 s left"
    assert float(card.bar["value"]) == 250
    card.buttons["Cancel"].invoke()
    assert online.posted == [CancelDownload("t1")]


def test_a_cancelled_download_offers_to_resume(online: Scene, tmp_path: Path) -> None:
    online.feed(ev.TransferStarted("t1", entry("big.bin", 100), tmp_path), ev.TransferCancelled("t1"))
    online.main.transfers.cards["t1"].buttons["Resume"].invoke()
    assert online.posted == [RetryDownload("t1")]


def test_a_failed_download_gives_the_reason_and_can_be_retried(online: Scene, tmp_path: Path) -> None:
    online.feed(
        ev.TransferStarted("t1", entry("big.bin", 100), tmp_path), ev.TransferFailed("t1", "The disk is full.")
    )
    card = online.main.transfers.cards["t1"]
    assert card.status["text"] == "The disk is full."
    card.buttons["Retry"].invoke()
    assert online.posted == [RetryDownload("t1")]


def test_a_finished_download_is_verified_and_can_be_taken_off_the_list(online: Scene, tmp_path: Path) -> None:
    online.feed(
        ev.TransferStarted("t1", entry("big.bin", 100), tmp_path),
        ev.TransferFinished("t1", tmp_path / "big (1).bin", "ab" * 32),
    )
    card = online.main.transfers.cards["t1"]
    assert "Verified" in card.status["text"]
    assert card.name["text"] == "big (1).bin"
    assert str(tmp_path / "big (1).bin") in details(online.state.transfers["t1"])
    assert "ab" * 32 in details(online.state.transfers["t1"])
    card.buttons["Remove"].invoke()
    online.root.update()
    assert online.main.transfers.cards == {}


# --- the window as a whole --------------------------------------------------------------------------------


def test_tab_reaches_everything_and_comes_round(online: Scene, tmp_path: Path) -> None:
    online.feed(ev.FilesListed((entry("a", 1),)), ev.TransferStarted("t1", entry("a", 1), tmp_path))
    online.main.files.tree.selection_set(row(online.main.files.tree, "a"))
    start = online.main.composer.text
    start.focus_force()
    online.root.update()
    reached: list[tk.Misc] = []
    for _ in range(30):
        focused = online.root.focus_get()
        assert focused is not None
        if focused in reached:
            break
        reached.append(focused)
        focused.event_generate("<Tab>")
        online.root.update()
    wanted = {
        online.main.sidebar.conversations,
        online.main.sidebar.people,
        online.main.chat.text,
        online.main.composer.text,
        online.main.composer.send_button,
        online.main.files.button,
        online.main.files.tree,
        online.main.transfers.cards["t1"].buttons["Cancel"],
        online.main.status.log_out,
    }
    assert wanted <= set(reached)


@pytest.mark.parametrize("size", ["1200x760", "800x600"])
def test_everything_fits_and_is_kept_as_a_picture(scene: Scene, tmp_path: Path, size: str) -> None:
    scene.open(size)
    screenshot(scene.root, f"login-{size}")
    scene.feed(ev.Connecting("192.168.1.20:6667", 1))
    screenshot(scene.root, f"login-connecting-{size}")
    scene.feed(ev.LoginRefused("The name Dana is taken. Please choose another one.", name_refused=True))
    screenshot(scene.root, f"login-refused-{size}")
    tell(scene, tmp_path)
    screenshot(scene.root, f"main-{size}")
    for widget in all_widgets(scene.main):
        if widget.winfo_viewable() and isinstance(widget, ttk.Button):
            right = widget.winfo_rootx() - scene.root.winfo_rootx() + widget.winfo_width()
            assert right <= scene.root.winfo_width(), f"{widget['text']} is cut off"
    scene.controller.focus("אורי")
    screenshot(scene.root, f"private-{size}")
    scene.feed(ev.ConnectionLost("The server closed the connection.", 3.0))
    screenshot(scene.root, f"reconnecting-{size}")


def test_an_empty_window_says_what_will_stand_there_and_is_kept_as_a_picture(online: Scene) -> None:
    online.feed(ev.FilesListed(()))
    screenshot(online.root, "empty-1200x760")
    shown = sentences(online.main)
    assert "No messages yet. Say hello to everyone." in shown
    assert any(sentence.startswith("Nothing shared yet.") for sentence in shown)
    assert online.main.files.button.instate(["disabled"])


def test_each_batch_of_messages_draws_what_is_new_and_nothing_else(
    online: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = online.main.chat.text
    insert, drawn = text.insert, list[str]()

    def counted(where: str, *segments: str) -> None:
        drawn.append("".join(segments[::2]))
        insert(where, *segments)

    monkeypatch.setattr(text, "insert", counted)
    said = [f"message {number}." for number in range(2000)]
    for start in range(0, 2000, 100):
        online.feed(*(message(f"nick{number % 7}", said[number]) for number in range(start, start + 100)))
    assert len(drawn) == 20
    assert re.findall(r"message \d+\.", "".join(drawn)) == said
