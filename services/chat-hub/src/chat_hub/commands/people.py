"""WHOIS, WHOWAS, USERHOST and ISON: asking for people by their nicks."""

from itertools import islice

from livechat.irc import numerics
from livechat.irc.lines import MAX_LINE_BYTES

from chat_hub import caps, limits
from chat_hub.clock import server_time
from chat_hub.commands.table import Command
from chat_hub.commands.who import as_parameter
from chat_hub.replies import Request
from chat_hub.session import Session
from chat_hub.text import pack

_USERHOST_NICKS = 5  # RFC 1459 section 5.7
_WHOIS_ROOM_BYTES = MAX_LINE_BYTES - len(":  319   :\r\n")


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


def handle_whowas(request: Request) -> None:
    """WHOWAS <nick> [<count>]: those who had the nick, the latest first."""
    nick = request.params[0].partition(",")[0]
    most = limits.WHOWAS_REPLIES
    asked = request.param(1) or ""
    if asked.isascii() and asked.isdigit() and 0 < int(asked[:6]) < most:
        most = int(asked[:6])
    found = list(islice(request.hub.attendance.whowas.of(nick), most))
    if not found:
        request.numeric(numerics.ERR_WASNOSUCHNICK, nick, text="There was no such nickname")
    server = request.hub.settings.server_name
    for departed in found:
        request.numeric(
            numerics.RPL_WHOWASUSER, departed.nick, departed.user, departed.host, "*", text=departed.realname
        )
        if departed.account is not None:
            request.numeric(numerics.RPL_WHOISACCOUNT, departed.nick, departed.account, text="was logged in as")
        if request.session.operator:
            request.numeric(
                numerics.RPL_WHOISACTUALLY,
                departed.nick,
                as_parameter(departed.address),
                text="was connecting from this address",
            )
        left_at = server_time(departed.left_at)
        request.numeric(numerics.RPL_WHOISSERVER, departed.nick, server, text=left_at)
    request.numeric(numerics.RPL_ENDOFWHOWAS, nick, text="End of WHOWAS")


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
    if person.account is not None:
        request.numeric(numerics.RPL_WHOISACCOUNT, nick, person.account, text="is logged in as")
    if person.bot:
        request.numeric(numerics.RPL_WHOISBOT, nick, text=f"is a bot on {hub.settings.network_name}")
    if person.operator:
        request.numeric(numerics.RPL_WHOISOPERATOR, nick, text="is an IRC operator")
    if all(sibling.secure for sibling in person.siblings):
        request.numeric(numerics.RPL_WHOISSECURE, nick, text="is using a secure connection")
    if asker.operator or asker.person is person.person:
        request.numeric(numerics.RPL_WHOISMODES, nick, text=f"is using modes +{person.person.mode_letters()}")
        # The addresses of all sessions are nobody else's business: others see the cloak.
        for address in dict.fromkeys(sibling.address for sibling in person.siblings):
            text = "is connecting from this address"
            request.numeric(numerics.RPL_WHOISACTUALLY, nick, as_parameter(address), text=text)
        for certfp in dict.fromkeys(
            sibling.certfp for sibling in person.siblings if sibling.certfp is not None
        ):
            text = f"has client certificate fingerprint {certfp}"
            request.numeric(numerics.RPL_WHOISCERTFP, nick, text=text)
    idle = int(request.now.mono - max(sibling.last_spoke.mono for sibling in person.siblings))
    signed_on = int(min(sibling.connected.unix for sibling in person.siblings))
    request.numeric(numerics.RPL_WHOISIDLE, nick, str(idle), str(signed_on), text="seconds idle, signon time")


def _whois_service(request: Request) -> None:
    hub = request.hub
    server, nick = hub.settings.server_name, hub.files.nick
    request.numeric(numerics.RPL_WHOISUSER, nick, nick, server, "*", text="Files to download")
    request.numeric(numerics.RPL_WHOISSERVER, nick, server, text=hub.settings.network_name)
    request.numeric(numerics.RPL_WHOISSPECIAL, nick, text=f"is a service of this server: /msg {nick} help")
    request.numeric(numerics.RPL_ENDOFWHOIS, nick, text="End of /WHOIS list")


COMMANDS = (
    Command("WHOIS", handle_whois, arity=1),
    Command("WHOWAS", handle_whowas, arity=1, cost=limits.DEAR),
    Command("USERHOST", handle_userhost, arity=1),
    Command("ISON", handle_ison, arity=1),
)
