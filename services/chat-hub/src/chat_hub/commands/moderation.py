"""KLINE, UNKLINE, AUDIT, REHASH and SETHOST: what the operators of the server do for its peace."""

from collections.abc import Callable

from livechat.irc import numerics

from chat_hub import caps, hosts, limits
from chat_hub.clock import server_time
from chat_hub.commands.table import Command
from chat_hub.klines import KLine, is_too_wide, parse_duration, parse_target
from chat_hub.moderation import OnKept
from chat_hub.replies import FailedError, RefusedError, Request
from chat_hub.store.protocol import StoreError
from chat_hub.text import clip

_SENTENCE_BYTES = 400  # of an entry of the log: it has to fit into a line


def handle_kline(request: Request) -> None:
    """KLINE [<duration>] <address|network|mask|a:account> [:<reason>]: for good without a duration."""
    session, now = request.session, request.now
    duration_s, given, reason = _kline_words(request)
    target = parse_target(given)
    if target is None:
        raise FailedError("INVALID_MASK", given, text="Use an address, a network, nick!user@host or a:account")
    moderation = request.hub.moderation
    if is_too_wide(given):
        raise FailedError("TOO_WIDE", given, text="This would mean almost everybody")
    if moderation.klines.matches(target[0], session):
        raise FailedError("MATCHES_YOURSELF", given, text="This means yourself")
    most = request.hub.settings.bounds.klines
    if len(moderation.klines) >= most and moderation.klines.find(target[0]) is None:
        raise FailedError("LIST_FULL", given, text=f"There are {most} K-lines already")
    expires_at = int(now.unix) + duration_s if duration_s else 0
    line = KLine(target[0], reason, session.shown_nick, int(now.unix), expires_at)
    until = f"until {server_time(expires_at)}" if expires_at else "for good"
    request.hub.audit.note(session, "KLINE", line.text, f"{until}: {reason}", now)
    sentence = f"K-line on {line.text} {until}"
    ended = moderation.add(
        line,
        now,
        _when_kept(request, "KLINE", "ADDED", line.text, lambda: f"{sentence}; {ended} connections ended"),
    )


def handle_unkline(request: Request) -> None:
    """UNKLINE <what the K-line says>."""
    given = request.params[0]
    target = parse_target(given)
    moderation = request.hub.moderation
    if target is None or moderation.klines.find(target[0]) is None:
        raise FailedError("NO_SUCH_KLINE", given, text="There is no such K-line: STATS k shows them")
    text = target[0]
    request.hub.audit.note(request.session, "UNKLINE", text, "", request.now)
    moderation.lift(
        text, _when_kept(request, "UNKLINE", "REMOVED", text, lambda: f"K-line on {text} is lifted")
    )


def handle_audit(request: Request) -> None:
    """AUDIT [<count>]: so many of the latest acts in channels and of the latest others, oldest first."""
    asked = request.param(0) or str(limits.AUDIT_REPLIES // 4)
    if not (asked.isascii() and asked.isdigit()):
        raise FailedError("INVALID_COUNT", asked, text="Use AUDIT and a number")
    for act in request.hub.audit.latest(min(int(asked[:6]), limits.AUDIT_REPLIES)):
        note(request, "AUDIT", "ENTRY", text=clip(act.sentence(), _SENTENCE_BYTES))
    note(request, "AUDIT", "END", text="End of the log")


def handle_rehash(request: Request) -> None:
    """REHASH: read the message of the day, the rules and the certificate again."""
    request.hub.audit.note(request.session, "REHASH", request.hub.settings.server_name, "", request.now)
    request.numeric(
        numerics.RPL_REHASHING, "motd.txt", text="Rehashing: message of the day, rules, certificate"
    )
    request.hub.reload()


def handle_sethost(request: Request) -> None:
    """SETHOST <nick> [<host>]: show another host for somebody; without one their cloak again."""
    hub, nick = request.hub, request.params[0]
    target = hub.find(nick)
    if target is None:
        raise RefusedError(numerics.ERR_NOSUCHNICK, nick, text="No such nick")
    host = request.param(1) or target.cloak
    if (fault := hosts.host_fault(host)) is not None:
        raise FailedError("INVALID_HOST", host, text=fault)
    hub.audit.note(request.session, "SETHOST", target.shown_nick, host, request.now)
    if host != target.host:
        hosts.change_host(hub, target, host, request)
    note(request, "SETHOST", "CHANGED", target.shown_nick, text=f"{target.nick} is shown as {target.prefix}")


def note(request: Request, command: str, code: str, *context: str, text: str) -> None:
    """Answer with NOTE (IRCv3 standard-replies), or with a NOTICE to those who did not negotiate it."""
    if request.session.has(caps.STANDARD_REPLIES):
        request.from_server("NOTE", command, code, *context, text=text)
    else:
        request.from_server("NOTICE", request.session.shown_nick, text=f"{command}: {text}")


def _when_kept(request: Request, command: str, code: str, what: str, said: Callable[[], str]) -> OnKept:
    """Answer when the decision is committed: a restart right after the answer forgets nothing."""
    deferred = request.later()

    def kept(error: StoreError | None) -> None:
        if error is None:
            note(request, command, code, what, text=said())
        else:
            text = "This holds until the server ends: it could not be kept"
            request.fail(command, FailedError("NOT_KEPT", what, text=text))
        deferred.done()

    return kept


def _kline_words(request: Request) -> tuple[int, str, str]:
    words = list(request.params)
    duration_s = parse_duration(words[0]) if len(words) > 1 else None
    if duration_s is not None:
        del words[0]
    reason = words[1] if len(words) > 1 and words[1] else "No reason given"
    return duration_s or 0, words[0], clip(reason, limits.KLINE_REASON_BYTES)


COMMANDS = (
    Command("KLINE", handle_kline, arity=1, operator=True),
    Command("UNKLINE", handle_unkline, arity=1, operator=True),
    Command("AUDIT", handle_audit, operator=True),
    Command("REHASH", handle_rehash, operator=True),
    Command("SETHOST", handle_sethost, arity=1, operator=True),
)
