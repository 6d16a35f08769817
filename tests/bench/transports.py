"""What TLS and WebSocket cost the hub in a fan-out, against plain TCP.

    .venv/bin/python -m tests.bench.transports [MEMBERS [ROUNDS]]

One hub for each transport, pinned to one core, this program to another. A sender says 128 messages in a
channel, and the next 128 when all members have the last of them. Printed are deliveries a second and the hub's
processor time for each: the second is what counts, for it does not depend on how fast this program reads.
"""

import os
import selectors
import socket
import ssl
import subprocess
import sys
import tempfile
import time

import psutil
from wsproto import ConnectionType, WSConnection
from wsproto.events import Request

from tests.bench.startup import free_port, wait_for_answer

MEMBERS, ROUNDS, BATCH = 100, 60, 128
TEXT = "x" * 60
TRANSPORTS = ("TCP", "TLS", "WebSocket")
_READ_BYTES = 1 << 18


class Member:
    """A client that counts the ends of batches which it has seen."""

    def __init__(self, transport: str, port: int, number: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._is_web = transport == "WebSocket"
        self._frames = WSConnection(ConnectionType.CLIENT)
        if transport == "TLS":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.sock = context.wrap_socket(self.sock)
        if self._is_web:
            self.sock.sendall(self._frames.send(Request(host="x", target="/", subprotocols=["text.ircv3.net"])))
            self._frames.receive_data(self.sock.recv(_READ_BYTES))
        for line in (f"NICK m{number}", f"USER m{number} 0 * :m", "JOIN #bench"):
            self.send(line)
        self._tail = b""
        self.wait_for(b" 366 ")
        self.sock.setblocking(False)

    def send(self, line: str) -> None:
        """One line."""
        data = line.encode()
        # RFC 6455: a client's frame is masked; with zeros, which is allowed and costs nothing here
        framed = bytes((0x81, 0x80 | len(data))) + b"\0\0\0\0" + data
        self.sock.sendall(framed if self._is_web else data + b"\r\n")

    def wait_for(self, text: bytes) -> None:
        """Read until `text` was seen."""
        seen = b""
        while text not in seen:
            seen += self.sock.recv(_READ_BYTES)

    def read(self, text: bytes) -> bool:
        """Read all that is there; whether `text` was in it."""
        found = False
        try:
            while data := self.sock.recv(_READ_BYTES):
                found = found or text in self._tail + data
                self._tail = data[-len(text) :]
        except (BlockingIOError, ssl.SSLWantReadError):
            return found
        raise ConnectionError("the hub closed a member's connection")


def measure(transport: str, members: int, rounds: int) -> tuple[float, float]:
    """Deliveries a second, and the hub's seconds of processor time for each."""
    ports = {name: free_port() for name in TRANSPORTS}
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LIVECHAT_")},
            "LIVECHAT_HUB_HOST": "127.0.0.1",
            "LIVECHAT_HUB_PORT": str(ports["TCP"]),
            "LIVECHAT_HUB_TLS_PORT": str(ports["TLS"]),
            "LIVECHAT_HUB_WS_PORT": str(ports["WebSocket"]),
            "LIVECHAT_HUB_DATA_DIR": f"{folder}/hub",
            "LIVECHAT_KEY_FILE": f"{folder}/key",
            "LIVECHAT_FLOOD_CONTROL": "off",
            "LIVECHAT_MAX_CONNECTIONS_PER_ADDRESS": "0",
            "LIVECHAT_LOG_LEVEL": "WARNING",
        }
        with subprocess.Popen([sys.executable, "-m", "chat_hub"], env=environment) as process:
            try:
                os.sched_setaffinity(process.pid, {0})
                wait_for_answer(ports["TCP"])
                return fan_out(psutil.Process(process.pid), transport, ports, members, rounds)
            finally:
                process.terminate()


def fan_out(
    hub: psutil.Process, transport: str, ports: dict[str, int], members: int, rounds: int
) -> tuple[float, float]:
    """The measured part, with a first round that is left out."""
    sender = Member("TCP", ports["TCP"], members)
    sender.sock.setblocking(True)
    people = [Member(transport, ports[transport], number) for number in range(members)]
    selector = selectors.DefaultSelector()
    for member in people:
        selector.register(member.sock, selectors.EVENT_READ, member)
    began = busy = 0.0
    for number in range(rounds + 1):
        if number == 1:
            began, busy = time.perf_counter(), processor_s(hub)
        end = f"end-{number}-"
        lines = [f"PRIVMSG #bench :{TEXT}\r\n"] * (BATCH - 1) + [f"PRIVMSG #bench :{end}\r\n"]
        sender.sock.sendall("".join(lines).encode())
        waiting = members
        while waiting:
            for key, _ in selector.select(20):
                waiting -= key.data.read(end.encode())
    deliveries = rounds * BATCH * members
    result = deliveries / (time.perf_counter() - began), (processor_s(hub) - busy) / deliveries
    selector.close()
    for member in (sender, *people):
        member.sock.close()
    return result


def processor_s(hub: psutil.Process) -> float:
    """What the hub has used so far."""
    times = hub.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    """Measure each transport in turn and print a line for each."""
    given = [int(word) for word in sys.argv[1:3]]
    members, rounds = given + [MEMBERS, ROUNDS][len(given) :]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"{members} members, {rounds * BATCH} messages")
    for transport in TRANSPORTS:
        rate, cost = measure(transport, members, rounds)
        print(f"{transport:<10} {rate:>10,.0f} deliveries/s {cost * 1e6:>6.2f} µs of the hub for each")


if __name__ == "__main__":
    main()
