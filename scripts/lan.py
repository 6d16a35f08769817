"""The address under which other machines reach this one, found without sending anything."""

import ipaddress
import json
import shutil
import socket
import subprocess
from collections.abc import Iterable

# TEST-NET-3 (RFC 5737): nobody is there, and connecting a UDP socket sends nothing anyway
_NOWHERE = ("203.0.113.1", 9)
_VIRTUAL = ("docker", "br-", "veth", "virbr", "lxc", "cni", "flannel")


def lan_address() -> str | None:
    """The IPv4 address of the interface that the default route uses, or else the likeliest other one.

    None when this machine has loopback only.
    """
    return choose(_routed(), [*_interfaces(), *_resolved()])


def choose(routed: str | None, others: Iterable[str]) -> str | None:
    """The first address that other machines can use: `routed`, then private ones, then any."""
    usable = [address for address in ([routed] if routed else []) if _usable(address)]
    rest = [address for address in others if _usable(address)]
    rest.sort(key=lambda address: not ipaddress.ip_address(address).is_private)
    return next(iter([*usable, *rest]), None)


def _usable(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not (parsed.is_loopback or parsed.is_unspecified or parsed.is_multicast or parsed.is_link_local)


def _routed() -> str | None:
    """What the kernel would send from; None without a default route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _interfaces() -> list[str]:
    """Addresses of interfaces that are up and not made by container engines (Linux with iproute2)."""
    if shutil.which("ip") is None:
        return []
    shown = subprocess.run(
        ["ip", "-j", "-4", "addr", "show", "up"], capture_output=True, text=True, check=False
    )
    if shown.returncode != 0:
        return []
    return addresses_of(shown.stdout)


def addresses_of(ip_json: str) -> list[str]:
    """The IPv4 addresses in what `ip -j -4 addr` printed, without those of virtual bridges."""
    return [
        str(info["local"])
        for link in json.loads(ip_json)
        if not str(link.get("ifname", "")).startswith(_VIRTUAL)
        for info in link.get("addr_info", [])
        if "local" in info
    ]


def _resolved() -> list[str]:
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        return []
    return [str(info[4][0]) for info in found]
