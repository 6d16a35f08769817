"""OPER, KILL and WALLOPS: the people who look after the server."""

from livechat.irc import numerics

from chat_hub import limits
from chat_hub.commands.registration import same_secret
from chat_hub.commands.table import Command
from chat_hub.replies import RefusedError, Request
from chat_hub.text import clip


def handle_oper(request: Request) -> None:
    """OPER <name> <password>: both compared in constant time; too many wrong ones end the connection.

    Wrong ones count as wrong logins of the address, so that a new connection is no new start.
    """
    session, hub = request.session, request.hub
    settings = hub.settings
    if not settings.oper_name:
        raise RefusedError(numerics.ERR_NOOPERHOST, text="There is no operator on this server")
    wait_s = hub.accounts.guard.wait_s(session.address, request.now.mono)
    if wait_s > 0:
        text = f"Too many wrong passwords from your address, please wait {int(wait_s) + 1} s"
        raise RefusedError(numerics.ERR_PASSWDMISMATCH, text=text)
    name_fits = same_secret(request.params[0], settings.oper_name)
    password_fits = same_secret(request.params[1], settings.oper_password)
    if not (name_fits and password_fits):
        _wrong_password(request)
        return
    session.oper_tries = 0
    hub.census.set_operator(session, on=True)
    hub.audit.note(session, "OPER", session.shown_nick, "is an operator now", request.now)
    request.numeric(numerics.RPL_YOUREOPER, text="You are now an IRC operator")
    event = hub.event(session, "MODE", session.shown_nick, text="+o", now=request.now)
    hub.send_person(session, event, skip=session)
    request.event(event)


def handle_kill(request: Request) -> None:
    """KILL <nick> :<reason>."""
    hub, session = request.hub, request.session
    if hub.is_service(request.params[0]):
        raise RefusedError(numerics.ERR_CANTKILLSERVER, text="You cannot kill a service")
    target = hub.find(request.params[0])
    if target is None:
        raise RefusedError(numerics.ERR_NOSUCHNICK, request.params[0], text="No such nick")
    reason = clip(request.param(1) or "No reason given", limits.REASON_BYTES)
    hub.audit.note(session, "KILL", f"{target.nick} ({target.address})", reason, request.now)
    hub.send_person(target, hub.event(session, "KILL", target.shown_nick, text=reason, now=request.now))
    for sibling in target.siblings:
        hub.files.revoke_all(sibling, request.now)
    hub.close_person(target, f"Killed ({session.nick} ({reason}))", request.now)


def handle_wallops(request: Request) -> None:
    """WALLOPS :<text>: to everybody with user mode +w."""
    hub, session = request.hub, request.session
    text = clip(request.params[0], limits.REASON_BYTES)
    event = hub.event(session, "WALLOPS", text=text, now=request.now)
    hub.send_all((other for other in hub.sessions if other.wallops), event)


def _wrong_password(request: Request) -> None:
    session, hub = request.session, request.hub
    session.oper_tries += 1
    hub.accounts.guard.failed(session.address, request.now.mono)
    hub.report(f"{session.nick} ({session.address}) tried to become an operator with a wrong password")
    request.numeric(numerics.ERR_PASSWDMISMATCH, text="Password incorrect")
    if session.oper_tries >= limits.OPER_TRIES:
        request.finish()
        hub.close(session, "Too many wrong passwords", request.now)


COMMANDS = (
    Command("OPER", handle_oper, arity=2, cost=limits.DEAR),
    Command("KILL", handle_kill, arity=1, operator=True),
    Command("WALLOPS", handle_wallops, arity=1, operator=True),
)
