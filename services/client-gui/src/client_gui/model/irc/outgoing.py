"""Our own messages, from being said to being confirmed or refused.

With labeled-response each message carries a label of ours, and what the server answers under it decides. With
echo-message alone the first waiting message to the same target is meant. Without either a message counts as
sent when it has been written.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass, replace

from livechat.irc import numerics
from livechat.irc.casemap import fold
from livechat.irc.message import Message

from client_gui.model import events as ev
from client_gui.model.events import LOBBY, Kind
from client_gui.model.irc.facts import Fact
from client_gui.model.irc.messages import text_budget
from client_gui.model.sanitize import safe_name, safe_text
from client_gui.model.split import split_text

MAX_WAITING = 1_000
"""Messages that wait for their confirmation; further ones fail at once, with a sentence."""
MAX_SAY_CHARS = 100_000
"""Of one Say; what is longer is refused with a sentence."""

_TOO_MANY = "Too many messages are waiting to be sent."
_NOT_DELIVERED = frozenset({numerics.ERR_NOSUCHNICK, numerics.ERR_NOSUCHCHANNEL, numerics.ERR_CANNOTSENDTOCHAN})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that has been sent. `label` is the caller's, not that of the wire."""

    label: str
    conversation: str
    text: str
    kind: Kind


class OwnMessages:
    """The messages that wait for their confirmation, by the label of the wire, oldest first.

    `enabled` is the live set of the connection's capabilities; events go to `emit`, messages to `send`.
    """

    def __init__(
        self, enabled: Set[str], emit: Callable[[Fact], None], send: Callable[[Message], None]
    ) -> None:
        self._enabled = enabled
        self._emit = emit
        self._send = send
        self._waiting: dict[str, Waiting] = {}
        self._count = 0

    @property
    def labelled(self) -> bool:
        """True where the server answers under our labels (labeled-response builds on batch)."""
        return {"labeled-response", "batch"} <= self._enabled

    def say(self, message: ev.MessageQueued, source: str) -> None:
        """Send the text of `message` in as many pieces as it needs; `source` is nick!user@host of ours."""
        lines = [line for line in message.text[: MAX_SAY_CHARS + 1].splitlines() if line.strip()]
        fault = self._fault(message, lines)
        if fault:
            self.refuse(message, fault)
            return
        target = LOBBY if fold(message.conversation) == fold(LOBBY) else message.conversation
        budget = text_budget(source, target, message.kind)
        pieces = [piece for line in lines for piece in split_text(safe_text(line, MAX_SAY_CHARS), budget)]
        for number, piece in enumerate(piece for piece in pieces if piece.strip()):
            label = f"{message.label}.{number}" if number else message.label
            self._say_piece(replace(message, conversation=target, text=piece, label=label))

    def refuse(self, message: ev.MessageQueued, reason: str) -> None:
        """It was not sent at all."""
        text, name = safe_text(message.text), safe_name(message.conversation)
        self._emit(ev.MessageFailed(message.label, name, text, reason))

    def echoed(self, wire_label: str, echo: ev.MessageReceived) -> bool:
        """The server gave our message out; False where it answers none that waits."""
        if wire_label:
            waiting = self._waiting.pop(wire_label, None)
        elif self.labelled:
            waiting = None
        else:
            waiting = self._first_to(echo.conversation)
        if waiting is not None:
            self._emit(replace(echo, conversation=waiting.conversation, label=waiting.label))
        return waiting is not None

    def acknowledged(self, wire_label: str, nick: str, when: float) -> None:
        """ACK: done, and the server has nothing to say about it."""
        waiting = self._waiting.pop(wire_label, None)
        if waiting is not None:
            self._emit(_confirmation(waiting, nick, when))

    def refused(self, wire_label: str, message: Message) -> bool:
        """An error numeric or FAIL; False where it answers no message of ours."""
        waiting = self._waiting.pop(wire_label, None)
        if (
            waiting is None
            and not self.labelled
            and message.command in _NOT_DELIVERED
            and len(message.params) > 2
        ):
            waiting = self._first_to(message.params[1])
        if waiting is None:
            return False
        reason = _refusal(message, safe_name(waiting.conversation))
        self._emit(ev.MessageFailed(waiting.label, waiting.conversation, waiting.text, reason))
        return True

    def lost(self, reason: str) -> None:
        """The connection is gone: whatever waits has failed."""
        for waiting in self._waiting.values():
            self._emit(ev.MessageFailed(waiting.label, waiting.conversation, waiting.text, reason))
        self._waiting.clear()

    def renamed(self, old: str, new: str) -> None:
        """The person is called `new` now, and the conversation on the screen has followed."""
        for wire_label, waiting in self._waiting.items():
            if fold(waiting.conversation) == fold(old):
                self._waiting[wire_label] = replace(waiting, conversation=new)

    def _fault(self, message: ev.MessageQueued, lines: list[str]) -> str:
        name = message.conversation
        if not lines or not name:
            return "There is nothing to send."
        if len(message.text) > MAX_SAY_CHARS:
            return f"A message has at most {MAX_SAY_CHARS} characters."
        if name.startswith(":") or any(char in " ,\0\r\n" for char in name) or len(name) > ev.MAX_TARGET_CHARS:
            return f"{safe_name(name)} cannot be the name of a person or a channel."
        return ""

    def _say_piece(self, piece: ev.MessageQueued) -> None:
        self._emit(piece)
        if len(self._waiting) >= MAX_WAITING:
            self.refuse(piece, _TOO_MANY)
            return
        self._count += 1
        wire_label = f"m{self._count}"  # opaque, at most 64 bytes (IRCv3 labeled-response)
        waiting = Waiting(piece.label, piece.conversation, piece.text, piece.kind)
        body = f"\x01ACTION {piece.text}\x01" if piece.kind is Kind.ACTION else piece.text
        command = "NOTICE" if piece.kind is Kind.NOTICE else "PRIVMSG"
        tags = {"label": wire_label} if self.labelled else {}
        self._send(Message(command, (piece.conversation, body), tags=tags))
        if self.labelled or "echo-message" in self._enabled:
            self._waiting[wire_label] = waiting
        else:
            self._emit(_confirmation(waiting, piece.sender, piece.when))

    def _first_to(self, target: str) -> Waiting | None:
        for wire_label, waiting in self._waiting.items():
            if fold(waiting.conversation) == fold(target):
                return self._waiting.pop(wire_label)
        return None


def _refusal(message: Message, target: str) -> str:
    """Why a message to `target` was not delivered, as a sentence."""
    match message.command:
        case numerics.ERR_NOSUCHNICK:
            return f"{target} is not here."
        case numerics.ERR_NOSUCHCHANNEL:
            return f"There is no channel called {target}."
        case numerics.ERR_CANNOTSENDTOCHAN:
            return f"You may not write to {target}."
    said = safe_text(message.params[-1]) if message.params else ""
    if not said:
        return "The server refused it."
    return said if said[-1] in ".!?" else f"{said}."


def _confirmation(waiting: Waiting, nick: str, when: float) -> ev.MessageReceived:
    return ev.MessageReceived(
        waiting.conversation, nick, waiting.text, when, own=True, kind=waiting.kind, label=waiting.label
    )
