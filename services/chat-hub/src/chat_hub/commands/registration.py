"""PASS, NICK and USER: who somebody is, and the welcome (Modern IRC, "Connection Registration")."""

import hmac

from livechat.irc import numerics
from livechat.irc.names import nick_fault

from chat_hub import caps, limits
from chat_hub.commands.information import send_lusers, send_motd
from chat_hub.commands.membership import send_own_joins
from chat_hub.commands.metadata import own_values
from chat_hub.commands.table import Command
from chat_hub.flood import FloodBucket
from chat_hub.isupport import isupport_lines
from chat_hub.modestring import KNOWN, takes_parameter
from chat_hub.playback import deliver_mailbox
from chat_hub.replies import FailedError, RefusedError, Request
from chat_hub.session import Session
from chat_hub.version import VERSION

USER_MODES = "Biow"
CHANNEL_MODES = "".join(sorted(KNOWN))
PARAMETER_MODES = "".join(sorted(letter for letter in KNOWN if takes_parameter(letter, on=True)))

_ACCOUNT_REQUIRED = "This server takes only people with an account: log in, or make one with REGISTER"


def handle_pass(request: Request) -> None:
    """PASS <password>: checked when registration completes."""
    _only_before(request)
    request.session.password = request.params[0]


def handle_nick(request: Request) -> None:
    """NICK <nickname>."""
    nick = request.param(0)
    if nick is None:
        raise RefusedError(numerics.ERR_NONICKNAMEGIVEN, text="No nickname given")
    session, hub = request.session, request.hub
    if (fault := nick_fault(nick)) is not None:
        raise RefusedError(numerics.ERR_ERRONEUSNICKNAME, nick, text=fault)
    if nick == session.nick:
        session.wanted_nick = None
        return
    if not session.registered:
        _first_nick(request, nick)
        try_register(request)
        return
    _no_way_round_a_ban(request, nick)
    _pay_for_change(request, nick)
    # The event carries the prefix from before the change.
    event = hub.event(session, "NICK", text=nick, now=request.now)
    before = session.shown_nick
    _take_nick(request, nick)
    hub.attendance.renamed(session, before, request.now)
    hub.history.event_everywhere(session, event)
    hub.send_all(hub.peers(session), event)
    request.event(event)
    for sibling in list(session.siblings):
        hub.moderation.check(sibling, request.now)


def _no_way_round_a_ban(request: Request, nick: str) -> None:
    """Who is silenced in a channel keeps the nick that the ban may be for (435)."""
    for channel in request.session.channels.values():
        if channel.is_silenced(request.session):
            text = "You cannot change your nick while you are banned or muted there"
            raise RefusedError(numerics.ERR_BANONCHAN, nick, channel.name, text=text)


def _pay_for_change(request: Request, nick: str) -> None:
    """Changes of nick go to everybody in all channels: some in a minute, then 438."""
    session, most = request.session, request.hub.settings.bounds.nick_changes
    if not most or session.operator:
        return
    if session.nick_changes is None:
        session.nick_changes = FloodBucket(burst=most, rate=most / 60, now_s=request.now.mono)
    if not session.nick_changes.allows(request.now.mono):
        text = "You change your nick too often, please wait a few seconds"
        raise RefusedError(numerics.ERR_NICKTOOFAST, nick, text=text)
    session.nick_changes.charge(1)


def _first_nick(request: Request, nick: str) -> None:
    """Take the nick, or keep in mind one that a login may still open: clients send NICK before they log in."""
    session, hub = request.session, request.hub
    holder = hub.find(nick)
    may_open = not hub.accounts.may_use(session, nick) or (holder is not None and holder.account is not None)
    if session.negotiating and may_open and not hub.is_service(nick):
        session.wanted_nick = nick
    else:
        _take_nick(request, nick)
        session.wanted_nick = None


def _take_nick(request: Request, nick: str) -> None:
    """Give the session `nick`; 433 when somebody has it or it belongs to an account."""
    session, hub = request.session, request.hub
    if not hub.accounts.may_use(session, nick):
        text = "This nickname belongs to an account: log in to use it"
        raise RefusedError(numerics.ERR_NICKNAMEINUSE, nick, text=text)
    if not hub.take_nick(session, nick):
        raise RefusedError(numerics.ERR_NICKNAMEINUSE, nick, text="Nickname is already in use")


