"""Whether the ports are free, asked by binding them, before anything is started."""

import errno
import socket

from scripts.console import Trouble
from scripts.stack_settings import StackSettings


def check(
    settings: StackSettings,
    *,
    hub: bool = True,
    files: bool = True,
    control: bool = True,
    ours: frozenset[tuple[int, str]] = frozenset(),
) -> None:
    """Raise Trouble with a sentence for each port of the named parts that another program has.

    `ours` are ports, each with `tcp` or `udp`, that a service of this stack has and will give back.
    """
    host, _, _ = settings.control.rpartition(":")
    tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
    wanted = [
        (hub, tcp, settings.hub_host, settings.hub_port, "LIVECHAT_HUB_PORT"),
        (hub and settings.tls_port > 0, tcp, settings.hub_host, settings.tls_port, "LIVECHAT_HUB_TLS_PORT"),
        (files, udp, settings.files_host, settings.files_port, "LIVECHAT_FILES_PORT"),
        (control, tcp, host.strip("[]"), settings.control_port, "LIVECHAT_CONTROL_LISTEN"),
    ]
    faults = [
        fault
        for asked, kind, address, port, name in wanted
        if asked
        and (port, "tcp" if kind == tcp else "udp") not in ours
        and (fault := _fault(kind, address, port, name)) is not None
    ]
    if faults:
        raise Trouble("\n".join(faults))


def _fault(kind: socket.SocketKind, host: str, port: int, name: str) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    word = "TCP" if kind == socket.SOCK_STREAM else "UDP"
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # connections that linger in TIME_WAIT do not make a port busy; listeners do, in spite of this
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return _sentence(error, f"{word} port {port}", host, name)
    return None


def _sentence(error: OSError, port: str, host: str, name: str) -> str | None:
    if error.errno == errno.EADDRINUSE:
        return f"{port} is in use by another program: stop that, or set {name} in .env to another port."
    if error.errno == errno.EACCES:
        return f"{port} may not be used by this user: set {name} in .env to a port above 1023."
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{host} is not an address of this machine ({port}, see {name.replace('_PORT', '_HOST')})."
    return None  # what this probe cannot say, the service itself will
