"""The thread that downloads, against the real endpoint of a file service over loopback."""

import hashlib
import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from client_gui.model import events as ev
from client_gui.model.intents import Download, DownloadLink
from client_gui.model.irc.facts import TicketRefused
from client_gui.net import transfer_link
from client_gui.net.dial import DialError
from client_gui.net.lookup import lookup
from client_gui.net.transfer_link import TransferLink
from livechat.catalogue import text_id
from livechat.transfer.events import Address

from tests.support.file_service import FileService, file_service

E = TypeVar("E", bound=ev.Event)
_LONG_S = 60.0
_MIB = 1 << 20


class Desk:
    """A TransferLink whose tickets come from `answer`, and the events that it has told."""

    def __init__(self, answer: Callable[["Desk", bytes], None], give_up_s: float = _LONG_S) -> None:
        self.events: queue.Queue[ev.Event] = queue.Queue()
        self.asked = 0
        self._answer = answer
        self.link = TransferLink(self.events.put, self._ask, give_up_s)
        self.link.start()

    def _ask(self, client_public: bytes) -> None:
        self.asked += 1
        self._answer(self, client_public)

    def until(self, kind: type[E]) -> E:
        """The next event of `kind`; an unexpected end of a transfer is a failure of the test."""
        while True:
            event = self.events.get(timeout=_LONG_S)
            if isinstance(event, kind):
                return event
            assert not isinstance(event, (ev.TransferFailed, ev.TransferFinished)), event


@pytest.fixture
def service() -> Iterator[FileService]:
    """A file service of the test's own."""
    with file_service() as service:
        yield service


@pytest.fixture
def desk(service: FileService) -> Iterator[Desk]:
    """A desk that is granted whatever it asks for."""
    desk = Desk(lambda desk, public: desk.link.ticket(service.grant(public)))
    yield desk
    desk.link.close()


def test_several_files_arrive_side_by_side_over_one_ticket(
    service: FileService, desk: Desk, tmp_path: Path
) -> None:
    sizes = {"empty": 0, "one": 1, "piece": _MIB, "more": _MIB + 1, "big": 9 * _MIB + 5}
    contents = {name: os.urandom(size) for name, size in sizes.items()}
    for name, data in contents.items():
        desk.link.order(Download(name, service.store.add(name, data), tmp_path))

    finished = 0
    while finished < len(sizes):
        event = desk.events.get(timeout=_LONG_S)
        assert not isinstance(event, ev.TransferFailed), event
        if isinstance(event, ev.TransferFinished):
            assert event.sha256 == hashlib.sha256(contents[event.transfer_id]).hexdigest()
            finished += 1

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == contents
    assert desk.asked == 1


def test_an_order_while_the_addresses_are_looked_up_asks_for_no_second_ticket(
    service: FileService, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, go = threading.Event(), threading.Event()

    def slow(hosts: list[tuple[str, int]]) -> list[Address] | DialError:
        looking.set()
        assert go.wait(_LONG_S)
        return lookup(hosts)

    monkeypatch.setattr(transfer_link, "lookup", slow)
    desk.link.order(Download("first", service.store.add("first", b"1"), tmp_path))
    assert looking.wait(_LONG_S)
    desk.link.order(Download("second", service.store.add("second", b"2"), tmp_path))
    while desk.until(ev.TransferStarted).transfer_id != "second":
        pass
    go.set()

    finished: set[str] = set()
    while finished != {"first", "second"}:
        event = desk.events.get(timeout=_LONG_S)
        if isinstance(event, ev.TransferFinished):
            finished.add(event.transfer_id)
    assert desk.asked == 1


def test_a_link_needs_no_hub(service: FileService, desk: Desk, tmp_path: Path) -> None:
    entry = service.store.add("folder/ä.txt", b"hello")
    desk.link.order(DownloadLink("t", service.link(entry, text_id(entry.file_id)), tmp_path))

    assert desk.until(ev.TransferStarted).entry.name == "folder/ä.txt"
    assert desk.until(ev.TransferFinished).path.read_bytes() == b"hello"
    assert desk.asked == 0


def test_a_cancelled_download_is_resumed_by_a_retry(service: FileService, desk: Desk, tmp_path: Path) -> None:
    data = os.urandom(64 * _MIB)
    desk.link.order(Download("t", service.store.add("big", data), tmp_path))
    while desk.until(ev.TransferProgress).done < 4 * _MIB:
        pass
    desk.link.cancel("t")
    desk.until(ev.TransferCancelled)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".part"]

    desk.link.retry("t")
    desk.until(ev.TransferStarted)
    assert desk.until(ev.TransferProgress).done >= 4 * _MIB
    assert desk.until(ev.TransferFinished).path.read_bytes() == data


