"""The thread that keeps the client online, against scripted hubs."""

import errno
import queue
import socket
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from client_gui.model import events as ev
from client_gui.model.intents import LogIn, LogOut, Say
from client_gui.net import hub_link
from client_gui.net.backend import Backend
from client_gui.net.dial import Address, DialError, refusal_sentence, resolve

from tests.support.scripted_hub import WELCOME, Talk, says, scripted_hub, stays

E = TypeVar("E", bound=ev.Event)


class Desk:
    """A back end and the events that it has told."""

    def __init__(self) -> None:
        self.events: queue.Queue[ev.Event] = queue.Queue()
        self.backend = Backend(self.events)
        self.backend.start()

    def until(self, kind: type[E]) -> E:
        """The next event of `kind`."""
        while True:
            event = self.events.get(timeout=30)
            if isinstance(event, kind):
                return event


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A back end of the test's own."""
    desk = Desk()
    yield desk
    desk.backend.close()


def test_a_first_log_in_that_fails_is_not_tried_again(desk: Desk) -> None:
    with scripted_hub(says(b"ERROR :Closing Link: (Full)\r\n")) as hub:
        desk.backend.post(LogIn("Dana", "127.0.0.1", hub.port))

        assert desk.until(ev.LoginRefused).reason == "The server refused the connection: Full."
        assert hub.connections == 1


def test_the_person_can_try_again_with_another_name(desk: Desk) -> None:
    with scripted_hub(says(b":s 433 * Dana :In use\r\n"), stays(WELCOME)) as hub:
        desk.backend.post(LogIn("Dana", "127.0.0.1", hub.port))
        assert desk.until(ev.LoginRefused).name_refused
        desk.backend.post(LogIn("Dana", "localhost", hub.port))

        assert desk.until(ev.Online) == ev.Online("Dana", "TestNet")


def test_a_session_that_was_online_comes_back_by_itself(desk: Desk) -> None:
    held = says(b":s 433 * Dana :Still here\r\n")
    full = says(b"ERROR :Closing Link: (Throttled)\r\n")
    with scripted_hub(says(WELCOME), held, full, stays(WELCOME)) as hub:
        desk.backend.post(LogIn("Dana", "127.0.0.1", hub.port))
        desk.until(ev.Online)

        reasons = [desk.until(ev.ConnectionLost).reason for _ in range(3)]
        assert reasons == [
            "The connection to the server broke off.",
            "The name Dana is already taken; choose another.",
            "The server refused the connection: Throttled.",
        ]
        desk.until(ev.Online)


def asks_for(password: bytes) -> Talk:
    """A hub with a password that drops whoever has given it, once they are in."""

    def talk(connection: socket.socket) -> None:
        right = b"PASS " + password + b"\r\n" in connection.recv(4096)
        connection.sendall(WELCOME if right else b":s 464 * :Password incorrect\r\nERROR :Bye\r\n")

    return talk


def test_a_password_is_used_for_every_reconnect(desk: Desk) -> None:
    with scripted_hub(asks_for(b"sesame")) as hub:
        desk.backend.post(LogIn("Dana", "127.0.0.1", hub.port))
        assert desk.until(ev.LoginRefused).password_refused
        desk.backend.post(LogIn("Dana", "127.0.0.1", hub.port, "sesame"))

        for _ in range(2):
            desk.until(ev.Online)
            desk.until(ev.ConnectionLost)


def test_a_session_that_was_online_ends_where_the_password_has_changed(desk: Desk) -> None:
    with scripted_hub(asks_for(b"sesame"), asks_for(b"other")) as hub:
        desk.backend.post(LogIn("Dana", "127.0.0.1", hub.port, "sesame"))
        desk.until(ev.Online)

        refused = desk.until(ev.LoginRefused)
        assert refused == ev.LoginRefused("The server's password is wrong.", password_refused=True)
        assert hub.connections == 2


