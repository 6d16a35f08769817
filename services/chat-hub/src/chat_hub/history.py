"""What is kept of the conversations and for how long; pure: the SQL is `store.history`'s.

A message is recorded when it is sent and confirmed when it is committed: its echo or labelled answer waits for
that, others do not. Private messages are kept between accounts only, because a nick proves nothing later.
"""

from enum import IntEnum
from typing import TYPE_CHECKING

from livechat.irc.casemap import fold

from chat_hub import caps, limits
from chat_hub.clock import Now
from chat_hub.identity import first_id_at
from chat_hub.outgoing import Line
from chat_hub.replies import FailedError, Request
from chat_hub.store import history as tables
from chat_hub.store.protocol import StoreError
from chat_hub.store.renaming import rename_channel

if TYPE_CHECKING:
    from chat_hub.channel import Channel
    from chat_hub.hub import Hub
    from chat_hub.session import Session

_DAY_MS = 86_400_000
_PAIR_SEPARATOR = " "  # stands in no name and no channel


class Kind(IntEnum):
    """What a row is; all but `MESSAGE` are shown to those with draft/event-playback only."""

    MESSAGE = tables.MESSAGE  # PRIVMSG, NOTICE
    TAGS = 2  # TAGMSG
    EVENT = 3  # JOIN, PART, QUIT, KICK, TOPIC, NICK, MODE


def pair_key(one: str, other: str) -> str:
    """The target of what two accounts say to each other in private, whoever says it."""
    return _PAIR_SEPARATOR.join(sorted((fold(one), fold(other))))


def peer_in(pair: str, account: str) -> str:
    """The other account in a `pair_key`, folded."""
    one, _, other = pair.partition(_PAIR_SEPARATOR)
    return other if one == fold(account) else one


class History:
    """The history of a hub; `on` is the setting: off, nothing is kept and nothing waits."""

    def __init__(self, hub: "Hub") -> None:
        settings = hub.settings
        self.on = settings.history
        self._identities = hub.identities
        self._store = hub.store
        self._keep_messages = settings.history_messages
        self._keep_ms = settings.history_days * _DAY_MS
        self._grown: dict[str, int] = {}  # rows of a target since it was last cut to its bound
        self._pairs: dict[str, None] = {}  # whose conversation is listed already
        self._next_look_s = 0.0
        self._looking = False
        if self.on:
            started = self._identities.last_id
            # The clock may have gone back: what an earlier run said last can be above the moment of the start.
            self._store.write(lambda db: tables.end_closed_channels(db, max(started, tables.newest_id(db))))
            self._store.read(tables.newest_id, self._continue_after)

    def _continue_after(self, newest: int | StoreError) -> None:
        if isinstance(newest, int):
            self._identities.continue_after(newest)

    # -- recording ------------------------------------------------------------------------------------------

    def record(self, target: str, line: Line, kind: Kind) -> bool:
        """Keep `line` in `target` (a folded channel or a `pair_key`); whether it is kept."""
        if not self.on:
            return False
        self._store.record((target, line.msgid, kind, line.body, line.client_tags, line.account))
        self._grown[target] = self._grown.get(target, 0) + 1
        return True

    def event(self, channel: "Channel", line: Line) -> None:
        """Keep a change in `channel`."""
        self.record(channel.folded, line, Kind.EVENT)

    def event_everywhere(self, session: "Session", line: Line) -> None:
        """Keep what concerns every channel of `session` (NICK, QUIT)."""
        for target in session.channels:
            self.record(target, line, Kind.EVENT)

    def record_private(self, sender: str, receiver: str, line: Line, kind: Kind, *, absent: bool) -> bool:
        """Keep what account `sender` says to account `receiver`; into the mailbox too when that is `absent`."""
        target = pair_key(sender, receiver)
        if not self.record(target, line, kind):
            return False
        if target not in self._pairs:
            self._list_pair(target)
        if absent and kind is Kind.MESSAGE:
            account, msgid = fold(receiver), line.msgid
            self._store.write(
                lambda db: tables.put_into_mailbox(db, account, msgid, target, limits.MAILBOX_MESSAGES)
            )
        return True

    def confirm(self, request: Request, line: Line, target: str) -> None:
        """Answer with the echo (or an ACK) of `line` when it is committed, with FAIL when it is lost."""
        echoes = request.session.has(caps.ECHO_MESSAGE)
        if not (echoes or request.label):
            return
        deferred = request.later()

        def committed(error: StoreError | None) -> None:
            if error is not None:
                sentence = "The message could not be kept: it reached those who are here and nobody else"
                request.fail(request.message.command, FailedError("NOT_KEPT", target, text=sentence))
            elif echoes:
                request.event(line)
            deferred.done()

        self._store.confirm(committed)

    def _list_pair(self, pair: str) -> None:
        one, _, other = pair.partition(_PAIR_SEPARATOR)
        self._store.write(lambda db: tables.list_conversation(db, one, other))
        if len(self._pairs) >= limits.KNOWN_CONVERSATIONS:
            del self._pairs[next(iter(self._pairs))]  # it will be listed again, which changes nothing
        self._pairs[pair] = None

    # -- channels that are closed ---------------------------------------------------------------------------

    def modes_changed(self, channel: "Channel", line: Line) -> None:
        """Keep a MODE of `channel`, and whether the channel is for some only now (`i`, `k`, `s`).

        What was said in a closed channel is not shown to everybody in a later one of that name.
        """
        self.event(channel, line)
        target = channel.folded
        closed = channel.key is not None or not channel.flags.isdisjoint({"i", "s"})
        if self.on and not channel.permanent:
            now = line.msgid
            self._store.write(lambda db: tables.set_closed(db, target, now, closed=closed))

    def renamed(self, before: str, channel: "Channel") -> None:
        """The folded channel `before` has another name now: what is kept goes with it."""
        folded, name = channel.folded, channel.name
        self._grown.pop(before, None)
        if self.on:
            self._store.write(lambda db: rename_channel(db, before, folded, name))

    def channel_gone(self, channel: "Channel") -> None:
        """Note that the last member has left."""
        target, last = channel.folded, self._identities.last_id
        if self.on:
            self._store.write(lambda db: tables.end_closed_channels(db, last, target))

    # -- retention ------------------------------------------------------------------------------------------

    def tick(self, now: Now) -> None:
        """Cut what has grown beyond its bounds: small transactions, one after the other."""
        if not self.on:
            return
        slack = max(self._keep_messages // 10, 1)
        for target in [target for target, rows in self._grown.items() if rows >= slack]:
            del self._grown[target]
            self._cut(target)
        if len(self._grown) > limits.KNOWN_CONVERSATIONS:
            self._grown.clear()  # the look by age cuts them as well
        if now.mono >= self._next_look_s and not self._looking:
            self._next_look_s = now.mono + limits.HISTORY_LOOK_S
            self._looking = True
            self._look("", first_id_at(int(now.unix * 1000) - self._keep_ms) if self._keep_ms else 0)

    def _cut(self, target: str) -> None:
        keep = self._keep_messages

        def again(left: bool | StoreError) -> None:
            if left is True:
                self._cut(target)

        self._store.write(lambda db: tables.cut(db, target, keep), again)

    def _look(self, after: str, oldest: int) -> None:
        """Go through the targets after `after` in their order, one a transaction."""
        keep = self._keep_messages

        def next_one(target: str | StoreError | None) -> None:
            if isinstance(target, str):
                self._look(target, oldest)
            else:
                self._looking = False

        self._store.write(lambda db: tables.age(db, after, oldest, keep), next_one)