def handle_user(request: Request) -> None:
    """USER <username> 0 * <realname>."""
    _only_before(request)
    request.session.person.introduce(request.params[0], request.params[3])
    try_register(request)


def try_register(request: Request) -> None:
    """Complete registration when nothing is missing, and welcome the session; close it on a wrong password."""
    session, hub = request.session, request.hub
    has_nick = session.nick is not None or session.wanted_nick is not None
    if session.registered or session.negotiating or not has_nick or session.user is None:
        return
    if session.login is not None and session.login.end():
        # "If the client completes registration … the SASL authentication MUST be aborted" (SASL 3.1)
        request.numeric(numerics.ERR_SASLABORTED, text="SASL authentication aborted")
    password = hub.settings.server_password
    if password and not same_secret(session.password or "", password):
        request.numeric(numerics.ERR_PASSWDMISMATCH, text="Password incorrect")
        request.finish()
        hub.close(session, "Bad password", request.now)
        return
    if hub.settings.require_account and session.account is None:
        request.fail("*", FailedError("ACCOUNT_REQUIRED", text=_ACCOUNT_REQUIRED))
        request.finish()
        hub.close(session, _ACCOUNT_REQUIRED, request.now)
        return
    if _ends_banned(request):
        return
    lead = _settle_nick(request)
    if _ends_banned(request):  # now that the nick is known
        return
    session.password = None
    session.last_spoke = request.now
    if lead is None:
        hub.census.add(session)
        hub.attendance.came(session, request.now)
        _welcome(request)
    else:
        _welcome(request)
        send_own_joins(request)
    deliver_mailbox(hub, session, request.now)
    if session.has(caps.METADATA):
        own_values(request)  # "This batch MUST be sent to clients on connection"


def _ends_banned(request: Request) -> bool:
    """Close the session when a K-line means it (465); whether one does."""
    banned = request.hub.moderation.refusal(request.session, request.now)
    if banned is None:
        return False
    request.numeric(numerics.ERR_YOUREBANNEDCREEP, text=banned)
    request.finish()
    request.hub.close(request.session, banned, request.now)
    return True


def _settle_nick(request: Request) -> Session | None:
    """Take the nick that was kept in mind, or join the person who has it, whose leading session comes back."""
    session, lead = request.session, _person_to_join(request)
    if lead is not None:
        request.hub.attach(session, lead, request.now)
    elif session.wanted_nick is not None:
        nick, session.wanted_nick = session.wanted_nick, None
        _take_nick(request, nick)
    return lead


def _person_to_join(request: Request) -> Session | None:
    """Who has the nick that the session wants already, when both are logged in to one account."""
    session = request.session
    if session.wanted_nick is None or session.account is None:
        return None
    holder = request.hub.find(session.wanted_nick)
    return holder if holder is not None and holder.account == session.account else None


def same_secret(given: str, wanted: str) -> bool:
    """Compare without telling by the time how much was right."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def _only_before(request: Request) -> None:
    if request.session.registered:
        raise RefusedError(numerics.ERR_ALREADYREGISTERED, text="You may not reregister")


def _welcome(request: Request) -> None:
    session, hub = request.session, request.hub
    server, network = hub.settings.server_name, hub.settings.network_name
    started = hub.started_text
    request.numeric(numerics.RPL_WELCOME, text=f"Welcome to {network}, {session.nick}")
    request.numeric(numerics.RPL_YOURHOST, text=f"Your host is {server}, running {VERSION}")
    request.numeric(numerics.RPL_CREATED, text=f"This server was started {started}")
    request.numeric(numerics.RPL_MYINFO, server, VERSION, USER_MODES, CHANNEL_MODES, PARAMETER_MODES)
    for tokens in isupport_lines(hub.settings):
        request.numeric(numerics.RPL_ISUPPORT, *tokens, text="are supported by this server")
    send_lusers(request)
    send_motd(request)


COMMANDS = (
    Command("PASS", handle_pass, arity=1, before_registration=True, cost=limits.DEAR),
    Command("NICK", handle_nick, before_registration=True, cost=limits.DEAR),
    Command("USER", handle_user, arity=4, before_registration=True),
)
