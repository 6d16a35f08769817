"""The settings that starting and showing a stack needs, with the same defaults as the services."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.console import Trouble
from scripts.paths import ROOT

HUB_PORT = 6667
TLS_PORT = 6697
FILES_PORT = 6969
CONTROL = "127.0.0.1:6970"

_MEMORY = re.compile(r"[0-9]+(\.[0-9]+)?([kmgt]i?)?b?", re.IGNORECASE)
_EVERYWHERE = frozenset({"0.0.0.0", "::"})


@dataclass(frozen=True)
class StackSettings:
    """Where the stack listens and which folder it offers. Hosts and ports are what the services bind."""

    hub_host: str
    hub_port: int
    tls_port: int  # 0: off
    files_host: str
    files_port: int
    control: str
    advertise: str
    share: Path

    @property
    def control_port(self) -> int:
        """The TCP port of the control channel, for plain processes."""
        return _port("LIVECHAT_CONTROL_LISTEN", self.control.rpartition(":")[2])


def read(environ: Mapping[str, str]) -> StackSettings:
    """The settings in `environ`; unset and empty mean the default. Raises Trouble."""
    return StackSettings(
        hub_host=environ.get("LIVECHAT_HUB_HOST") or "0.0.0.0",
        hub_port=_port("LIVECHAT_HUB_PORT", environ.get("LIVECHAT_HUB_PORT") or str(HUB_PORT)),
        tls_port=_port("LIVECHAT_HUB_TLS_PORT", environ.get("LIVECHAT_HUB_TLS_PORT") or str(TLS_PORT), least=0),
        files_host=environ.get("LIVECHAT_FILES_HOST") or "0.0.0.0",
        files_port=_port("LIVECHAT_FILES_PORT", environ.get("LIVECHAT_FILES_PORT") or str(FILES_PORT)),
        control=environ.get("LIVECHAT_CONTROL_LISTEN") or CONTROL,
        advertise=environ.get("LIVECHAT_FILES_ADVERTISE") or "",
        share=(ROOT / _folder(environ.get("LIVECHAT_SHARE") or "files")).absolute(),
    )


def faults(environ: Mapping[str, str], *, containers: bool) -> list[str]:
    """A sentence for each setting that only compose and make read and that cannot be used."""
    share = environ.get("LIVECHAT_SHARE") or "files"
    path = ROOT / _folder(share)
    try:
        fits = share.isprintable() and (path.is_dir() or not path.exists())
    except OSError:
        fits = False
    found = [] if fits else [f"LIVECHAT_SHARE: {share!r} must be a folder"]
    return [*found, *(_container_faults(environ) if containers else [])]


def _container_faults(environ: Mapping[str, str]) -> list[str]:
    hosts = ("LIVECHAT_HUB_HOST", "LIVECHAT_FILES_HOST")
    bounds = ("LIVECHAT_HUB_MEMORY", "LIVECHAT_FILES_MEMORY", "LIVECHAT_CLIENT_MEMORY")
    rules: list[tuple[str, Callable[[str], bool], str]]
    rules = [(name, is_address, "must be an IPv4 or IPv6 address of this machine") for name in hosts]
    rules += [(name, _is_memory, "must be bytes with a unit, for example 1g") for name in bounds]
    return [
        f"{name}: {environ[name]!r} {must}"
        for name, fits, must in rules
        if environ.get(name) and not fits(environ[name])
    ]


def _is_memory(value: str) -> bool:
    return _MEMORY.fullmatch(value) is not None


def make_share(share: Path) -> None:
    """Make the folder that is offered, where it is not there. Raises Trouble."""
    try:
        share.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(f"LIVECHAT_SHARE: the folder {share} cannot be made: {error.strerror}.") from error


def is_address(host: str) -> bool:
    """Whether it is an address and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def everywhere(host: str) -> bool:
    """Whether binding `host` means every address of the machine."""
    return host in _EVERYWHERE


def this_machine_only(host: str) -> bool:
    """Whether nobody else can connect to what is bound to `host`."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def _folder(value: str) -> Path:
    try:
        return Path(value).expanduser()
    except RuntimeError as error:  # nobody has that name
        raise Trouble(f"LIVECHAT_SHARE: {value!r} must be a folder.") from error


def _port(name: str, value: str, *, least: int = 1) -> int:
    if not (value.isascii() and value.isdigit() and least <= int(value) <= 65535):
        raise Trouble(f"{name}: {value!r} must be a whole number from {least} to 65535.")
    return int(value)
