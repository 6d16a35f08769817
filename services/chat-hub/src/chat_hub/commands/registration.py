"""PASS, NICK and USER: who somebody is, and the welcome (Modern IRC, "Connection Registration")."""

import hmac

from livechat.irc import numerics
from livechat.irc.names import nick_fault

from chat_hub import limits
from chat_hub.commands.information import send_lusers, send_motd
from chat_hub.commands.table import Command
from chat_hub.isupport import isupport_lines
from chat_hub.modestring import KNOWN, takes_parameter
from chat_hub.replies import RefusedError, Request
from chat_hub.version import VERSION

USER_MODES = "Biow"
CHANNEL_MODES = "".join(sorted(KNOWN))
PARAMETER_MODES = "".join(sorted(letter for letter in KNOWN if takes_parameter(letter, on=True)))


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
        return
    # The event carries the prefix from before the change.
    event = hub.event(session, "NICK", text=nick, now=request.now) if session.registered else None
    if not hub.take_nick(session, nick):
        raise RefusedError(numerics.ERR_NICKNAMEINUSE, nick, text="Nickname is already in use")
    if event is None:
        try_register(request)
        return
    hub.send_all(hub.peers(session), event)
    request.event(event)


def handle_user(request: Request) -> None:
    """USER <username> 0 * <realname>."""
    _only_before(request)
    request.session.person.introduce(request.params[0], request.params[3])
    try_register(request)


def try_register(request: Request) -> None:
    """Complete registration when nothing is missing, and welcome the session; close it on a wrong password."""
    session, hub = request.session, request.hub
    if session.registered or session.negotiating or session.nick is None or session.user is None:
        return
    password = hub.settings.server_password
    if password and not same_secret(session.password or "", password):
        request.numeric(numerics.ERR_PASSWDMISMATCH, text="Password incorrect")
        request.finish()
        hub.close(session, "Bad password", request.now)
        return
    session.password = None
    session.last_spoke = request.now
    hub.census.add(session)
    _welcome(request)


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
    for tokens in isupport_lines(network):
        request.numeric(numerics.RPL_ISUPPORT, *tokens, text="are supported by this server")
    send_lusers(request)
    send_motd(request)


COMMANDS = (
    Command("PASS", handle_pass, arity=1, before_registration=True, cost=limits.DEAR),
    Command("NICK", handle_nick, before_registration=True, cost=limits.DEAR),
    Command("USER", handle_user, arity=4, before_registration=True),
)