def test_a_password_is_not_shown_where_an_intent_is() -> None:
    assert "sesame" not in repr(LogIn("Dana", "127.0.0.1", 6667, "sesame"))


def test_nothing_is_said_while_offline(desk: Desk) -> None:
    desk.backend.post(Say("#lobby", "hi", "L"))

    assert desk.until(ev.MessageFailed) == ev.MessageFailed("L", "#lobby", "hi", "You are not connected.")


def test_logging_out_ends_the_session_and_the_tries(desk: Desk) -> None:
    with scripted_hub(says(WELCOME)) as hub:
        desk.backend.post(LogIn("Dana", "127.0.0.1", hub.port))
        desk.until(ev.ConnectionLost)
        desk.backend.post(LogOut())

        desk.until(ev.LoggedOut)


def test_logging_out_says_goodbye(desk: Desk) -> None:
    heard: queue.Queue[bytes] = queue.Queue()

    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(WELCOME)
        words = b""
        while data := connection.recv(4096):
            words += data
        heard.put(words)

    with scripted_hub(talk) as hub:
        desk.backend.post(LogIn("Dana", "127.0.0.1", hub.port))
        desk.until(ev.Online)
        desk.backend.post(LogOut())

        desk.until(ev.LoggedOut)
        assert heard.get(timeout=10).endswith(b"QUIT Leaving\r\n")


def test_a_second_log_in_takes_the_place_of_the_first(desk: Desk) -> None:
    with scripted_hub(stays(b"")) as silent, scripted_hub(stays(WELCOME)) as hub:
        desk.backend.post(LogIn("Dana", "127.0.0.1", silent.port))
        desk.until(ev.Connecting)
        desk.backend.post(LogIn("Dana", "127.0.0.1", hub.port))

        desk.until(ev.Online)


def test_addresses_that_come_late_do_not_hold_up_the_log_in_after_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_hub(stays(WELCOME)) as hub:
        asked: list[Callable[[list[Address]], None]] = []

        def second_first(_host: str, _port: int, deliver: Callable[[list[Address]], None]) -> None:
            asked.insert(0, deliver)
            for told in asked if len(asked) == 2 else []:
                told([(socket.AF_INET, "127.0.0.1", hub.port)])

        monkeypatch.setattr(hub_link, "resolve_aside", second_first)
        desk.backend.post(LogIn("Dana", "first.example", hub.port))
        desk.until(ev.Connecting)
        desk.backend.post(LogIn("Dana", "second.example", hub.port))

        desk.until(ev.Online)


def test_closing_ends_while_a_full_queue_holds_the_threads_up() -> None:
    flood = WELCOME + b":Eve!e@h PRIVMSG #lobby :hi\r\n" * 1000
    with scripted_hub(stays(flood)) as hub:
        events: queue.Queue[ev.Event] = queue.Queue(3)
        backend = Backend(events)
        backend.start()
        backend.post(LogIn("Dana", "127.0.0.1", hub.port))
        while not events.full():
            pass
        backend.close()

        assert not backend._hub._thread.is_alive()
        assert not backend._transfers._thread.is_alive()


def test_a_name_that_nobody_has_is_one_clear_sentence() -> None:
    with pytest.raises(DialError, match=r"There is no computer called nobody\.invalid"):
        resolve("nobody.invalid", 1)
    with pytest.raises(DialError, match="is not an address that can be used"):
        resolve("x" * 100, 1)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ECONNREFUSED, "Nothing answers on host port 1: is the server running"),
        (errno.EADDRNOTAVAIL, "Nothing answers on host port 1: is the server running"),
        (errno.ETIMEDOUT, "does not answer"),
        (errno.EHOSTUNREACH, "cannot be reached"),
        (errno.EACCES, "cannot be connected to"),
    ],
)
def test_each_fault_of_a_network_has_its_sentence(code: int, words: str) -> None:
    assert words in refusal_sentence(code, "host", 1)
