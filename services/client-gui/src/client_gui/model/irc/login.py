"""From a fresh connection to a registered session: capabilities, name, and the sentence when it is refused.

IRCv3 Capability Negotiation 302 and "Connection Registration" of the Modern IRC Client Protocol. A server that
knows no CAP answers NICK and USER alone and is served all the same.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from livechat.irc import numerics
from livechat.irc.message import Message

from client_gui.model.events import LoginRefused
from client_gui.model.sanitize import safe_name, safe_text

FILES_CAPABILITY = "livechat/files"
WANTED = (
    "message-tags",
    "server-time",
    "echo-message",
    "labeled-response",
    "batch",
    "away-notify",
    "setname",
    "multi-prefix",
    "extended-join",
    "userhost-in-names",
    "standard-replies",
    "cap-notify",
    FILES_CAPABILITY,
)
MAX_OFFERED = 500
"""Capabilities remembered from one server; further ones are taken as not offered."""
JOIN_REFUSED = frozenset(
    {
        numerics.ERR_NOSUCHCHANNEL,
        numerics.ERR_TOOMANYCHANNELS,
        numerics.ERR_CHANNELISFULL,
        numerics.ERR_INVITEONLYCHAN,
        "474",  # ERR_BANNEDFROMCHAN
        numerics.ERR_BADCHANNELKEY,
        numerics.ERR_BADCHANMASK,
        "477",  # ERR_NEEDREGGEDNICK
    },
)
"""Why a channel cannot be entered."""
_CLOSING = re.compile(r"closing link:? *(?P<rest>[^(]*(?:\((?P<inner>.*)\))?)", re.IGNORECASE)


@dataclass(slots=True)
class Capabilities:
    """What the server offers and what is switched on. `handle` answers CAP with what is to be sent."""

    offered: set[str] = field(default_factory=set)
    enabled: set[str] = field(default_factory=set)
    negotiating: bool = True
    """Until CAP END has been sent."""

    def handle(self, message: Message) -> list[Message]:
        """Answer a CAP message; whatever makes no sense is ignored."""
        if len(message.params) < 2:
            return []
        subcommand = message.params[1].upper()
        names = [word.partition("=")[0] for word in message.params[-1].split()]
        match subcommand:
            case "LS":
                return self._listed(names, more=len(message.params) > 3 and message.params[2] == "*")
            case "ACK":
                self.enabled.difference_update(name[1:] for name in names if name.startswith("-"))
                self.enabled.update(name for name in names if name in WANTED)
                return self._end()
            case "NAK":
                return self._end()
            case "NEW":
                self._offer(names)
                return _request(name for name in names if name in WANTED and name not in self.enabled)
            case "DEL":
                self.offered.difference_update(names)
                self.enabled.difference_update(names)
        return []

    def _listed(self, names: list[str], *, more: bool) -> list[Message]:
        self._offer(names)
        if more or not self.negotiating:
            return []
        return _request(name for name in WANTED if name in self.offered) or self._end()

    def _offer(self, names: list[str]) -> None:
        self.offered.update(names[: MAX_OFFERED - len(self.offered)])

    def _end(self) -> list[Message]:
        if not self.negotiating:
            return []
        self.negotiating = False
        return [Message("CAP", ("END",))]


def _request(names: Iterable[str]) -> list[Message]:
    wanted = " ".join(names)
    return [Message("CAP", ("REQ", wanted))] if wanted else []


def opening(name: str, password: str) -> list[Message]:
    """What a client sends first."""
    first = [Message("CAP", ("LS", "302"))]
    if password:
        first.append(Message("PASS", (password,)))
    return [*first, Message("NICK", (name,)), Message("USER", (_username(name), "0", "*", name))]


def unsendable(message: Message, name: str) -> LoginRefused:
    """The sentence for an opening message that does not fit into a line of IRC."""
    if message.command == "PASS":
        reason = "The server's password cannot be sent: it holds a line break or a NUL."
        return LoginRefused(reason, password_refused=True)
    return LoginRefused(f"{safe_name(name)} cannot be used as a name.", name_refused=True)


def _username(name: str) -> str:
    plain = "".join(char for char in name if char.isascii() and char.isalnum())
    return plain[:10] or "guest"


def refusal(message: Message, name: str, *, password_given: bool = False) -> LoginRefused | None:
    """The sentence for a message that ends a log-in, None for any other message."""
    said = safe_text(message.params[-1]) if message.params else ""
    shown = safe_name(name)
    found: LoginRefused | None = None
    match message.command:
        case numerics.ERR_NICKNAMEINUSE | "436" | "437":  # in use, collision, held back for a while
            found = LoginRefused(f"The name {shown} is already taken; choose another.", name_refused=True)
        case numerics.ERR_ERRONEUSNICKNAME | numerics.ERR_NONICKNAMEGIVEN:
            found = LoginRefused(_unfit(shown, said), name_refused=True)
        case numerics.ERR_PASSWDMISMATCH:
            sentence = (
                "The server's password is wrong." if password_given else "This server asks for a password."
            )
            found = LoginRefused(sentence, password_refused=True)
        case "465":  # ERR_YOUREBANNEDCREEP
            found = LoginRefused(f"This server has banned you: {said}")
        case "ERROR":
            found = LoginRefused(f"The server refused the connection: {closing_reason(said)}")
        case "FAIL" if message.params and message.params[0] in {"NICK", "USER", "PASS"}:
            found = LoginRefused(said, name_refused=message.params[0] == "NICK")
    return found


def _unfit(name: str, said: str) -> str:
    """A server's own sentence where it gives one, ours for the terse replies of other servers."""
    if said.endswith("."):
        return said
    return f"The name {name} cannot be used on this server; choose another."


def closing_reason(said: str) -> str:
    """The reason in an ERROR, as a sentence: without "Closing Link: host (…)" around it."""
    match = _CLOSING.fullmatch(said)
    reason = (match["inner"] or match["rest"]).strip() if match else said
    if not reason:
        return "it gave no reason."
    return reason if reason[-1] in ".!?" else reason + "."
