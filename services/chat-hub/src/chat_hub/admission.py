"""How many connections there may be, in all and from one address; pure.

Everything that holds a descriptor counts: sessions, and handshakes that are not complete.
"""

from collections import Counter

_IPV6_GROUPS = 4  # a customer gets a /64 or more (RFC 6177), so addresses within one are one customer's


class Admission:
    """Counts connections; a bound of 0 is none."""

    def __init__(self, *, most: int, most_per_address: int) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._by_network: Counter[str] = Counter()
        self.connections = 0

    def enter(self, address: str) -> str | None:
        """Count a connection from `address`; the reason for a person when it is one too many."""
        network = network_of(address)
        self.connections += 1
        self._by_network[network] += 1
        if self._most and self.connections > self._most:
            return "The server is full: try again later"
        if self._most_per_address and self._by_network[network] > self._most_per_address:
            return "Too many connections from your address"
        return None

    def leave(self, address: str) -> None:
        """Count a connection no longer, whether or not it was one too many."""
        network = network_of(address)
        self.connections -= 1
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, the /64 of an IPv6 one."""
    if ":" not in address:
        return address
    head, gap, tail = address.partition("::")
    groups = head.split(":") if head else []
    if gap:
        rest = tail.split(":") if tail else []
        groups += ["0"] * (8 - len(groups) - len(rest)) + rest
    return ":".join(group.lstrip("0") or "0" for group in groups[:_IPV6_GROUPS])
