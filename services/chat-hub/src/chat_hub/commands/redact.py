"""REDACT: taking a message back (IRCv3 draft/message-redaction).

A redacted message is deleted from the history; who wrote it may do that for a while, channel operators with
what was said since the channel is there, server operators always. Who deletes what others wrote is noted.
"""

from functools import partial

from livechat.irc.casemap import fold
from livechat.irc.message import nick_of
from livechat.irc.names import is_channel

from chat_hub import caps, limits
from chat_hub.channel import Channel
from chat_hub.commands.table import Command
from chat_hub.history import Kind, pair_key
from chat_hub.identity import id_ms, parse_msgid
from chat_hub.outgoing import Line
from chat_hub.replies import FailedError, Request
from chat_hub.session import Session
from chat_hub.store import history as tables
from chat_hub.store.history import Stored
from chat_hub.store.protocol import StoreError
from chat_hub.text import clip


def handle_redact(request: Request) -> None:
    """REDACT <target> <msgid> [:<reason>]."""
    target, given = request.params[0], request.params[1]
    msgid = parse_msgid(given)
    channel, kept_in = _where(request, target)
    if msgid is None:
        raise _unknown(target, given)
    deferred = request.later()
    number = msgid

    def found(stored: Stored | StoreError | None) -> None:
        try:
            if isinstance(stored, StoreError) or stored is None or stored.kind == Kind.EVENT:
                raise _unknown(target, given)
            _check(request, channel, stored)
        except FailedError as failed:
            request.fail("REDACT", failed)
            deferred.done()
            return
        request.hub.store.write(lambda db: tables.redact(db, kept_in, number), partial(deleted, stored))

    def deleted(stored: Stored, was_there: bool | StoreError) -> None:
        if was_there is True:
            if not _is_own(request.session, stored):
                detail = f"{given} {request.param(2) or ''}".rstrip()
                request.hub.audit.note(request.session, "REDACT", target, detail, request.now)
            _tell(request, channel, target, given)
        else:
            request.fail("REDACT", _unknown(target, given))
        deferred.done()

    request.hub.store.read(lambda db: tables.find(db, kept_in, number), found)


def _where(request: Request, target: str) -> tuple[Channel | None, str]:
    """The channel, if it is one, and the target that the message is kept under."""
    hub, session = request.hub, request.session
    if is_channel(target):
        channel = hub.channel(target)
        if channel is not None and session in channel.members:
            return channel, channel.folded
    elif session.account is not None:
        person = hub.find(target)
        account = person.account if person is not None else target
        if account is not None:
            return None, pair_key(session.account, account)
    raise FailedError("INVALID_TARGET", target, text=f"You cannot delete messages from {target}")


def _check(request: Request, channel: Channel | None, stored: Stored) -> None:
    """Raise FailedError unless the session may take the message back."""
    target, given = request.params[0], request.params[1]
    session = request.session
    if session.operator or (channel is not None and _is_theirs(request, channel, stored)):
        return
    if not _is_own(session, stored):
        text = "You are not authorised to delete this message"
        raise FailedError("REDACT_FORBIDDEN", target, given, text=text)
    if request.now.unix - id_ms(stored.msgid) / 1000 > limits.REDACT_WITHIN_S:
        window = str(limits.REDACT_WITHIN_S)
        text = "You can no longer delete this message"
        raise FailedError("REDACT_WINDOW_EXPIRED", target, given, window, text=text)


def _is_theirs(request: Request, channel: Channel, stored: Stored) -> bool:
    """Whether the session operates `channel`, and the message is from the time since it is there.

    Whoever comes into an empty channel first is its operator, and RENAME takes a channel to another name: what
    was kept under the name before is not theirs.
    """
    since_s = float(channel.created_at)
    if channel.renamed_at_s is not None:
        since_s = max(since_s, request.now.unix - (request.now.mono - channel.renamed_at_s))
    return channel.is_operator(request.session) and id_ms(stored.msgid) / 1000 >= since_s


def _is_own(session: Session, stored: Stored) -> bool:
    """By account; without one by nick, as long as who said it has that nick."""
    if stored.account or session.account is not None:
        return session.account is not None and fold(stored.account) == fold(session.account)
    source = stored.body[1:].partition(b" ")[0].decode()
    return fold(nick_of(source)) == fold(session.shown_nick) and stored.msgid > session.person.nick_since


def _tell(request: Request, channel: Channel | None, target: str, given: str) -> None:
    """Forward it to the recipients with the capability, to the session itself as an echo.

    The server "MUST not forward this REDACT to target recipients that have not negotiated this capability".
    """
    hub, session = request.hub, request.session
    reason = request.param(2)
    text = clip(reason, limits.REASON_BYTES) if reason else None
    shown = channel.name if channel is not None else target
    line: Line = hub.event(session, "REDACT", shown, given, text=text, now=request.now)
    if channel is not None:
        receivers = list(channel.members)
    else:
        person = hub.find(target)
        receivers = [*(person.siblings if person is not None else ()), *session.siblings]
    hub.send_all((one for one in receivers if one.has(caps.MESSAGE_REDACTION)), line, skip=session)
    if session.has(caps.ECHO_MESSAGE):
        request.event(line)


def _unknown(target: str, given: str) -> FailedError:
    return FailedError("UNKNOWN_MSGID", target, given, text="This message does not exist or is too old")


COMMANDS = (Command("REDACT", handle_redact, arity=2, needs=caps.MESSAGE_REDACTION),)
