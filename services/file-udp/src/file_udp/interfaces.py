"""The addresses of this machine's or container's own interfaces, to be offered to clients as candidates.

Only asking the system lives here. Few and useful ones: the addresses towards elsewhere where there is a route
there, so that a network without a way out (a container's control network) is not told to anybody; else, on a
network without a router, those of the interfaces. No loopback, no link-local addresses, no bridges of container
engines, which no other machine can reach.
"""

import ipaddress
import socket
import struct
import sys
from pathlib import Path

MAX_ADDRESSES = 4
_BRIDGES = ("lo", "docker", "br-", "veth", "virbr", "cni", "podman")
_SIOCGIFADDR = 0x8915
_IF_INET6 = Path("/proc/net/if_inet6")
_ELSEWHERE = (
    (socket.AF_INET, "192.0.2.1"),
    (socket.AF_INET6, "2001:db8::1"),
)  # RFC 5737, RFC 3849: never sent to

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def own_addresses(bound_host: str) -> tuple[str, ...]:
    """Addresses at which a socket bound to the address `bound_host` is reached, likeliest first; IPv6 in [].

    None when it is bound to loopback only, that one address when it is bound to one.
    """
    bound = ipaddress.ip_address(bound_host)
    if not bound.is_unspecified:
        return () if bound.is_loopback else (_written(bound),)
    families = (4,) if bound.version == 4 else (4, 6)
    for found in (_by_route(), _by_interface()):
        fit = [one for one in dict.fromkeys(found) if one.version in families and _useful(one)]
        if fit:
            return tuple(_written(one) for one in fit[:MAX_ADDRESSES])
    return ()


def _useful(address: _Address) -> bool:
    return not (address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast)


def _written(address: _Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


def _by_route() -> list[_Address]:
    """The addresses that the system would use towards elsewhere; nothing is sent to find out."""
    found = []
    for family, elsewhere in _ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                found.append(ipaddress.ip_address(probe.getsockname()[0]))
        except OSError:
            continue  # no route: no address of this family to offer from here
    return found


def _by_interface() -> list[_Address]:
    """The first IPv4 address of each interface and the global IPv6 ones; Linux only, nothing elsewhere."""
    if not sys.platform.startswith("linux"):
        return []
    names = [name for _, name in socket.if_nameindex() if not name.startswith(_BRIDGES)]
    return [one for name in names for one in _ipv4_of(name)] + _global_ipv6(names)


def _ipv4_of(name: str) -> list[_Address]:
    import fcntl  # noqa: PLC0415  # not there on Windows

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            answer = fcntl.ioctl(probe, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
        except OSError:
            return []  # the interface has none
    return [ipaddress.IPv4Address(answer[20:24])]


def _global_ipv6(names: list[str]) -> list[_Address]:
    """Columns of the file: address, index, prefix length, scope (00 = global), flags, name."""
    try:
        lines = _IF_INET6.read_text("ascii").splitlines()
    except OSError:
        return []  # no IPv6
    rows = [line.split() for line in lines]
    return [
        ipaddress.IPv6Address(int(row[0], 16))
        for row in rows
        if len(row) == 6 and row[3] == "00" and row[5] in names
    ]
