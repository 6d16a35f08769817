"""History on its way to a client: rows become lines again, in the batch they belong to. Pure.

What is asked for is the commands' business (`commands.chathistory`), what is kept `history`'s.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from livechat.irc.casemap import fold

from chat_hub import caps
from chat_hub.clock import Now, format_ms, server_time
from chat_hub.history import Kind, peer_in
from chat_hub.identity import id_ms
from chat_hub.multiline import from_store
from chat_hub.outgoing import Line, encode
from chat_hub.session import Session
from chat_hub.store import history as tables
from chat_hub.store.history import Stored
from chat_hub.store.protocol import StoreError

if TYPE_CHECKING:
    from chat_hub.hub import Hub

_PLAIN_JOIN_WORDS = 3  # source, JOIN, channel


def most_kind(session: Session) -> int:
    """Which kinds of rows `session` can take (draft/event-playback)."""
    return tables.ANY_KIND if session.has(caps.EVENT_PLAYBACK) else Kind.MESSAGE


def as_lines(session: Session, rows: Iterable[Stored]) -> list[Line]:
    """`rows` as they were sent when they were live."""
    return [
        from_store(_body(session, row), msgid=row.msgid, client_tags=row.client_tags, account=row.account)
        for row in rows
        if row.kind != Kind.TAGS or session.has(caps.MESSAGE_TAGS)
    ]


def _body(session: Session, row: Stored) -> bytes:
    """A JOIN is kept in its long form; those without extended-join get the short one."""
    words = row.body.split(b" ", _PLAIN_JOIN_WORDS)
    if row.kind == Kind.EVENT and words[1] == b"JOIN" and not session.has(caps.EXTENDED_JOIN):
        return b" ".join(words[:_PLAIN_JOIN_WORDS]).rstrip() + b"\r\n"
    return row.body


def deliver_mailbox(hub: "Hub", session: Session, now: Now) -> None:
    """Send what came for the account of `session` while it was not here.

    "If a client requests this capability, the server SHOULD NOT play back any history that would otherwise be
    sent automatically" (draft/chathistory): such a client asks itself, the messages only stop waiting here.
    """
    account = session.account
    if account is None or not hub.history.on:
        return
    owner = fold(account)

    def deliver(found: list[tuple[str, Stored]] | StoreError) -> None:
        if isinstance(found, StoreError) or not found or session.closed:
            return
        if not session.has(caps.CHATHISTORY):
            _play(hub, session, found, owner, now)
        last = found[-1][1].msgid
        hub.store.write(lambda db: tables.empty_mailbox(db, owner, last))

    hub.store.read(lambda db: tables.read_mailbox(db, owner), deliver)


def _play(hub: "Hub", session: Session, found: Sequence[tuple[str, Stored]], owner: str, now: Now) -> None:
    """Each conversation in a batch of its own; for those without server-time a notice says when it began."""
    server, put, shape = hub.settings.server_name, session.outbox.put, session.shape
    by_peer: dict[str, list[Stored]] = {}
    for pair, row in found:
        by_peer.setdefault(peer_in(pair, owner), []).append(row)
    if not session.has(caps.SERVER_TIME):
        text = f"Messages that came while you were not here, since {format_ms(id_ms(found[0][1].msgid))}:"
        put(encode(server, "NOTICE", (session.shown_nick,), text))
    for peer, rows in by_peer.items():
        lines = as_lines(session, rows)
        if not session.has(caps.BATCH):
            for line in lines:
                put(line.for_shape(shape))
            continue
        batch = hub.identities.next_batch()
        time = server_time(now.unix)
        put(Line(encode(server, "BATCH", (f"+{batch}", "chathistory", peer)), time=time).for_shape(shape))
        for line in lines:
            put(line.tagged(shape, f"batch={batch}"))
        put(Line(encode(server, "BATCH", (f"-{batch}",)), time=time).for_shape(shape))