def test_a_service_that_goes_away_is_waited_for(service: FileService, desk: Desk, tmp_path: Path) -> None:
    data = os.urandom(64 * _MIB)
    desk.link.order(Download("t", service.store.add("big", data), tmp_path))
    desk.until(ev.TransferProgress)
    service.present = False
    assert desk.until(ev.TransferWaiting).reason
    service.present = True

    assert desk.until(ev.TransferFinished).path.read_bytes() == data


def test_a_download_in_which_nothing_moves_is_given_up(service: FileService, tmp_path: Path) -> None:
    desk = Desk(lambda desk, public: desk.link.ticket(service.grant(public)), give_up_s=0.3)
    service.present = False
    desk.link.order(Download("t", service.store.add("x", b"x"), tmp_path))

    failed = desk.until(ev.TransferFailed)
    assert failed.reason == "Nothing has arrived for 0 s; what is here is kept."
    assert failed.resumable
    desk.link.close()


def test_a_hub_without_files_is_asked_again_and_told_why(service: FileService, tmp_path: Path) -> None:
    def answer(desk: Desk, public: bytes) -> None:
        refused = TicketRefused(public, "UNAVAILABLE", "Not now.")
        desk.link.ticket(refused if desk.asked == 1 else service.grant(public))

    desk = Desk(answer)
    desk.link.order(Download("t", service.store.add("x", b"x"), tmp_path))

    assert desk.until(ev.TransferWaiting).reason == "Not now."
    assert desk.until(ev.TransferFinished).path.read_bytes() == b"x"
    desk.link.close()


def test_a_final_refusal_ends_the_download(service: FileService, tmp_path: Path) -> None:
    desk = Desk(lambda desk, public: desk.link.ticket(TicketRefused(public, "NOT_PERMITTED", "You may not.")))
    desk.link.order(Download("t", service.store.add("x", b"x"), tmp_path))

    assert desk.until(ev.TransferFailed).reason == "You may not."
    desk.link.close()


def test_a_file_that_is_gone_is_told(service: FileService, desk: Desk, tmp_path: Path) -> None:
    entry = service.store.add("x", b"x")
    service.store.files.clear()
    desk.link.order(Download("t", entry, tmp_path))

    failed = desk.until(ev.TransferFailed)
    assert failed.reason
    assert not failed.resumable


def test_a_folder_that_cannot_be_written_is_told(service: FileService, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    desk.link.order(Download("t", service.store.add("x", b"x"), tmp_path / "file"))

    assert "is not a folder" in desk.until(ev.TransferFailed).reason


def test_closing_leaves_the_partial_in_order(service: FileService, desk: Desk, tmp_path: Path) -> None:
    data = os.urandom(64 * _MIB)
    desk.link.order(Download("t", service.store.add("big", data), tmp_path))
    while desk.until(ev.TransferProgress).done < 4 * _MIB:
        pass
    desk.link.close()

    again = Desk(lambda desk, public: desk.link.ticket(service.grant(public)))
    again.link.order(Download("t", service.store.add("big", data), tmp_path))
    assert again.until(ev.TransferProgress).done >= 4 * _MIB
    assert again.until(ev.TransferFinished).path.read_bytes() == data
    again.link.close()
