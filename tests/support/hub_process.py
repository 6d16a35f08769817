"""A real hub process on free ports, and blocking clients that speak to it."""

import os
import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path

TIMEOUT_S = 20


class Process:
    """A hub on a free port, with its log."""

    most_files = 1024

    def __init__(self, folder: Path, **settings: str) -> None:
        environment = {
            **os.environ,
            "LIVECHAT_HUB_HOST": "127.0.0.1",
            "LIVECHAT_HUB_PORT": str(free_port()),
            "LIVECHAT_HUB_TLS_PORT": "0",
            "LIVECHAT_HUB_DATA_DIR": str(folder / "hub"),
            "LIVECHAT_KEY_FILE": str(folder / "key"),
            **settings,
        }
        self.wires: list[Wire] = []
        self.port = int(environment["LIVECHAT_HUB_PORT"])
        self.process = subprocess.Popen(
            ["sh", "-c", f'ulimit -n {self.most_files}; exec "{sys.executable}" -m chat_hub'],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        self.log = [self.process.stderr.readline()]
        while self.log[-1] and "ready" not in self.log[-1]:
            self.log.append(self.process.stderr.readline())

    def until_logged(self, text: str) -> str:
        """The next line of the log that has `text`."""
        assert self.process.stderr is not None
        while True:
            line = self.process.stderr.readline()
            assert line, f"the hub ended before it logged {text!r}: {self.log}"
            self.log.append(line)
            if text in line:
                return line

    def connect(self, nick: str = "", *, port: int = 0, context: ssl.SSLContext | None = None) -> "Wire":
        """A client, registered and in #lobby when it has a nick; over TLS with `context`."""
        wire = Wire(port or self.port, context=context)
        self.wires.append(wire)
        if nick:
            wire.register(nick)
        return wire

    def end(self) -> int:
        for wire in self.wires:
            wire.sock.close()
        self.process.terminate()
        _, rest = self.process.communicate(timeout=TIMEOUT_S)
        self.log += rest.splitlines()
        assert not any("Traceback" in line for line in self.log), self.log
        return self.process.returncode


class Wire:
    """A blocking client."""

    def __init__(self, port: int, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> None:
        self.sock = socket.create_connection((host, port), timeout=TIMEOUT_S)
        if context is not None:
            self.sock = context.wrap_socket(self.sock, server_hostname="localhost")
        self.data = b""

    def register(self, nick: str) -> None:
        """Log in and join #lobby."""
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "JOIN #lobby")
        self.until(r" 366 ")

    def send(self, *lines: str) -> None:
        self.sock.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def until(self, pattern: str) -> str:
        """Read until a line matches; everything up to it is dropped."""
        while True:
            line, end, rest = self.data.partition(b"\r\n")
            if end:
                self.data = rest
                if re.search(pattern, line.decode()):
                    return line.decode()
                continue
            data = self.sock.recv(65536)
            assert data, f"the hub closed before {pattern!r}"
            self.data += data

    def rest(self) -> bytes:
        """Everything until the hub closes."""
        data, self.data = self.data, b""
        while True:
            try:
                more = self.sock.recv(65536)
            except ConnectionResetError:
                return data
            if not more:
                return data
            data += more


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
