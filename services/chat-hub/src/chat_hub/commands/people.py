"""WHO, WHOIS, USERHOST and ISON: asking for people."""

from collections.abc import Iterator

from livechat.irc import numerics
from livechat.irc.casemap import fold
from livechat.irc.lines import MAX_LINE_BYTES
from livechat.irc.names import is_channel

from chat_hub import caps, limits
from chat_hub.channel import Channel
from chat_hub.commands.table import Command
from chat_hub.replies import Request
from chat_hub.session import Session
from chat_hub.text import mask_pattern, pack

_USERHOST_NICKS = 5  # RFC 1459 section 5.7
_WHOIS_ROOM_BYTES = MAX_LINE_BYTES - len(":  319   :\r\n")


def handle_who(request: Request) -> None:
    """WHO <mask> [o]: a channel's members, or the people whose nick matches."""
    mask = request.param(0) or "*"
    only_operators = (request.param(1) or "").lower() == "o"
    channel = request.hub.channel(mask) if is_channel(mask) else None
    found: Iterator[tuple[Channel | None, Session]]
    if channel is not None and channel.visible_to(request.session):
        found = ((channel, member) for member in channel.visible_members(request.session))
    else:
        found = _matching(request, mask)
    for shared, person in found:
        if person.operator or not only_operators:
            _who_reply(request, shared, person)
    request.numeric(numerics.RPL_ENDOFWHO, mask, text="End of WHO list")


def handle_whois(request: Request) -> None:
    """WHOIS [<server>] <nick>."""
    nick = request.params[-1].partition(",")[0]
    if request.hub.is_service(nick):
        _whois_service(request)
        return
    person = request.hub.find(nick)
    if person is None:
        request.numeric(numerics.ERR_NOSUCHNICK, nick, text="No such nick")
    else:
        _whois_person(request, person)
    request.numeric(numerics.RPL_ENDOFWHOIS, nick, text="End of /WHOIS list")


def handle_userhost(request: Request) -> None:
    """USERHOST <nick> [<nick>…]."""
    words = []
    for nick in request.params[:_USERHOST_NICKS]:
        person = request.hub.find(nick)
        if person is not None:
            star, away = "*" * person.operator, "-" if person.away is not None else "+"
            words.append(f"{person.nick}{star}={away}{person.user}@{person.host}")
    request.numeric(numerics.RPL_USERHOST, text=" ".join(words))


def handle_ison(request: Request) -> None:
    """ISON <nick> [<nick>…]."""
    asked = " ".join(request.params).split()[: limits.NAMES_PER_QUERY]
    here = []
    for nick in asked:
        person = request.hub.find(nick)
        if person is not None:
            here.append(person.shown_nick)
        elif request.hub.is_service(nick):
            here.append(request.hub.files.nick)
    request.numeric(numerics.RPL_ISON, text=" ".join(here))


def _matching(request: Request, mask: str) -> Iterator[tuple[Channel | None, Session]]:
    """People by nick mask: the invisible only to those who share a channel with them."""
    hub, session = request.hub, request.session
    exact = hub.find(mask)
    if exact is not None:
        yield _shared_channel(request, exact), exact
        return
    if is_channel(mask):
        return
    pattern, count = mask_pattern(fold(mask)), 0
    for folded, person in hub.by_nick.items():
        if count >= limits.WHO_REPLIES:
            return
        if not person.registered or pattern.fullmatch(folded) is None:
            continue
        shared = _shared_channel(request, person)
        if person.person is session.person or not person.invisible or shared is not None or session.operator:
            count += 1
            yield shared, person


def _shared_channel(request: Request, person: Session) -> Channel | None:
    mine = request.session.channels
    return next((channel for name, channel in person.channels.items() if name in mine), None)


def _who_reply(request: Request, channel: Channel | None, person: Session) -> None:
    """352 <channel> <user> <host> <server> <nick> <flags> :<hopcount> <realname>."""
    flags = ("H" if person.away is None else "G") + "*" * person.operator
    if channel is not None:
        flags += channel.prefixes(person, every=request.session.has(caps.MULTI_PREFIX))
    request.numeric(
        numerics.RPL_WHOREPLY,
        channel.name if channel is not None else "*",
        person.user or "*",
        person.host,
        request.hub.settings.server_name,
        person.shown_nick,
        flags,
        text=f"0 {person.realname}",
    )


def _whois_person(request: Request, person: Session) -> None:
    hub, asker = request.hub, request.session
    nick = person.shown_nick
    request.numeric(numerics.RPL_WHOISUSER, nick, person.user or "*", person.host, "*", text=person.realname)
    channels = [
        channel.prefixes(person, every=asker.has(caps.MULTI_PREFIX)) + channel.name
        for channel in person.channels.values()
        if channel.visible_to(asker)
        and (not person.invisible or person.person is asker.person or asker in channel.members)
    ]
    names = (hub.settings.server_name, asker.shown_nick, nick)
    room = _WHOIS_ROOM_BYTES - sum(len(name.encode()) for name in names)
    for line in pack(channels, room):
        request.numeric(numerics.RPL_WHOISCHANNELS, nick, text=line)
    request.numeric(numerics.RPL_WHOISSERVER, nick, hub.settings.server_name, text=hub.settings.network_name)
    if person.away is not None:
        request.numeric(numerics.RPL_AWAY, nick, text=person.away)
    if person.operator:
        request.numeric(numerics.RPL_WHOISOPERATOR, nick, text="is an IRC operator")
    if all(sibling.secure for sibling in person.siblings):
        request.numeric(numerics.RPL_WHOISSECURE, nick, text="is using a secure connection")
    if asker.operator or asker.person is person.person:
        # The address is nobody else's business: others see the cloak.
        request.numeric(
            numerics.RPL_WHOISACTUALLY,
            nick,
            _as_parameter(person.address),
            text="is connecting from this address",
        )
        if person.certfp is not None:
            text = f"has client certificate fingerprint {person.certfp}"
            request.numeric(numerics.RPL_WHOISCERTFP, nick, text=text)
    idle = int(request.now.mono - max(sibling.last_spoke.mono for sibling in person.siblings))
    signed_on = int(min(sibling.connected.unix for sibling in person.siblings))
    request.numeric(numerics.RPL_WHOISIDLE, nick, str(idle), str(signed_on), text="seconds idle, signon time")


def _as_parameter(address: str) -> str:
    """An IPv6 address that starts with a colon gets a zero in front, as IRC servers have always done."""
    return f"0{address}" if address.startswith(":") else address


def _whois_service(request: Request) -> None:
    hub = request.hub
    server, nick = hub.settings.server_name, hub.files.nick
    request.numeric(numerics.RPL_WHOISUSER, nick, nick, server, "*", text="Files to download")
    request.numeric(numerics.RPL_WHOISSERVER, nick, server, text=hub.settings.network_name)
    request.numeric(numerics.RPL_WHOISSPECIAL, nick, text=f"is a service of this server: /msg {nick} help")
    request.numeric(numerics.RPL_ENDOFWHOIS, nick, text="End of /WHOIS list")


COMMANDS = (
    Command("WHO", handle_who, cost=limits.QUERY),
    Command("WHOIS", handle_whois, arity=1),
    Command("USERHOST", handle_userhost, arity=1),
    Command("ISON", handle_ison, arity=1),
)
