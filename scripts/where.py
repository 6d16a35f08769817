"""Where a running stack is found, and what is told of it: the same for containers and processes."""

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.stack_settings import StackSettings, everywhere, this_machine_only


@dataclass(frozen=True)
class Endpoint:
    """An address that is bound on this machine (or every one) and its port."""

    host: str
    port: int


@dataclass(frozen=True)
class Where:
    """What of the stack runs; None for a service that does not."""

    hub: Endpoint | None = None
    files: Endpoint | None = None
    share: str | None = None


def others(host: str, lan: str | None) -> str | None:
    """The address that other machines dial for something bound to `host`; None when they cannot."""
    if this_machine_only(host):
        return None
    return lan if everywhere(host) else host


def near(host: str) -> str:
    """What this machine dials."""
    return "localhost" if everywhere(host) or this_machine_only(host) else host


def status_lines(where: Where, lan: str | None) -> list[str]:
    """The lines of `make status` that say where things are."""
    places = []
    if where.hub is not None:
        server = others(where.hub.host, lan) or f"{near(where.hub.host)} (this machine only)"
        places.append(f"server {server}, port {where.hub.port}")
    if where.files is not None:
        only = " (this machine only)" if this_machine_only(where.files.host) else ""
        places.append(f"files on UDP {where.files.port}{only}")
    lines = [f"address   {'; '.join(places)}"] if places else []
    return [*lines, *([f"share     {where.share}"] if where.share else [])]


def next_steps(settings: StackSettings, lan: str | None, environ: Mapping[str, str]) -> list[str]:
    """What a person needs to know once it runs."""
    port = _chat_ports(settings)
    password = " and the server password" if environ.get("LIVECHAT_SERVER_PASSWORD") else ""
    return [
        "",
        "Social Live Chat is running.",
        f"  For others      {_for_others(settings, lan, password)}",
        f"  On this machine server {near(settings.hub_host)}, port {port}{password}",
        f"  Files           put them into {settings.share}",
        "  Start a client  make client        (any IRC client works too)",
        "  Stop            make down          (make status, make logs)",
        *_firewall(settings),
    ]


def _for_others(settings: StackSettings, lan: str | None, password: str) -> str:
    if this_machine_only(settings.hub_host):
        return f"only this machine can connect (LIVECHAT_HUB_HOST is {settings.hub_host})"
    address = others(settings.hub_host, lan)
    if address is None:
        return "only this machine can connect (it is in no network)"
    return f"server {address}, port {_chat_ports(settings)}{password}"


def _chat_ports(settings: StackSettings) -> str:
    over_tls = f" ({settings.tls_port} with TLS)" if settings.tls_port else ""
    return f"{settings.hub_port}{over_tls}"


def _firewall(settings: StackSettings) -> list[str]:
    ports = [
        f"{word} {port}"
        for word, host, port in (
            ("TCP", settings.hub_host, _chat_ports(settings)),
            ("UDP", settings.files_host, settings.files_port),
        )
        if not this_machine_only(host)
    ]
    return [f"  A firewall here must let in {' and '.join(ports)}."] if ports else []
