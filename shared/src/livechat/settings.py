"""Settings come from the environment only, are read once, and all faults are reported together.

`SettingsReader` takes the environment as a mapping, so tests need no process environment. Each reading method
returns the default after noting a fault, which keeps the caller a plain list of lines; `finish()` raises once
with everything that was found. An empty value means unset.
"""

from collections.abc import Mapping
from pathlib import Path

from livechat.errors import SettingsError

MAX_PORT = 65535

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("text", "json")


class SettingsReader:
    """Reads typed settings from `environment` and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._faults: list[str] = []

    def text(self, name: str, default: str) -> str:
        """The value as it stands; control characters and line breaks are a fault."""
        value = self._raw(name)
        if value is None:
            return default
        if not value.isprintable():
            self.fault(name, value, "must not contain control characters")
            return default
        return value

    def integer(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number in `[least, most]`."""
        value = self._raw(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            self.fault(name, value, f"must be a whole number from {least} to {most}")
            return default
        return int(value)

    def port(self, name: str, default: int) -> int:
        """A port from 1 to 65535."""
        return self.integer(name, default, least=1, most=MAX_PORT)

    def switch(self, name: str, default: bool) -> bool:
        """`on` or `off`."""
        return self.choice(name, "on" if default else "off", ("on", "off")) == "on"

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """One of `choices`, in any case."""
        value = self._raw(name)
        if value is None:
            return default
        for choice in choices:
            if value.casefold() == choice.casefold():
                return choice
        self.fault(name, value, f"must be one of {', '.join(choices)}")
        return default

    def path(self, name: str, default: str) -> Path:
        """A path; relative ones are taken from the working directory."""
        return Path(self.text(name, default))

    def optional_path(self, name: str) -> Path | None:
        """A path, None when unset."""
        value = self.text(name, "")
        return Path(value) if value else None

    def words(self, name: str) -> tuple[str, ...]:
        """Words separated by commas or white space; none when unset."""
        return tuple(self.text(name, "").replace(",", " ").split())

    def endpoint(self, name: str, default: str) -> tuple[str, int] | None:
        """`HOST:PORT` (IPv6 in brackets) as a pair, None when neither it nor a default is set."""
        value = self.text(name, default)
        if not value:
            return None
        try:
            return parse_endpoint(value)
        except ValueError as error:
            self.fault(name, value, str(error))
            return None

    def finish(self) -> None:
        """Raise SettingsError with every fault, if there were any."""
        if self._faults:
            raise SettingsError(tuple(self._faults))

    def _raw(self, name: str) -> str | None:
        value = self._environment.get(name, "").strip()
        return value or None

    def fault(self, name: str, value: str, must: str) -> None:
        """Note that setting `name` has a `value` which it must not have; `must` ends the sentence."""
        shown = "its value" if "PASSWORD" in name else repr(value)
        self._faults.append(f"{name}: {shown} {must}")


def parse_endpoint(value: str, default_port: int | None = None) -> tuple[str, int]:
    """Split `HOST:PORT`, `[IPV6]:PORT` or, with `default_port`, a bare host.

    Raises ValueError with a sentence that starts with "must".
    """
    wrong = "must be HOST:PORT" if default_port is None else "must be HOST or HOST:PORT"
    host, colon, port = value.rpartition(":")
    bare_ipv6 = not value.startswith("[") and value.count(":") > 1
    if not colon or value.endswith("]") or bare_ipv6:
        host, port = value, ""
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not port and default_port is not None and host and not value.endswith(":"):
        return host, default_port
    if not host or any(c.isspace() for c in host) or not (port.isascii() and port.isdigit()):
        raise ValueError(wrong)
    if not 1 <= int(port) <= MAX_PORT:
        raise ValueError(f"must have a port from 1 to {MAX_PORT}")
    return host, int(port)
