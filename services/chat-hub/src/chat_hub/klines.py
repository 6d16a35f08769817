"""K-lines: who may not use this server, by address, network, mask or account, for a time or for good; pure.

A line is one of
- an address or a network: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`;
- an account: `a:name` (wildcards are fine);
- a mask `nick!user@host`, compared with the shown host, the cloak and the real address.

Keeping them over restarts is the store's business (`moderation`), ending connections the hub's.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from livechat.irc.casemap import fold

from chat_hub import limits
from chat_hub.masks import ACCOUNT, Mask, Subject, parse_mask, real_subject_of
from chat_hub.session import Session

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_UNITS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:[0-9]{1,9}[ywdhms]){1,6}|[0-9]{1,9}")
_PART = re.compile(r"([0-9]+)([ywdhms])")
_LEAST_PREFIX = {4: 8, 6: 16}  # a shorter one would be most of the world


@dataclass(frozen=True, slots=True)
class KLine:
    """One line: its canonical `text`, why, by whom, since when and until when (Unix seconds; 0 is for good)."""

    text: str
    reason: str
    setter: str
    set_at: int
    expires_at: int

    def is_over(self, unix_s: float) -> bool:
        """Whether its time is over."""
        return bool(self.expires_at) and self.expires_at <= unix_s


class KLines:
    """The lines in force."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[KLine, Network | Mask]] = {}

    def __len__(self) -> int:
        """How many there are, with those whose time is over since the last tick."""
        return len(self._lines)

    def add(self, line: KLine) -> None:
        """Put `line` in force; one with the same text is replaced."""
        target = parse_target(line.text)
        if target is not None:
            self._lines[line.text] = line, target[1]

    def remove(self, text: str) -> KLine | None:
        """Lift the line with this text; None when there is none."""
        gone = self._lines.pop(text, None)
        return gone[0] if gone is not None else None

    def find(self, text: str) -> KLine | None:
        """The line with this text."""
        found = self._lines.get(text)
        return found[0] if found is not None else None

    def all(self, unix_s: float) -> Iterator[KLine]:
        """The lines in force, oldest first."""
        return (line for line, _ in self._lines.values() if not line.is_over(unix_s))

    def expire(self, unix_s: float) -> list[KLine]:
        """Take out the lines whose time is over."""
        over = [line for line, _ in self._lines.values() if line.is_over(unix_s)]
        for line in over:
            del self._lines[line.text]
        return over

    def match(self, session: Session, unix_s: float) -> KLine | None:
        """The first line that means `session`."""
        if not self._lines:
            return None
        subject, address = real_subject_of(session), _address(session.address)
        for line, target in self._lines.values():
            if not line.is_over(unix_s) and _means(target, subject, address):
                return line
        return None

    def matches(self, text: str, session: Session) -> bool:
        """Whether a line with this text would mean `session`."""
        target = parse_target(text)
        return target is not None and _means(target[1], real_subject_of(session), _address(session.address))


def parse_target(given: str) -> tuple[str, Network | Mask] | None:
    """The canonical text of what a line is to mean, and how it is compared; None when it means nothing."""
    try:
        network = ipaddress.ip_network(given, strict=False)
    except ValueError:
        mask = parse_mask(given)
        if mask is None or mask.mutes:
            return None
        return fold(mask.text), mask
    return str(network) if "/" in given else str(network.network_address), network


def is_too_wide(given: str) -> bool:
    """Whether a line would mean almost everybody: a short prefix, or a mask with hardly anything in it."""
    target = parse_target(given)
    if target is None:
        return False
    if not isinstance(target[1], Mask):
        return target[1].prefixlen < _LEAST_PREFIX[target[1].version]
    return not re.sub(r"[*?!@.:]", "", target[0].removeprefix(ACCOUNT))


def parse_duration(text: str) -> int | None:
    """Seconds in `1d12h`, `30m` or a bare number of minutes (as KLINE has always taken it); None for others.

    0 is for good; longer than `KLINE_SECONDS` is for good too.
    """
    if _DURATION.fullmatch(text) is None:
        return None
    if text.isdigit():
        seconds = int(text) * 60
    else:
        seconds = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text))
    return seconds if seconds <= limits.KLINE_SECONDS else 0


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None  # a test or a socket without addresses


def _means(
    target: Network | Mask, subject: Subject, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None
) -> bool:
    if isinstance(target, Mask):
        return target.matches(subject)
    return address is not None and address.version == target.version and address in target
