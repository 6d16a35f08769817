"""All that the client's screen shows, and the one function that changes it: `apply(state, event, now)`.

The table `_APPLY` names what each event does; there is no other way for the network to change the state. What
the person does to the view itself (open, focus, close a conversation) are methods of ClientState. Both return
the parts of the screen that must be drawn again. Pure: no clock, no threads, no widgets.

Invariants (tests/unit/client/test_state.py): people are unique by folded nick; lines, people, files,
conversations and transfers are bounded; the status of a message only moves forward; a transfer that has ended
starts again only by TransferStarted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from livechat.catalogue import MAX_FILES, FileEntry
from livechat.irc.casemap import fold

from client_gui.model import events as ev
from client_gui.model.conversation import Conversation, Line, Status
from client_gui.model.events import LOBBY, Event, Kind, Person
from client_gui.model.transfers import MAX_TRANSFERS, Transfer, TransferNews, advance

MAX_PEOPLE = 20_000
"""At the bound further people are not listed; they can still be talked to."""
MAX_CONVERSATIONS = 300
"""At the bound the private conversation that has been quiet for longest goes."""


class Phase(Enum):
    """Where the client stands with the server."""

    LOGGED_OUT = "logged out"
    CONNECTING = "connecting"
    ONLINE = "online"
    RECONNECTING = "reconnecting"


class Part(Enum):
    """Parts of the screen."""

    PHASE = "phase"
    PEOPLE = "people"
    CONVERSATIONS = "conversations"
    TRANSCRIPT = "transcript"
    FILES = "files"
    TRANSFERS = "transfers"
    NOTICE = "notice"


@dataclass(slots=True)
class ClientState:
    """What the screen shows. `people` and `conversations` are keyed by folded name, `files` by file id."""

    phase: Phase = Phase.LOGGED_OUT
    nick: str = ""
    network: str = ""
    server: str = ""
    login_error: str = ""
    name_refused: bool = False
    password_refused: bool = False
    connection_reason: str = ""
    """Why the phase is RECONNECTING."""
    retry_at: float | None = None
    """Unix seconds of the next attempt while RECONNECTING."""
    people: dict[str, Person] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(
        default_factory=lambda: {fold(LOBBY): Conversation(LOBBY)},
    )
    focused: str = fold(LOBBY)
    """Key of the conversation on the screen."""
    files: dict[bytes, FileEntry] = field(default_factory=dict)
    files_reason: str = ""
    """Why files cannot be fetched now; empty when they can."""
    transfers: dict[str, Transfer] = field(default_factory=dict)
    notice: str = ""

    def conversation(self, name: str) -> Conversation | None:
        """The conversation called `name` in any case, if there is one."""
        return self.conversations.get(fold(name))

    def person(self, nick: str) -> Person | None:
        """The person called `nick` in any case, if they are in the lobby."""
        return self.people.get(fold(nick))

    def is_me(self, nick: str) -> bool:
        """True for our own nick, in any case."""
        return bool(self.nick) and fold(nick) == fold(self.nick)

    def focus(self, name: str) -> set[Part]:
        """Show the conversation `name`, made where it is new, and count it as read."""
        conversation = _conversation(self, name)
        conversation.unread = 0
        self.focused = fold(name)
        return {Part.CONVERSATIONS, Part.TRANSCRIPT}

    def close_conversation(self, name: str) -> set[Part]:
        """Forget a private conversation; the lobby stays."""
        key = fold(name)
        if key == fold(LOBBY) or self.conversations.pop(key, None) is None:
            return set()
        if self.focused == key:
            self.focused = fold(LOBBY)
        return {Part.CONVERSATIONS, Part.TRANSCRIPT}

    def forget_transfer(self, transfer_id: str) -> set[Part]:
        """Take a transfer that has ended off the list."""
        transfer = self.transfers.get(transfer_id)
        if transfer is None or not transfer.ended:
            return set()
        del self.transfers[transfer_id]
        return {Part.TRANSFERS}


def apply(state: ClientState, event: Event, now: float) -> set[Part]:
    """Change `state` by `event`; `now` is Unix seconds. Returns the parts of the screen that changed."""
    return _APPLY[type(event)](state, event, now)


def _conversation(state: ClientState, name: str) -> Conversation:
    key = fold(name)
    found = state.conversations.get(key)
    if found is None:
        if len(state.conversations) >= MAX_CONVERSATIONS:
            _drop_quietest(state)
        found = state.conversations[key] = Conversation(name)
    return found


def _drop_quietest(state: ClientState) -> None:
    kept = {fold(LOBBY), state.focused}
    quietest = min(
        (key for key in state.conversations if key not in kept),
        key=lambda key: state.conversations[key].active_at,
    )
    del state.conversations[quietest]


def _remark(state: ClientState, name: str, text: str, now: float) -> set[Part]:
    """An INFO line in a conversation that is already there."""
    conversation = state.conversation(name)
    if conversation is None:
        return set()
    conversation.append(Line(number=-1, when=now, sender="", text=text, kind=Kind.INFO))
    return {Part.TRANSCRIPT}


# --- the connection ---------------------------------------------------------------------------------------


def _connecting(state: ClientState, event: ev.Connecting, now: float) -> set[Part]:
    parts = {Part.PHASE}
    if state.phase is not Phase.RECONNECTING:
        parts |= _offline(state, "You have left that server.", now)
        state.phase = Phase.CONNECTING
    state.server, state.login_error, state.retry_at = event.server, "", None
    state.name_refused = state.password_refused = False
    return parts


def _login_refused(state: ClientState, event: ev.LoginRefused, now: float) -> set[Part]:
    parts = _offline(state, event.reason, now)
    state.phase, state.login_error = Phase.LOGGED_OUT, event.reason
    state.name_refused, state.password_refused = event.name_refused, event.password_refused
    return parts


def _online(state: ClientState, event: ev.Online, now: float) -> set[Part]:
    parts = {Part.PHASE}
    if state.phase is Phase.RECONNECTING:
        parts |= _remark(state, LOBBY, "Connected again.", now)
    state.phase, state.nick, state.network = Phase.ONLINE, event.nick, event.network
    state.login_error, state.connection_reason, state.retry_at = "", "", None
    return parts


def _connection_lost(state: ClientState, event: ev.ConnectionLost, now: float) -> set[Part]:
    parts = _offline(state, event.reason, now)
    if state.phase is Phase.ONLINE:
        parts |= _remark(state, LOBBY, event.reason, now)
    state.phase, state.connection_reason = Phase.RECONNECTING, event.reason
    state.retry_at = now + event.retry_in_s
    return parts


def _logged_out(state: ClientState, _event: ev.LoggedOut, now: float) -> set[Part]:
    parts = _offline(state, "You have logged out.", now)
    state.phase = Phase.LOGGED_OUT
    return parts


def _offline(state: ClientState, reason: str, _now: float) -> set[Part]:
    """Nothing that the server told live is true any more; what was being sent has failed."""
    state.people.clear()
    state.retry_at = None
    for conversation in state.conversations.values():
        conversation.fail_all(reason)
    return {Part.PHASE, Part.PEOPLE, Part.TRANSCRIPT}


# --- people (of the lobby; other channels are not shown) ---------------------------------------------------


def _people_listed(state: ClientState, event: ev.PeopleListed, _now: float) -> set[Part]:
    if fold(event.channel) != fold(LOBBY):
        return set()
    state.people = {fold(person.nick): person for person in event.people[:MAX_PEOPLE]}
    return {Part.PEOPLE}


def _person_joined(state: ClientState, event: ev.PersonJoined, _now: float) -> set[Part]:
    key = fold(event.person.nick)
    if fold(event.channel) != fold(LOBBY) or (len(state.people) >= MAX_PEOPLE and key not in state.people):
        return set()
    state.people[key] = event.person
    return {Part.PEOPLE}


def _person_left(state: ClientState, event: ev.PersonLeft, now: float) -> set[Part]:
    if fold(event.channel) != fold(LOBBY):
        return set()
    return _gone(state, event.nick, "has left", event.reason, now)


def _person_quit(state: ClientState, event: ev.PersonQuit, now: float) -> set[Part]:
    return _gone(state, event.nick, "has left", event.reason, now)


def _gone(state: ClientState, nick: str, what: str, reason: str, now: float) -> set[Part]:
    if state.people.pop(fold(nick), None) is None:
        return set()
    text = f"{nick} {what} ({reason})." if reason else f"{nick} {what}."
    return {Part.PEOPLE} | _remark(state, nick, text, now)


def _person_renamed(state: ClientState, event: ev.PersonRenamed, now: float) -> set[Part]:
    parts: set[Part] = set()
    if state.is_me(event.old):
        state.nick = event.new
        parts.add(Part.PHASE)
    person = state.people.pop(fold(event.old), None)
    if person is not None:
        state.people[fold(event.new)] = replace(person, nick=event.new)
        parts.add(Part.PEOPLE)
    return parts | _rename_conversation(state, event.old, event.new, now)


def _rename_conversation(state: ClientState, old: str, new: str, now: float) -> set[Part]:
    """The talk follows the person, unless there is one under the new name already: then that one goes on."""
    conversation = state.conversation(old)
    if conversation is None or conversation.is_channel:
        return set()
    if fold(new) not in state.conversations or fold(new) == fold(old):
        del state.conversations[fold(old)]
        conversation.name = new
        state.conversations[fold(new)] = conversation
        if state.focused == fold(old):
            state.focused = fold(new)
    _remark(state, old, f"{old} is now called {new}.", now)
    _remark(state, new, f"{old} is now called {new}.", now)
    return {Part.CONVERSATIONS, Part.TRANSCRIPT}


def _person_away(state: ClientState, event: ev.PersonAway, _now: float) -> set[Part]:
    person = state.person(event.nick)
    if person is None or person.away == event.away:
        return set()
    state.people[fold(event.nick)] = replace(person, away=event.away)
    return {Part.PEOPLE}


def _person_described(state: ClientState, event: ev.PersonDescribed, _now: float) -> set[Part]:
    person = state.person(event.nick)
    if person is None:
        return set()
    state.people[fold(event.nick)] = replace(person, real_name=event.real_name)
    return {Part.PEOPLE}


# --- messages ---------------------------------------------------------------------------------------------


def _message_queued(state: ClientState, event: ev.MessageQueued, _now: float) -> set[Part]:
    conversation = _conversation(state, event.conversation)
    if conversation.is_waiting(event.label):
        return set()
    conversation.append(
        Line(-1, event.when, event.sender, event.text, True, event.kind, Status.SENDING, event.label),
    )
    return {Part.TRANSCRIPT, Part.CONVERSATIONS}


def _message_received(state: ClientState, event: ev.MessageReceived, _now: float) -> set[Part]:
    conversation = _conversation(state, event.conversation)
    if event.own and event.label and conversation.confirm(event.label, text=event.text, when=event.when):
        return {Part.TRANSCRIPT}
    conversation.append(
        Line(-1, event.when, event.sender, event.text, event.own, event.kind, label=event.label)
    )
    if not event.own and fold(event.conversation) != state.focused:
        conversation.unread += 1
    return {Part.TRANSCRIPT, Part.CONVERSATIONS}


def _message_failed(state: ClientState, event: ev.MessageFailed, now: float) -> set[Part]:
    conversation = _conversation(state, event.conversation)
    if not conversation.fail(event.label, event.reason):
        failed = Line(
            -1, now, state.nick, event.text, True, Kind.TEXT, Status.FAILED, event.label, event.reason
        )
        conversation.append(failed)
    return {Part.TRANSCRIPT, Part.CONVERSATIONS}


# --- files ------------------------------------------------------------------------------------------------


def _files_listed(state: ClientState, event: ev.FilesListed, _now: float) -> set[Part]:
    state.files = {entry.file_id: entry for entry in event.entries[:MAX_FILES]}
    state.files_reason = ""
    return {Part.FILES}


def _file_changed(state: ClientState, event: ev.FileChanged, _now: float) -> set[Part]:
    if len(state.files) >= MAX_FILES and event.entry.file_id not in state.files:
        return set()
    state.files[event.entry.file_id] = event.entry
    return {Part.FILES}


def _file_removed(state: ClientState, event: ev.FileRemoved, _now: float) -> set[Part]:
    return {Part.FILES} if state.files.pop(event.file_id, None) else set()


def _files_unavailable(state: ClientState, event: ev.FilesUnavailable, _now: float) -> set[Part]:
    state.files_reason = event.reason
    return {Part.FILES}


def _files_back(state: ClientState, _event: ev.FilesBack, _now: float) -> set[Part]:
    state.files_reason = ""
    return {Part.FILES}


# --- transfers --------------------------------------------------------------------------------------------


def _transfer_started(state: ClientState, event: ev.TransferStarted, _now: float) -> set[Part]:
    if len(state.transfers) >= MAX_TRANSFERS:
        ended = next((key for key, transfer in state.transfers.items() if transfer.ended), None)
        if ended is not None:
            del state.transfers[ended]
    state.transfers[event.transfer_id] = Transfer(
        event.transfer_id, event.entry, event.folder, total=event.entry.size
    )
    return {Part.TRANSFERS}


def _transfer_news(state: ClientState, event: TransferNews, _now: float) -> set[Part]:
    transfer = state.transfers.get(event.transfer_id)
    if transfer is None or transfer.ended:
        return set()
    state.transfers[event.transfer_id] = advance(transfer, event)
    return {Part.TRANSFERS}


def _notice(state: ClientState, event: ev.Notice, _now: float) -> set[Part]:
    state.notice = event.text
    return {Part.NOTICE}


_APPLY: dict[type, Callable[[ClientState, Any, float], set[Part]]] = {
    ev.Connecting: _connecting,
    ev.LoginRefused: _login_refused,
    ev.Online: _online,
    ev.ConnectionLost: _connection_lost,
    ev.LoggedOut: _logged_out,
    ev.PeopleListed: _people_listed,
    ev.PersonJoined: _person_joined,
    ev.PersonLeft: _person_left,
    ev.PersonQuit: _person_quit,
    ev.PersonRenamed: _person_renamed,
    ev.PersonAway: _person_away,
    ev.PersonDescribed: _person_described,
    ev.MessageQueued: _message_queued,
    ev.MessageReceived: _message_received,
    ev.MessageFailed: _message_failed,
    ev.FilesListed: _files_listed,
    ev.FileChanged: _file_changed,
    ev.FileRemoved: _file_removed,
    ev.FilesUnavailable: _files_unavailable,
    ev.FilesBack: _files_back,
    ev.TransferStarted: _transfer_started,
    ev.TransferProgress: _transfer_news,
    ev.TransferWaiting: _transfer_news,
    ev.TransferVerifying: _transfer_news,
    ev.TransferFinished: _transfer_news,
    ev.TransferFailed: _transfer_news,
    ev.TransferCancelled: _transfer_news,
    ev.Notice: _notice,
}
