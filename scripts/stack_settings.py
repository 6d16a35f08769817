"""The settings that starting and showing a stack needs, with the same defaults as the services."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.console import Trouble
from scripts.paths import ROOT

HUB_PORT = 6667
TLS_PORT = 6697
FILES_PORT = 6969
CONTROL = "127.0.0.1:6970"


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
        share=(ROOT / Path(environ.get("LIVECHAT_SHARE") or "files").expanduser()).absolute(),
    )


def _port(name: str, value: str, *, least: int = 1) -> int:
    if not (value.isascii() and value.isdigit() and least <= int(value) <= 65535):
        raise Trouble(f"{name}: {value!r} must be a whole number from {least} to 65535.")
    return int(value)
