"""WHO, with the fields of WHOX (IRCv3 whox)."""

from collections.abc import Iterator

from livechat.irc import numerics
from livechat.irc.casemap import fold
from livechat.irc.names import is_channel

from chat_hub import caps, limits
from chat_hub.channel import Channel
from chat_hub.commands.table import Command
from chat_hub.masks import glob
from chat_hub.outgoing import encode
from chat_hub.replies import Request
from chat_hub.session import Session
from chat_hub.text import clip

BOT_FLAG = "B"
_HIDDEN_ADDRESS = "255.255.255.255"  # whox: "when the server refuses to disclose the IP address"
_TOKEN_CHARS = 3


def handle_who(request: Request) -> None:
    """WHO <mask> [o][%<fields>[,<token>]]: a channel's members, or the people whom a mask means."""
    mask = request.param(0) or "*"
    flags, percent, fields = (request.param(1) or "").partition("%")
    only_operators = "o" in flags.lower()
    for shared, person in _found(request, mask):
        if only_operators and not person.operator:
            continue
        if percent:
            _extended_reply(request, shared, person, fields)
        else:
            _plain_reply(request, shared, person)
    request.numeric(numerics.RPL_ENDOFWHO, mask, text="End of WHO list")


def _found(request: Request, mask: str) -> Iterator[tuple[Channel | None, Session]]:
    channel = request.hub.channel(mask) if is_channel(mask) else None
    if channel is not None:
        if channel.visible_to(request.session):
            yield from ((channel, member) for member in channel.visible_members(request.session))
    elif (exact := request.hub.find(mask)) is not None:
        yield _shared_channel(request, exact), exact
    elif not is_channel(mask) and len(mask.encode()) <= limits.MASK_BYTES:
        # Everybody is looked at: who asks among thousands pays for it.
        request.session.charge(len(request.hub.by_nick) / limits.PEOPLE_PER_CREDIT)
        yield from _matching(request, "*" if mask == "0" else fold(mask))


def _matching(request: Request, mask: str) -> Iterator[tuple[Channel | None, Session]]:
    """People by mask: the invisible only to those who share a channel."""
    hub, session, count = request.hub, request.session, 0
    for folded, person in hub.by_nick.items():
        if count >= limits.WHO_REPLIES:
            return
        if not person.registered or not _is_meant(mask, folded, person):
            continue
        shared = _shared_channel(request, person)
        mine = person.person is session.person
        if mine or not person.invisible or shared is not None or session.operator:
            count += 1
            yield shared, person


def _is_meant(mask: str, folded: str, person: Session) -> bool:
    """A mask with `!` or `@` is of `nick!user@host`; others of a nick, user name, host or realname."""
    if "!" in mask or "@" in mask:
        return glob(mask, person.prefix.casefold())
    others = (person.user or "", person.host, person.realname)
    return glob(mask, folded) or any(glob(mask, text.casefold()) for text in others)


def _shared_channel(request: Request, person: Session) -> Channel | None:
    mine = request.session.channels
    return next((channel for name, channel in person.channels.items() if name in mine), None)


def _flags(request: Request, channel: Channel | None, person: Session) -> str:
    flags = ("H" if person.away is None else "G") + "*" * person.operator
    if channel is not None:
        flags += channel.prefixes(person, every=request.session.has(caps.MULTI_PREFIX))
    return flags + BOT_FLAG * person.bot


def _plain_reply(request: Request, channel: Channel | None, person: Session) -> None:
    """352 <channel> <user> <host> <server> <nick> <flags> :<hopcount> <realname>."""
    request.numeric(
        numerics.RPL_WHOREPLY,
        channel.name if channel is not None else "*",
        person.user or "*",
        person.host,
        request.hub.settings.server_name,
        person.shown_nick,
        _flags(request, channel, person),
        text=f"0 {person.realname}",
    )


def _extended_reply(request: Request, channel: Channel | None, person: Session, asked: str) -> None:
    """354 with exactly the fields that were asked for, in the order of the specification.

    Beside the standard ones there are `d` (hops, always 0) and `o` (rank as a number, always `n/a`), which
    clients have asked for since before the specification.
    """
    letters, _, token = asked.partition(",")
    fits = token.isascii() and token.isdigit() and len(token) <= _TOKEN_CHARS
    session, hub = request.session, request.hub
    knows_address = session.operator or person.person is session.person
    values = {
        "t": token if fits else "0",
        "c": channel.name if channel is not None else "*",
        "u": person.user or "*",
        "i": as_parameter(person.address) if knows_address else _HIDDEN_ADDRESS,
        "h": person.host,
        "s": hub.settings.server_name,
        "n": person.shown_nick,
        "f": _flags(request, channel, person),
        "d": "0",
        "l": str(int(request.now.mono - person.last_spoke.mono)),
        "a": person.account or "0",
        "o": "n/a",
    }
    words = [clip(value, limits.ECHOED_BYTES) for letter, value in values.items() if letter in letters]
    realname = person.realname if "r" in letters else None
    request.add(
        encode(hub.settings.server_name, numerics.RPL_WHOSPCRPL, [session.shown_nick, *words], realname)
    )


def as_parameter(address: str) -> str:
    """An IPv6 address that starts with a colon gets a zero in front, as IRC servers have always done."""
    return f"0{address}" if address.startswith(":") else address


COMMANDS = (Command("WHO", handle_who, cost=limits.QUERY),)
