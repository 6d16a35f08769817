"""PING, PONG, QUIT and ERROR: the connection itself; and those who meant to speak HTTP."""

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
    """QUIT [:<reason>]: others see it after "Quit: ", so that no reason looks like the server's own."""
    reason = request.param(0)
    shown = f"Quit: {clip(reason, limits.REASON_BYTES)}" if reason else "Quit"
    request.hub.close(request.session, shown, request.now)


def handle_error(request: Request) -> None:
    """ERROR is for servers; from a client it means nothing and is left without an answer."""


def handle_http(request: Request) -> None:
    """A request of HTTP ends the connection, before its body can be taken for commands.

    Otherwise any web page could make its visitor's browser speak to a hub in the visitor's network.
    """
    if request.session.registered:
        raise RefusedError(numerics.ERR_UNKNOWNCOMMAND, request.message.command, text="Unknown command")
    request.hub.close(request.session, "This is a chat server: it speaks IRC, not HTTP", request.now)


_HTTP_METHODS = ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")

COMMANDS = (
    Command("PING", handle_ping, arity=1, before_registration=True),
    Command("PONG", handle_pong, before_registration=True),
    Command("QUIT", handle_quit, before_registration=True),
    Command("ERROR", handle_error, before_registration=True),
    *(Command(method, handle_http, before_registration=True) for method in _HTTP_METHODS),
)
