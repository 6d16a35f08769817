"""What the integration suite needs from a running hub and file service, whatever runs them.

`stack_processes` and `stack_compose` implement it; a test takes the fixture `stack` and runs against both.
Faults are context managers that heal in `finally` and wait until the stack is healthy again.
"""

import contextlib
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Protocol

Service = Literal["chat-hub", "file-udp"]
SERVICES: tuple[Service, ...] = ("chat-hub", "file-udp")

READY_S = 60.0
LOOPBACK = "127.0.0.1"


class Stack(Protocol):
    """A hub and a file service that belong to the test session alone."""

    shape: str
    hub_port: int
    tls_port: int
    files_port: int
    share: Path

    def up(self) -> None:
        """Start both and wait until they are healthy."""

    def down(self) -> None:
        """End both and remove everything that they kept."""

    def start(self, service: Service) -> None:
        """Start one that was stopped or killed, with what it kept, and wait until it is healthy."""

    def stop(self, service: Service) -> None:
        """End one with SIGTERM."""

    def kill(self, service: Service) -> None:
        """End one with SIGKILL."""

    def pause(self, service: Service) -> None:
        """Let one stand still, as a machine does that swaps or sleeps."""

    def unpause(self, service: Service) -> None:
        """Let it go on."""

    def running(self, service: Service) -> bool:
        """Whether its process lives."""

    def wait_ready(self) -> None:
        """Return when both are healthy."""

    def logs(self) -> str:
        """What both have written."""

    def key_file_mode(self) -> tuple[int, int]:
        """Mode bits of the key file, and how many key files there are."""

    def remove_state(self) -> None:
        """Remove what both kept (key, index, history); only while both are stopped."""


def address(stack: Stack) -> str:
    """What a person types after --server."""
    return f"{LOOPBACK}:{stack.hub_port}"


@contextlib.contextmanager
def killed(stack: Stack, service: Service) -> Iterator[None]:
    """`service` is dead inside the context, and back and healthy behind it."""
    stack.kill(service)
    try:
        yield
    finally:
        stack.start(service)
        stack.wait_ready()


@contextlib.contextmanager
def stopped(stack: Stack, service: Service) -> Iterator[None]:
    """`service` has ended cleanly inside the context, and is back and healthy behind it."""
    stack.stop(service)
    try:
        yield
    finally:
        stack.start(service)
        stack.wait_ready()


@contextlib.contextmanager
def paused(stack: Stack, service: Service) -> Iterator[None]:
    """`service` stands still inside the context."""
    stack.pause(service)
    try:
        yield
    finally:
        stack.unpause(service)
        stack.wait_ready()


def put(stack: Stack, name: str, data: bytes) -> Path:
    """A file in the share, there at once and complete, readable for the service's user."""
    target = stack.share / name
    target.parent.mkdir(parents=True, exist_ok=True)
    for folder in target.relative_to(stack.share).parents:
        (stack.share / folder).chmod(0o755)
    draft = stack.share.parent / f"draft-{os.getpid()}"
    draft.write_bytes(data)
    draft.chmod(0o644)
    draft.replace(target)
    return target


def empty_share(stack: Stack) -> None:
    """Remove every file and folder from the share."""
    for entry in stack.share.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def free_port(kind: socket.SocketKind) -> int:
    """A port that nobody has right now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def clean_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment without the developer's own settings, and with `additions`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIVECHAT_", "COMPOSE_"))}
    return {**kept, **additions}
