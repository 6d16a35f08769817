"""The service nick `files`: files for people in any IRC client, by plain messages. Pure.

It answers with NOTICE lines as part of the reply to the message, and nothing of it is kept.
"""

from typing import TYPE_CHECKING

from livechat.catalogue import FileEntry, text_id
from livechat.irc.lines import MAX_LINE_BYTES
from livechat.settings import parse_endpoint

from chat_hub.outgoing import encode
from chat_hub.replies import FailedError, Request

if TYPE_CHECKING:
    from chat_hub.filedesk import FileDesk

SERVICE_NICK = "files"
PAGE_LINES = 50
NO_SERVICE = "The file service cannot be reached right now, please try again in a moment"
_SEVERAL_SHOWN = 5
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")

_HELP = (
    f"/msg {SERVICE_NICK} list [PAGE] shows the files that can be downloaded: id, size, name.",
    f"/msg {SERVICE_NICK} get ID (or a name) gives you a link that is good for ten minutes.",
    "livechat get LINK downloads it and checks every byte. Do not pass a link on: it is yours.",
)
# Nobody told us by which address we are reached from elsewhere, and in a container we cannot know.
_UNSURE = "If nothing answers there: livechat get LINK --server HOST, with the host that you use for the chat."


def answer(desk: "FileDesk", request: Request, text: str) -> None:
    """Answer one message to the service nick."""
    command, _, rest = text.strip().partition(" ")
    match command.lower():
        case "list":
            lines = _list(desk, rest.strip())
        case "get":
            lines = _get(desk, request, rest.strip())
        case _:
            lines = list(_HELP)
    for line in lines:
        request.add(_notice(request, line))


def human_size(size: int) -> str:
    """`size` in bytes as people read it: three digits and a unit of 1024."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.3g} {_UNITS[unit]}" if unit else f"{size} B"


def _notice(request: Request, text: str) -> bytes:
    source = f"{SERVICE_NICK}!{SERVICE_NICK}@{request.hub.settings.server_name}"
    return encode(source, "NOTICE", (request.session.shown_nick,), text)


def _list(desk: "FileDesk", page_text: str) -> list[str]:
    if desk.service is None:
        return [f"{NO_SERVICE}."]
    entries = list(desk.catalogue)
    if not entries:
        return ["There are no files yet."]
    pages = (len(entries) + PAGE_LINES - 1) // PAGE_LINES
    is_number = page_text.isascii() and page_text.isdigit() and len(page_text) < 6
    page = int(page_text) if is_number else 1
    if not 1 <= page <= pages:
        return [f"There is no page {page}: there are {pages}."]
    start = (page - 1) * PAGE_LINES
    shown = entries[start : start + PAGE_LINES]
    lines = [f"{text_id(entry.file_id)} {human_size(entry.size):>9} {entry.name}" for entry in shown]
    left = len(entries) - start - len(shown)
    if left:
        lines.append(f"and {left} more: /msg {SERVICE_NICK} list {page + 1}")
    return lines


def _get(desk: "FileDesk", request: Request, wanted: str) -> list[str]:
    if not wanted:
        return [f"Which file? /msg {SERVICE_NICK} list shows them."]
    if desk.service is None:
        return [f"{NO_SERVICE}."]
    found = desk.catalogue.find(wanted)
    if not found:
        return [f"There is no file with this name or id: /msg {SERVICE_NICK} list shows them."]
    if len(found) > 1:
        ids = ", ".join(text_id(entry.file_id) for entry in found[:_SEVERAL_SHOWN])
        return [f"{len(found)} files fit, please choose one by its id: {ids}"]
    try:
        link = _link(desk, request, found[0])
    except FailedError as failed:
        return [f"{failed.text}."]
    return [link] if desk.service.advertise else [link, _UNSURE]


def _link(desk: "FileDesk", request: Request, entry: FileEntry) -> str:
    """The link, with as many further addresses as the line has room for."""
    from livechat.transfer.link import MAX_ALTERNATIVES, Link  # noqa: PLC0415  # cryptography takes time to load

    assert desk.service is not None
    session, port = request.session, desk.service.port
    key = desk.new_session_key()
    ticket = desk.seal_ticket(session, key, request.now)
    offered = [parse_endpoint(address, port) for address in desk.service.candidates]
    advertised = [parse_endpoint(address, port) for address in desk.service.advertise]
    host, link_port = advertised[0] if advertised else (session.local_host, port)
    others = [endpoint for endpoint in offered if endpoint != (host, link_port)][:MAX_ALTERNATIVES]
    while True:
        link = Link(
            host, link_port, text_id(entry.file_id), entry.root, ticket, key, alternatives=tuple(others)
        ).encode()
        if not others or len(_notice(request, link)) <= MAX_LINE_BYTES:
            return link
        others.pop()
