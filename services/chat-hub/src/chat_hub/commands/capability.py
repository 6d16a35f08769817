"""CAP: which extensions a client uses (IRCv3 Capability Negotiation, version 302)."""

from livechat.irc import numerics
from livechat.irc.lines import MAX_LINE_BYTES

from chat_hub import caps
from chat_hub.accounts.login import mechanisms
from chat_hub.commands.metadata import own_values
from chat_hub.commands.registration import try_register
from chat_hub.commands.table import Command
from chat_hub.replies import RefusedError, Request
from chat_hub.text import pack

_VERSION_302 = 302
_ROOM_BYTES = 340  # for names in one line: 512 less the longest server name, nick and the words between


def handle_cap(request: Request) -> None:
    """CAP <subcommand> [:<capabilities>]."""
    subcommand = request.params[0].upper()
    if subcommand in {"LS", "REQ"} and not request.session.registered:
        # "... the server MUST not complete registration until the client sends a CAP END command"
        request.session.negotiating = True
    handler = _SUBCOMMANDS.get(subcommand)
    if handler is None:
        raise RefusedError(numerics.ERR_INVALIDCAPCMD, request.params[0], text="Invalid CAP command")
    handler(request)


def _ls(request: Request) -> None:
    version = request.param(1) or ""
    if version.isascii() and version.isdigit() and int(version[:6]) >= _VERSION_302:
        request.session.cap_302 = True
        # "This capability MUST be implicitly enabled if the client requests CAP LS with … 302 or newer"
        request.session.set_caps(request.session.caps | caps.CAP_NOTIFY)
    _answer(request, "LS", _sts(request) + [_with_value(request, name) for name in request.hub.capabilities])


def _with_value(request: Request, name: str) -> str:
    """The name with its value, for those who know values (version 302)."""
    if not request.session.cap_302:
        return name
    value = mechanisms(request.session) if name == "sasl" else request.hub.cap_values.get(name)
    return f"{name}={value}" if value else name


def _sts(request: Request) -> list[str]:
    """IRCv3 sts, which is told and never requested: "Clients MUST NOT request this capability"."""
    session, hub = request.session, request.hub
    if hub.sts_port is None or not session.cap_302:
        return []  # "the capability has a REQUIRED value", and values are for version 302
    if session.secure:
        return [f"sts=duration={hub.settings.sts_duration_s}"]
    return [f"sts=port={hub.sts_port}"] if hub.settings.sts_duration_s else []


def _list(request: Request) -> None:
    _answer(request, "LIST", caps.names_of(request.session.caps))


def _req(request: Request) -> None:
    """All or nothing: "The server MUST NOT make any change to any capabilities if it replies with a NAK"."""
    # "... a server MUST NOT change the capabilities of the client until the last ACK of the set has been sent"
    words = (request.param(1) or "").split()
    wanted = request.session.caps
    for word in words:
        bit = request.hub.capabilities.get(word.removeprefix("-"))
        keeps = bit == caps.CAP_NOTIFY and request.session.cap_302
        if bit is None or (word.startswith("-") and keeps):
            _answer(request, "NAK", words)
            return
        wanted = wanted & ~bit if word.startswith("-") else wanted | bit
    _answer(request, "ACK", words)
    newly = wanted & ~request.session.caps
    if request.session.registered and newly & caps.METADATA:
        own_values(request)
    request.afterwards = lambda: request.session.set_caps(wanted)


def _end(request: Request) -> None:
    request.session.negotiating = False
    try_register(request)


def _answer(request: Request, subcommand: str, words: list[str]) -> None:
    nick = request.session.shown_nick
    if subcommand in {"LS", "LIST"} and not request.session.cap_302:
        words = _one_line(request, subcommand, words)
        request.from_server("CAP", nick, subcommand, text=" ".join(words))
        return
    lines = list(pack(words, _ROOM_BYTES)) or [""]
    for line in lines[:-1]:
        # The star for "more follows" is for version 302 and for LS and LIST only.
        star = ("*",) if request.session.cap_302 and subcommand in {"LS", "LIST"} else ()
        request.from_server("CAP", nick, subcommand, *star, text=line)
    request.from_server("CAP", nick, subcommand, text=lines[-1])


def _one_line(request: Request, subcommand: str, words: list[str]) -> list[str]:
    """As many of `words` as fit into one line: several are for version 302. Drafts are what is left out."""
    names = (request.hub.settings.server_name, "CAP", request.session.shown_nick, subcommand)
    room = MAX_LINE_BYTES - len(f":{' '.join(names)} :\r\n".encode())
    settled = sorted(words, key=lambda word: word.startswith("draft/"))
    return next(pack(settled, room), "").split()


_SUBCOMMANDS = {"LS": _ls, "LIST": _list, "REQ": _req, "END": _end}

COMMANDS = (Command("CAP", handle_cap, arity=1, before_registration=True),)
