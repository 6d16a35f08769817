"""Private messages between accounts, each confirmed: how many a second, and what one costs the hub.

    .venv/bin/python -m tests.bench.confirmed [--pairs 100] [--seconds 4] [--guests]

Starts a hub of its own (history on, flood control off) on core 0 and runs on core 1 itself. In each pair one
writes to the other and sends the next message only when its echo has come, that is after the commit.
With --guests nobody has an account: the same load without anything to keep. The last line is JSON.
"""

import argparse
import contextlib
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

CAPS = "echo-message draft/account-registration standard-replies"
PASSWORD = "correct-horse"
ACCOUNTS_PER_ADDRESS = 50
TEXT = b"x" * 100
_TICKS_S = os.sysconf("SC_CLK_TCK")


class Client:
    """A blocking client until it takes part, then one that only counts lines."""

    def __init__(self, port: int, number: int, *, account: bool) -> None:
        # An address may register 64 accounts at once, so they come from several.
        own = f"127.0.0.{2 + number // ACCOUNTS_PER_ADDRESS}"
        self.sock = socket.create_connection(("127.0.0.1", port), source_address=(own, 0))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.nick = nick = f"n{number}"
        self.data = b""
        self.send(f"CAP REQ :{CAPS}\r\nCAP END\r\nNICK {nick}\r\nUSER {nick} 0 * :{nick}")
        self.until(b" 422 ")
        if account:
            self.send(f"REGISTER * * {PASSWORD}")
            self.until(b"REGISTER SUCCESS")

    def send(self, text: str) -> None:
        self.sock.sendall(text.encode() + b"\r\n")

    def until(self, word: bytes) -> None:
        """Read until `word` and the end of its line."""
        while b"\n" not in self.data.partition(word)[2]:
            self.data += self.sock.recv(65536)
        self.data = self.data.partition(word)[2].partition(b"\n")[2]


def cpu_s(pid: int) -> float:
    """User and system time of a process so far, of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_S


def run(senders: list[Client], receivers: list[Client], seconds: float) -> tuple[int, int]:
    """Messages that were confirmed, and that arrived, in `seconds`."""
    selector = selectors.EpollSelector()
    for index, sender in enumerate(senders):
        selector.register(sender.sock, selectors.EVENT_READ, (sender.sock, index))
        selector.register(receivers[index].sock, selectors.EVENT_READ, (receivers[index].sock, -1))
    lines = [f"PRIVMSG {receiver.nick} :".encode() + TEXT + b"\r\n" for receiver in receivers]
    confirmed = arrived = 0
    end = time.monotonic() + seconds
    for sender, line in zip(senders, lines, strict=True):
        sender.sock.sendall(line)
    while time.monotonic() < end:
        for key, _ in selector.select(0.1):
            sock, index = key.data
            count = sock.recv(65536).count(b"\n")
            if index < 0:
                arrived += count
            else:
                confirmed += count
                sock.send(lines[index] * count)
    return confirmed, arrived


def wait_for(port: int) -> None:
    """Until the hub accepts."""
    while True:
        with socket.socket() as sock:
            if not sock.connect_ex(("127.0.0.1", port)):
                return


@contextlib.contextmanager
def own_hub(port: int, **settings: str) -> Iterator[int]:
    """A hub on core 0 with an empty data directory, while this process is on core 1; its process id."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LIVECHAT_")},
            "LIVECHAT_HUB_HOST": "127.0.0.1",
            "LIVECHAT_HUB_PORT": str(port),
            "LIVECHAT_HUB_TLS_PORT": "0",
            "LIVECHAT_HUB_DATA_DIR": f"{folder}/hub",
            "LIVECHAT_KEY_FILE": f"{folder}/key",
            "LIVECHAT_FLOOD_CONTROL": "off",
            "LIVECHAT_MAX_CONNECTIONS_PER_ADDRESS": "0",
            "LIVECHAT_LOG_LEVEL": "WARNING",
            **settings,
        }
        hub = subprocess.Popen(["taskset", "-c", "0", sys.executable, "-m", "chat_hub"], env=environment)
        os.sched_setaffinity(0, {1})
        try:
            wait_for(port)
            yield hub.pid
        finally:
            hub.terminate()
            hub.wait()


def main() -> None:
    """Measure once and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--port", type=int, default=6692)
    parser.add_argument("--guests", action="store_true")
    options = parser.parse_args()
    with own_hub(options.port) as pid:
        account = not options.guests
        clients = [Client(options.port, i, account=account) for i in range(2 * options.pairs)]
        senders, receivers = clients[: options.pairs], clients[options.pairs :]
        before = cpu_s(pid)
        confirmed, arrived = run(senders, receivers, options.seconds)
        cost_s = cpu_s(pid) - before
    print(
        json.dumps(
            {
                "confirmed_per_s": round(confirmed / options.seconds),
                "arrived": arrived,
                "confirmed": confirmed,
                "hub_us_per_message": round(cost_s / confirmed * 1e6, 1),
                "hub_load": round(cost_s / options.seconds, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
