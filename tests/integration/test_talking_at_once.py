"""Twenty clients talk at the same time: each message is seen once and in order by each."""

import threading
from collections import defaultdict

from tests.support.irc_client import IrcClient, Line
from tests.support.stack import LOOPBACK, Stack

CLIENTS = 20
MESSAGES = 25
LAST = "last"


class Talker(threading.Thread):
    """One client: says its messages while it reads those of all."""

    def __init__(self, port: int, number: int, start: threading.Barrier) -> None:
        super().__init__(name=f"talker-{number}")
        self._port = port
        self._number = number
        self._ready = start
        self.heard: dict[str, list[str]] = defaultdict(list)
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with IrcClient(LOOPBACK, self._port) as client:
                client.register(f"talker{self._number}", "echo-message")
                client.join("#lobby")
                self._ready.wait()
                self._talk(client)
                self._ready.wait()
        except BaseException as error:  # noqa: BLE001 - a thread's failure has to reach the test
            self.error = error
            self._ready.abort()

    def _talk(self, client: IrcClient) -> None:
        for number in range(MESSAGES):
            client.say("#lobby", str(number))
            self._read_own(client, str(number))
        finished = sum(says[-1:] == [str(MESSAGES - 1)] for says in self.heard.values())
        while finished < CLIENTS:
            line = client.read()
            self._note(line)
            finished += line.command == "PRIVMSG" and line.text == str(MESSAGES - 1)

    def _read_own(self, client: IrcClient, text: str) -> None:
        """Read until the own message is back: this keeps each within what flood control lets pass."""
        while True:
            line = client.read()
            self._note(line)
            if line.command == "PRIVMSG" and line.nick == client.nick and line.text == text:
                return

    def _note(self, line: Line) -> None:
        if line.command == "PRIVMSG":
            self.heard[line.nick].append(line.text)


def test_each_message_is_seen_once_and_in_order_by_each(stack: Stack) -> None:
    start = threading.Barrier(CLIENTS)
    talkers = [Talker(stack.hub_port, number, start) for number in range(CLIENTS)]
    for talker in talkers:
        talker.start()
    for talker in talkers:
        talker.join()
    assert [talker.error for talker in talkers if talker.error] == []
    said = [str(number) for number in range(MESSAGES)]
    expected = {f"talker{number}": said for number in range(CLIENTS)}
    for talker in talkers:
        assert talker.heard == expected
