"""Hosts that operators give: what one may look like, and what others see of the change (IRCv3 chghost)."""

from typing import TYPE_CHECKING

from livechat.irc import numerics

from chat_hub import caps, limits
from chat_hub.channel import Channel
from chat_hub.outgoing import Line
from chat_hub.ranks import RANK_BITS
from chat_hub.replies import Request
from chat_hub.session import Session

if TYPE_CHECKING:
    from chat_hub.hub import Hub

_SIGNS = frozenset("-._/")


def host_fault(host: str) -> str | None:
    """Why `host` cannot be shown, as a sentence; None when it can."""
    if not host or len(host) > limits.HOST_CHARS:
        return f"A host has 1 to {limits.HOST_CHARS} characters"
    if not host.isascii() or not all(char.isalnum() or char in _SIGNS for char in host) or host[0] in _SIGNS:
        return "A host has letters, digits and -._/ and starts with a letter or digit"
    return None


def change_host(hub: "Hub", target: Session, host: str, request: Request) -> None:
    """Show `host` for the person of `target` and tell everybody who sees them, each in the way they know.

    chghost: "servers MUST send the `CHGHOST` message to other clients who share channels with the target client
    and who have enabled the `chghost` capability"; others see the person leave and come back.
    """
    now = request.now
    changed = hub.event(target, "CHGHOST", target.user or "*", host, now=now)
    quit_ = hub.event(target, "QUIT", text="Changing host", now=now)
    target.person.set_host(host)
    others = {peer: None for peer in hub.peers(target) if peer.person is not target.person}
    hub.tell_peers(target, caps.CHGHOST, changed)
    unaware = [peer for peer in others if not peer.has(caps.CHGHOST)]
    if unaware:
        hub.send_all(unaware, quit_)
        for channel in target.channels.values():
            _come_back(hub, target, channel, request)
    if target.has(caps.CHGHOST):
        _to_itself(hub, target, changed, request)
    shown = hub.line(
        hub.settings.server_name,
        numerics.RPL_VISIBLEHOST,
        target.shown_nick,
        host,
        text="is your host now",
        now=now,
    )
    for sibling in target.siblings:
        _to_itself(hub, sibling, shown, request)


def _come_back(hub: "Hub", target: Session, channel: Channel, request: Request) -> None:
    now = request.now
    unaware = [member for member in channel.members if not member.has(caps.CHGHOST)]
    unaware = [member for member in unaware if member.person is not target.person]
    plain = hub.event(target, "JOIN", channel.name, now=now)
    words = channel.name, target.account or "*"
    extended = plain.with_body(target.prefix, "JOIN", words, target.realname)
    for bits, line in ((0, plain), (caps.EXTENDED_JOIN, extended)):
        hub.send_all([m for m in unaware if m.caps & caps.EXTENDED_JOIN == bits], line)
    rank = channel.members[target]
    letters = "".join(letter for letter, bit in RANK_BITS.items() if rank & bit)
    if letters:
        nicks = [target.shown_nick] * len(letters)
        mode = hub.line(hub.settings.server_name, "MODE", channel.name, f"+{letters}", *nicks, now=now)
        hub.send_all(unaware, mode)


def _to_itself(hub: "Hub", session: Session, line: Line, request: Request) -> None:
    """A session's own copy: part of the answer for whoever asked, so that it comes in order."""
    if session is request.session:
        request.event(line)
    else:
        hub.send(session, line)
