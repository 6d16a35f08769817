"""A hub that says what a test tells it to: for what a real one cannot be made to do."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Talk = Callable[[socket.socket], None]

WELCOME = (
    b":irc.test 001 Dana :Welcome\r\n:irc.test 005 Dana NETWORK=TestNet :are supported\r\n"
    b":Dana!d@h JOIN #lobby\r\n:irc.test 353 Dana = #lobby :Dana\r\n:irc.test 366 Dana #lobby :End\r\n"
)


@dataclass
class ScriptedHub:
    """Each connection is handed to the next of `talks`, the last one again and again."""

    port: int
    talks: list[Talk]
    connections: int = 0

    @property
    def server(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.port}"


@contextmanager
def scripted_hub(*talks: Talk) -> Iterator[ScriptedHub]:
    """Listens on a port of its own until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hub = ScriptedHub(listener.getsockname()[1], list(talks))
        threading.Thread(target=_serve, args=(listener, hub), daemon=True).start()
        yield hub
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, hub: ScriptedHub) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return  # the test is over
        talk = hub.talks[min(hub.connections, len(hub.talks) - 1)]
        hub.connections += 1
        threading.Thread(target=_talk, args=(connection, talk), daemon=True).start()


def _talk(connection: socket.socket, talk: Talk) -> None:
    with connection:
        connection.settimeout(20)
        try:
            talk(connection)
        except OSError:
            pass  # the client has gone: the test looks at the client


def says(data: bytes) -> Talk:
    """Sends `data` after the client's first words, and closes."""

    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(data)

    return talk


def stays(data: bytes) -> Talk:
    """Sends `data` after the client's first words, and stays until the client goes."""

    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(data)
        while connection.recv(4096):
            pass

    return talk
