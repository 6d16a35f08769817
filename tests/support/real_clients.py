"""IRC clients that other people wrote, each driven in its own way: WeeChat, irssi and irc-framework.

Each joins #lobby when it is online. What it shows to its user is read back as text.
"""

import contextlib
import json
import os
import pty
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Protocol, Self

from tests.support.stack import LOOPBACK
from tests.support.wait import until

ROOT = Path(__file__).resolve().parents[2]
NODE_MODULES = ROOT / "var" / "npm" / "node_modules"  # where .ci/run puts irc-framework
WAIT_S = 45.0  # a client waits some seconds before it connects again


class RealClient(Protocol):
    """What a test does with any of them."""

    nick: str

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def say(self, target: str, text: str) -> None:
        """As its user would."""

    def part(self, channel: str) -> None:
        """Leave a channel."""

    def join(self, channel: str) -> None:
        """Enter a channel."""

    def shown(self) -> str:
        """All that it has shown or told so far."""


def wait_until_shown(client: RealClient, text: str) -> None:
    """Return when the client's user can see `text`."""
    until(lambda: text in client.shown(), within_s=WAIT_S, what=f"{client.nick} shows {text!r}")


class _Program:
    """A process that is ended with its test."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()


class WeeChat(_Program):
    """weechat-headless: orders through its FIFO, what it shows from its logs."""

    program = "weechat-headless"

    def __init__(self, folder: Path, port: int, *, tls: bool) -> None:
        super().__init__("weechat")
        self._logs = folder / "logs"
        self._fifo = folder / "orders"
        switch = "on" if tls else "off"
        orders = [
            f"/set logger.file.path {self._logs}",
            "/set logger.file.flush_delay 0",
            f"/set fifo.file.path {self._fifo}",
            f"/server add hub {LOOPBACK}/{port}",
            f"/set irc.server.hub.nicks {self.nick}",
            "/set irc.server.hub.autojoin #lobby",
            "/set irc.server.hub.autoreconnect_delay 1",
            # the option changed its name in version 4; the other one is an error that nobody minds
            *(f"/set irc.server.hub.{name} {switch}" for name in ("ssl", "tls")),
            *(f"/set irc.server.hub.{name}_verify off" for name in ("ssl", "tls")),
            "/connect hub",
        ]
        runs = [word for order in orders for word in ("-r", order)]
        self._process = subprocess.Popen(
            [self.program, "-d", str(folder), *runs], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _order(self, text: str) -> None:
        until(self._fifo.exists, within_s=WAIT_S, what="the FIFO of WeeChat")
        with self._fifo.open("w") as fifo:
            fifo.write(f"irc.server.hub *{text}\n")

    def say(self, target: str, text: str) -> None:
        self._order(f"/msg {target} {text}")

    def part(self, channel: str) -> None:
        self._order(f"/quote PART {channel}")

    def join(self, channel: str) -> None:
        self._order(f"/join {channel}")

    def shown(self) -> str:
        return "\n".join(file.read_text("utf-8", "replace") for file in self._logs.rglob("*.weechatlog"))


class Irssi(_Program):
    """irssi on a terminal of its own: typed at, and read with what it logs of windows that are not in front."""

    program = "irssi"

    def __init__(self, folder: Path, port: int, *, tls: bool) -> None:
        super().__init__("irssi")
        self._logs = folder / "logs"
        (folder / "config").write_text(
            'settings = { core = { server_reconnect_time = "10sec"; }; '
            f'"fe-common/core" = {{ autolog = "yes"; autolog_path = "{self._logs}/$0.log"; }}; }};\n'
        )
        self._terminal, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [self.program, "--home", str(folder), "--noconnect", "-n", self.nick],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", "LANG": "C.UTF-8", "COLUMNS": "200", "LINES": "50"},
            start_new_session=True,
        )
        os.close(theirs)
        self._seen = bytearray()
        threading.Thread(target=self._read, daemon=True).start()
        self._type(f"/connect {'-tls -notls_verify ' * tls}{LOOPBACK} {port}")
        wait_until_shown(self, "Current local users")
        self.join("#lobby")

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        os.close(self._terminal)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._terminal, 65536):
                self._seen += data

    def _type(self, line: str) -> None:
        os.write(self._terminal, line.encode() + b"\n")

    def say(self, target: str, text: str) -> None:
        self._type(f"/msg {target} {text}")

    def part(self, channel: str) -> None:
        self._type(f"/part {channel}")

    def join(self, channel: str) -> None:
        self._type(f"/join {channel}")

    def shown(self) -> str:
        logs = [file.read_text("utf-8", "replace") for file in self._logs.rglob("*.log")]
        return self._seen.decode("utf-8", "replace") + "\n".join(logs)


class IrcFramework(_Program):
    """npm's irc-framework under node, with JSON both ways."""

    program = "node"

    def __init__(self, folder: Path, port: int, *, tls: bool) -> None:
        super().__init__("framework")
        self._output = folder / "events"
        script = ROOT / "tests" / "support" / "irc_framework_client.js"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [self.program, str(script), LOOPBACK, str(port), self.nick, "tls" if tls else "tcp"],
                stdin=subprocess.PIPE,
                stdout=output,
                env={**os.environ, "NODE_PATH": str(NODE_MODULES)},
            )

    def _order(self, **words: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words).encode() + b"\n")
        self._process.stdin.flush()

    def say(self, target: str, text: str) -> None:
        self._order(do="say", target=target, text=text)

    def part(self, channel: str) -> None:
        self._order(do="part", target=channel)

    def join(self, channel: str) -> None:
        self._order(do="join", target=channel)

    def shown(self) -> str:
        return self._output.read_text("utf-8")


CLIENTS: dict[str, type[WeeChat] | type[Irssi] | type[IrcFramework]] = {
    "weechat": WeeChat,
    "irssi": Irssi,
    "irc-framework": IrcFramework,
}


def why_not(name: str) -> str | None:
    """Why this client cannot run here, None when it can."""
    program = CLIENTS[name].program
    if shutil.which(program) is None:
        return f"{program} is not installed (.ci/run installs it)"
    if name == "irc-framework" and not (NODE_MODULES / "irc-framework").is_dir():
        return f"irc-framework is not installed: npm install --prefix {NODE_MODULES.parent} irc-framework"
    return None
