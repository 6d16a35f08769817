"""AUTHENTICATE: logging in over SASL, before registration and at any time after (IRCv3 SASL 3.1 and 3.2)."""

from livechat.errors import RemoteProtocolError
from livechat.irc import numerics

from chat_hub import caps, limits
from chat_hub.accounts.login import LoginAttempt, mechanisms
from chat_hub.commands.table import Command
from chat_hub.replies import Deferred, RefusedError, Request
from chat_hub.sasl.framing import ABORT, CHUNK_BYTES, ChunkTooLongError, chunks
from chat_hub.sasl.scram import FAILED
from chat_hub.sasl.steps import Accepted, Challenge, CheckPassword, Rejected, Step

_BUSY = "SASL authentication failed: the server is busy, please try again in a moment"


def handle_authenticate(request: Request) -> None:
    """AUTHENTICATE <mechanism>, a chunk of a message, `+` for an empty one, or `*` to give up."""
    session, word = request.session, request.params[0]
    if not session.has(caps.SASL):
        raise _failed("SASL authentication failed: negotiate the capability sasl first")
    if session.login is None:
        session.login = LoginAttempt()
    if word == ABORT:
        session.login.end()
        raise RefusedError(numerics.ERR_SASLABORTED, text="SASL authentication aborted")
    if len(word) > CHUNK_BYTES:
        session.login.end()
        raise RefusedError(numerics.ERR_SASLTOOLONG, text="SASL message too long")
    if session.login.mechanism is None:
        _start(request, session.login, word)
    else:
        _continue(request, session.login, word)


def end_if_banned(request: Request) -> bool:
    """End a connection that a K-line would not let register: it makes no account and tries no password."""
    session, hub = request.session, request.hub
    banned = hub.moderation.refusal(session, request.now) if not session.registered else None
    if banned is None:
        return False
    request.numeric(numerics.ERR_YOUREBANNEDCREEP, text=banned)
    request.finish()
    hub.close(session, banned, request.now)
    return True


def _start(request: Request, login: LoginAttempt, name: str) -> None:
    session, desk = request.session, request.hub.accounts
    if end_if_banned(request):
        return
    wait_s = desk.guard.wait_s(session.address, request.now.mono)
    if wait_s > 0:
        seconds = int(wait_s) + 1
        raise _failed(f"{FAILED}: too many wrong logins from your address, please wait {seconds} s")
    mechanism = desk.mechanism(session, name.upper())
    if mechanism is None:
        # "If the mechanism is not supported, the server replies with 908 and 904" (SASL 3.1)
        request.numeric(numerics.RPL_SASLMECHS, mechanisms(session), text="are available SASL mechanisms")
        raise _failed(FAILED)
    login.start(mechanism)
    request.from_server("AUTHENTICATE", "+")


def _continue(request: Request, login: LoginAttempt, chunk: str) -> None:
    assert login.mechanism is not None
    try:
        message = login.reassembler.feed(chunk)
    except ChunkTooLongError as error:
        login.end()
        raise RefusedError(numerics.ERR_SASLTOOLONG, text="SASL message too long") from error
    except RemoteProtocolError as error:
        login.end()
        raise _failed("SASL authentication failed: the message is not base64") from error
    if message is not None:
        _take(request, login, login.mechanism(message))


def _take(request: Request, login: LoginAttempt, step: Step) -> None:
    """Do what the mechanism wants."""
    if isinstance(step, Challenge):
        for part in chunks(step.data):
            request.from_server("AUTHENTICATE", part)
        return
    login.end()
    if isinstance(step, CheckPassword):
        _check_password(request, login, step)
    elif isinstance(step, Accepted):
        _accept(request, step.name)
    else:
        _reject(request, login, step)


def _check_password(request: Request, login: LoginAttempt, step: CheckPassword) -> None:
    """Ask the pool; the session's next lines wait for it, for they may depend on who it is."""
    session, desk = request.session, request.hub.accounts
    account = desk.book.find(step.name)
    password = step.password if len(step.password.encode()) <= limits.PASSWORD_BYTES else ""
    part: Deferred | None = None

    def checked(right: bool | None) -> None:
        assert part is not None
        if session.closed:
            return
        try:
            if right is None:
                request.refuse(_failed(_BUSY))
            elif right:
                _accept(request, step.name)
            else:
                _reject(request, login, Rejected(FAILED, step.name, counts=True), part)
        except RefusedError as refused:
            request.refuse(refused)
        part.done()
        session.resume()

    stored = account.secrets.argon2 if account is not None and password else None
    if not desk.hasher.check(session.address, password, stored, checked):
        raise _failed(_BUSY)
    part = request.later()
    session.suspend()


def _accept(request: Request, name: str) -> None:
    session, desk = request.session, request.hub.accounts
    account = desk.book.find(name)
    if account is None:
        raise _failed(FAILED)
    if (fault := desk.login_fault(session, account)) is not None:
        raise RefusedError(numerics.ERR_SASLALREADY, text=fault)
    desk.log_in(session, account, request.now)
    request.logged_in(account.name)
    request.numeric(numerics.RPL_SASLSUCCESS, text="SASL authentication successful")


def _reject(request: Request, login: LoginAttempt, rejected: Rejected, part: Deferred | None = None) -> None:
    """904; a wrong credential is counted, and the last one that is allowed ends the connection."""
    session, hub = request.session, request.hub
    request.refuse(_failed(rejected.reason))
    if not rejected.counts:
        return
    login.failures += 1
    hub.accounts.guard.failed(session.address, request.now.mono)
    hub.report(f"{session.shown_nick} ({session.address}) failed to log in to {rejected.name!r}")
    if login.failures >= hub.settings.bounds.login_tries:
        # "... MUST provide the reason for the authentication failure prior to disconnection" (SASL 3.2)
        if part is not None:
            part.done()
        else:
            request.finish()
        hub.close(session, "Too many wrong logins", request.now)


def _failed(text: str) -> RefusedError:
    return RefusedError(numerics.ERR_SASLFAIL, text=text)


COMMANDS = (Command("AUTHENTICATE", handle_authenticate, arity=1, before_registration=True),)
