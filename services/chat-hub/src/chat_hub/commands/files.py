"""FILES: files for clients with the capability `livechat/files` (docs/protocol/irc.md section 7)."""

import base64
import binascii

from livechat.errors import RemoteProtocolError
from livechat.irc.lines import MAX_LINE_BYTES

from chat_hub import caps, limits
from chat_hub.commands.table import Command
from chat_hub.outgoing import encode
from chat_hub.replies import FailedError, Request
from chat_hub.service_nick import NO_SERVICE

_MAX_KEY_CHARS = 64  # a public key has 43


def handle_files(request: Request) -> None:
    """FILES LIST, or FILES TICKET <public key>."""
    subcommand = request.params[0].upper()
    if not request.session.has(caps.LIVECHAT_FILES):
        raise FailedError("NOT_PERMITTED", text="Negotiate the capability livechat/files first")
    if subcommand == "LIST":
        _list(request)
    elif subcommand == "TICKET":
        _ticket(request)
    else:
        raise FailedError("INVALID_PARAMS", text="Use FILES LIST or FILES TICKET <key>")


def _list(request: Request) -> None:
    """FILES ENTRY for each file, then FILES END; from now on the session gets the changes."""
    desk = request.hub.files
    desk.follow(request.session)
    _need_service(request, "LIST")
    count = 0
    for body in desk.entry_lines():
        request.add(body)
        count += 1
    request.from_server("FILES", "END", str(count))


def _ticket(request: Request) -> None:
    """FILES TICKET <server public> <ticket> <lifetime in s> <port> <candidates or *>."""
    from livechat.ticket import TICKET_LIFETIME_S, agree_hub  # noqa: PLC0415  # cryptography takes time to load

    hub, desk = request.hub, request.hub.files
    client_public = _public_key(request)
    _need_service(request, "TICKET")
    assert desk.service is not None
    try:
        server_public, session_key = agree_hub(client_public, hub.random_bytes)
    except RemoteProtocolError as error:
        raise FailedError("INVALID_KEY", "TICKET", text=str(error)) from error
    ticket = desk.seal_ticket(request.session, session_key, request.now)
    words = ["TICKET", _b64(server_public), _b64(ticket), str(TICKET_LIFETIME_S), str(desk.service.port)]
    room = MAX_LINE_BYTES - len(encode(hub.settings.server_name, "FILES", [*words, "*"])) + 1
    request.from_server("FILES", *words, _candidates(desk.service.candidates, room))


def _public_key(request: Request) -> bytes:
    text = request.param(1)
    if text is None:
        raise FailedError("INVALID_PARAMS", "TICKET", text="FILES TICKET needs a public key")
    try:
        if len(text) > _MAX_KEY_CHARS or not text.isascii():
            raise ValueError("not a key")
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise FailedError("INVALID_KEY", "TICKET", text="The public key is not base64url") from error


def _need_service(request: Request, subcommand: str) -> None:
    if request.hub.files.service is None:
        raise FailedError("UNAVAILABLE", subcommand, text=NO_SERVICE)


def _candidates(addresses: tuple[str, ...], room: int) -> str:
    """As many of `addresses` as fit into `room` bytes, in their order of preference; `*` for none."""
    kept: list[str] = []
    for address in addresses:
        room -= len(address) + bool(kept)
        if room < 0:
            break
        kept.append(address)
    return ",".join(kept) or "*"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


COMMANDS = (Command("FILES", handle_files, arity=1, cost=limits.QUERY),)
