"""PING, PONG, QUIT and ERROR: the connection itself."""

from livechat.irc import numerics

from chat_hub import limits
from chat_hub.commands.table import Command
from chat_hub.replies import RefusedError, Request
from chat_hub.text import clip


def handle_ping(request: Request) -> None:
    """PING <token>: the token comes back as it was."""
    if len(request.params[0].encode()) > limits.PING_TOKEN_BYTES:
        raise RefusedError(numerics.ERR_INPUTTOOLONG, text="The token of PING is too long")
    request.from_server("PONG", request.hub.settings.server_name, text=request.params[0])


def handle_pong(request: Request) -> None:
    """PONG: any line is a sign of life already, so there is nothing left to do."""


def handle_quit(request: Request) -> None:
    """QUIT [:<reason>]: others see it after "Quit: ", so that no reason looks like the server's own.

    A last word is a word: who may not speak in one of the channels leaves without one.
    """
    reason, session = request.param(0), request.session
    if any(channel.is_silenced(session) for channel in session.channels.values()):
        reason = None
    shown = f"Quit: {clip(reason, limits.REASON_BYTES)}" if reason else "Quit"
    request.hub.close(request.session, shown, request.now)


def handle_error(request: Request) -> None:
    """ERROR is for servers; from a client it means nothing and is left without an answer."""


COMMANDS = (
    Command("PING", handle_ping, arity=1, before_registration=True),
    Command("PONG", handle_pong, before_registration=True),
    Command("QUIT", handle_quit, before_registration=True),
    Command("ERROR", handle_error, before_registration=True),
)
