"""The `livechat` command as a person types it: a program, its arguments, its exit status, its output."""

import contextlib
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.stack import LOOPBACK, Stack, clean_environment
from tests.support.wait import until

LIVECHAT = Path(sys.executable).with_name("livechat")
_RUN_S = 80.0
_END_S = 10.0


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    status: int
    out: str
    err: str


class Terminal:
    """A folder in which somebody works, with a home of their own and one server."""

    def __init__(self, folder: Path, stack: Stack, host: str = LOOPBACK) -> None:
        """`server` is what every command gets after --server; none when it is made empty."""
        self.folder = folder
        self.downloads = folder / "downloads"
        self.downloads.mkdir(parents=True, exist_ok=True)
        self.server = f"{host}:{stack.hub_port}"
        self._environment = clean_environment({"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")})

    def run(self, *arguments: str, name: str = "", within_s: float = _RUN_S) -> Ran:
        """One command to its end."""
        ran = subprocess.run(
            self._command(arguments, name),
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def get(self, *what: str, name: str = "", within_s: float = _RUN_S) -> Ran:
        """`livechat get` into `downloads`."""
        return self.run("get", "-o", str(self.downloads), *what, name=name, within_s=within_s)

    def getting(self, *what: str, name: str = "") -> contextlib.AbstractContextManager["Running"]:
        """`livechat get` into `downloads`, in the background."""
        return self.running("get", "-o", str(self.downloads), *what, name=name)

    @contextlib.contextmanager
    def running(self, *arguments: str, name: str = "") -> Iterator["Running"]:
        """One command in the background; ended with the context."""
        process = subprocess.Popen(
            self._command(arguments, name),
            cwd=self.folder,
            env={**self._environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        running = Running(process)
        try:
            yield running
        finally:
            running.end()

    def _command(self, arguments: tuple[str, ...], name: str) -> list[str]:
        server = ["--server", self.server] if self.server else []
        own_name = ["--name", name] if name else []
        # options stand before the first argument, so that `--` and what follows stay last
        return [str(LIVECHAT), *arguments[:1], *server, *own_name, *arguments[1:]]


class Running:
    """A command in the background, and what it has written so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._output = b""
        self._reader = threading.Thread(target=self._read, name="output-of-livechat")
        self._reader.start()

    @property
    def output(self) -> str:
        """Standard output and error together."""
        return self._output.decode("utf-8", "replace")

    def wait_for(self, text: str, within_s: float = 30.0) -> None:
        """Return when `text` has been written."""
        until(lambda: text in self.output, within_s=within_s, what=f"{text!r} in the output: {self._last()!r}")

    def wait(self, within_s: float = _RUN_S) -> int:
        """The exit status."""
        return self._process.wait(within_s)

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL: it can put nothing in order."""
        self._process.kill()

    def end(self) -> None:
        """Ctrl-C, or worse where that does not help."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while data := os.read(self._process.stdout.fileno(), 65536):
            self._output += data

    def _last(self) -> str:
        return self.output[-2000:]


def sha256(path: Path) -> str:
    """Of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
