"""AWAY and SETNAME: what somebody says of themselves."""

from livechat.irc import numerics

from chat_hub import caps, limits
from chat_hub.commands.table import Command
from chat_hub.replies import FailedError, RefusedError, Request
from chat_hub.text import clip


def handle_away(request: Request) -> None:
    """AWAY [:<text>]: set, or without a text end it.

    draft/pre-away: "If the capability has been negotiated, servers MUST accept the AWAY command before
    connection registration has completed."
    """
    session = request.session
    if not session.registered and not session.has(caps.PRE_AWAY):
        raise RefusedError(numerics.ERR_NOTREGISTERED, text="You have not registered")
    given = request.param(0)
    session.own_away = clip(given, limits.AWAY_BYTES) if given is not None else None
    request.hub.announce_away(session, session.own_away, request.now)
    _confirm(request)


def handle_setname(request: Request) -> None:
    """SETNAME :<realname> (IRCv3 setname)."""
    session, hub = request.session, request.hub
    realname = request.params[0]
    if len(realname.encode()) > limits.REALNAME_BYTES:
        raise FailedError("INVALID_REALNAME", text="Realname is not valid: it is too long")
    session.person.realname = realname
    event = hub.event(session, "SETNAME", text=realname, now=request.now)
    hub.tell_peers(session, caps.SETNAME, event)
    if session.has(caps.SETNAME):
        request.event(event)


def _confirm(request: Request) -> None:
    if request.session.own_away is None:
        request.numeric(numerics.RPL_UNAWAY, text="You are no longer marked as being away")
    else:
        request.numeric(numerics.RPL_NOWAWAY, text="You have been marked as being away")


COMMANDS = (
    Command("AWAY", handle_away, before_registration=True, cost=limits.DEAR),
    Command("SETNAME", handle_setname, arity=1, cost=limits.DEAR),
)
