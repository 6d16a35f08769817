"""REGISTER, VERIFY, PASSWD and CERT: making an account, its password, and the certificates that log in to it.

REGISTER and VERIFY follow IRCv3 draft/account-registration; nothing is sent by e-mail, so nothing is verified.
PASSWD and CERT are our own (docs/protocol/irc.md section 13).
"""

from livechat.irc.casemap import fold
from livechat.irc.names import nick_fault

from chat_hub import limits
from chat_hub.accounts.book import Account
from chat_hub.commands.authenticate import end_if_banned
from chat_hub.commands.registration import same_secret
from chat_hub.commands.table import Command
from chat_hub.replies import Deferred, FailedError, Request
from chat_hub.sasl.prepare import UnfitPasswordError, saslprep
from chat_hub.session import Session

NO_EMAIL = "*"
_FINGERPRINT_CHARS = 64  # SHA-256 in hex


def handle_register(request: Request) -> None:
    """REGISTER {<account> | "*"} {<email> | "*"} <password>."""
    session, hub = request.session, request.hub
    if end_if_banned(request):
        return
    name = _account_name(request)
    _check_name(request, name)
    if request.params[1] != NO_EMAIL:
        raise FailedError(
            "INVALID_EMAIL", name, text="This server sends no e-mail: use * instead of an address"
        )
    password = _password(name, request.params[2])
    desk = hub.accounts
    if desk.is_full or not desk.may_register(session.address, request.now):
        reason = "there are as many accounts as there may be" if desk.is_full else "too many from your address"
        raise FailedError("TEMPORARILY_UNAVAILABLE", name, text=f"No account can be made now: {reason}")
    part: Deferred | None = None

    def made(account: Account | None) -> None:
        assert part is not None
        if not session.closed:
            _registered(request, name, account)
        part.done()
        session.resume()

    if not desk.register(session, name, password, request.now, made):
        raise FailedError(
            "TEMPORARILY_UNAVAILABLE", name, text="The server is busy, please try again in a moment"
        )
    part = request.later()
    session.suspend()


def handle_verify(request: Request) -> None:
    """VERIFY <account> <code>: no registration here ever waits for a code."""
    account = request.session.account
    if account is not None:
        raise FailedError("ALREADY_AUTHENTICATED", account, text="You are logged in already")
    raise FailedError(
        "INVALID_CODE", request.params[0], text="There is nothing to verify: log in with the password"
    )


def handle_passwd(request: Request) -> None:
    """PASSWD :<new password>, from who is logged in: PASSWD SUCCESS <account> when it is committed."""
    session = request.session
    account = _own_account(request)
    password = _password(account.name, request.params[0])
    part: Deferred | None = None

    def written(done: bool) -> None:
        assert part is not None
        if done:
            request.hub.report(
                f"{session.shown_nick} ({session.address}) has a new password for {account.name}"
            )
            request.from_server("PASSWD", "SUCCESS", account.name, text="The password is changed")
        else:
            request.fail("PASSWD", FailedError("TEMPORARILY_UNAVAILABLE", text="It could not be stored"))
        part.done()
        session.resume()

    if not request.hub.accounts.set_password(session, account, password, written):
        raise FailedError("TEMPORARILY_UNAVAILABLE", text="The server is busy, please try again in a moment")
    part = request.later()
    session.suspend()


def handle_cert(request: Request) -> None:
    """CERT LIST, CERT ADD [<fingerprint>], CERT DEL <fingerprint>: which certificates log in by EXTERNAL."""
    account = _own_account(request)
    subcommand = request.params[0].upper()
    if subcommand == "LIST":
        _list_certificates(request, account)
    elif subcommand in {"ADD", "DEL"}:
        _change_certificates(request, account, subcommand)
    else:
        raise FailedError("INVALID_PARAMS", request.params[0], text="Use CERT LIST, CERT ADD or CERT DEL")


def _own_account(request: Request) -> Account:
    """The account of the session."""
    account = request.hub.accounts.book.find(request.session.account or "")
    if account is None:
        raise FailedError("ACCOUNT_REQUIRED", text="Log in to your account first")
    return account


def _account_name(request: Request) -> str:
    """The name that is asked for, with what has to hold before any name is looked at."""
    session, settings = request.session, request.hub.settings
    if session.account is not None:
        raise FailedError("ALREADY_AUTHENTICATED", session.account, text="You are logged in already")
    password = settings.server_password
    if not session.registered and password and not same_secret(session.password or "", password):
        raise FailedError("COMPLETE_CONNECTION_REQUIRED", text="Give the server's password and register first")
    nick = session.nick or session.wanted_nick
    if nick is None:
        raise FailedError("NEED_NICK", "*", text="Choose a nick first")
    return nick if request.params[0] == "*" else request.params[0]


def _check_name(request: Request, name: str) -> None:
    hub = request.hub
    if (fault := nick_fault(name)) is not None:
        raise FailedError("BAD_ACCOUNT_NAME", name, text=fault)
    if hub.is_service(name):
        raise FailedError("BAD_ACCOUNT_NAME", name, text="This name belongs to the server")
    if not hub.accounts.book.is_free(name):
        raise FailedError("ACCOUNT_EXISTS", name, text="There is an account of this name already")
    holder = hub.by_nick.get(fold(name))  # also who has not registered yet: the nick would be theirs
    if holder is not None and holder.person is not request.session.person:
        raise FailedError("BAD_ACCOUNT_NAME", name, text="Somebody else uses this name as a nick")


def _password(name: str, password: str) -> str:
    """The password, prepared; FailedError when it is too weak or cannot be one."""
    try:
        prepared = saslprep(password)
    except UnfitPasswordError as error:
        raise FailedError("UNACCEPTABLE_PASSWORD", name, text=str(error)) from error
    if len(prepared.encode()) > limits.PASSWORD_BYTES:
        most = limits.PASSWORD_BYTES
        raise FailedError("UNACCEPTABLE_PASSWORD", name, text=f"A password has at most {most} bytes")
    if len(prepared) < limits.PASSWORD_CHARS or prepared.casefold() == name.casefold():
        least = limits.PASSWORD_CHARS
        raise FailedError(
            "WEAK_PASSWORD", name, text=f"A password has at least {least} characters and is not the name"
        )
    return prepared


def _registered(request: Request, name: str, account: Account | None) -> None:
    """Answer when the account is committed; the session is logged in to it as if it had used SASL."""
    session, desk = request.session, request.hub.accounts
    if account is None:
        failed = FailedError(
            "TEMPORARILY_UNAVAILABLE", name, text="The account could not be stored, please try again"
        )
        request.fail("REGISTER", failed)
        return
    request.hub.report(f"{session.shown_nick} ({session.address}) registered the account {account.name}")
    request.from_server("REGISTER", "SUCCESS", account.name, text="Account successfully registered")
    if desk.login_fault(session, account) is None:
        desk.log_in(session, account, request.now)
        request.logged_in(account.name)


def _list_certificates(request: Request, account: Account) -> None:
    """One CERT LIST line for each fingerprint, then CERT END."""
    for fingerprint in account.certificates:
        request.from_server("CERT", "LIST", fingerprint)
    request.from_server("CERT", "END", str(len(account.certificates)))


def _change_certificates(request: Request, account: Account, subcommand: str) -> None:
    fingerprint = _fingerprint(request, request.session)
    known = account.certificates
    desk = request.hub.accounts
    if subcommand == "DEL":
        change = desk.remove_certificate
        if fingerprint not in known:
            raise FailedError("NO_SUCH_CERTIFICATE", fingerprint, text="Your account does not know it")
    else:
        change = desk.add_certificate
        if desk.book.of_certificate(fingerprint) is not None:
            raise FailedError("ALREADY_KNOWN", fingerprint, text="An account knows this certificate already")
        if len(known) >= limits.CERTIFICATES_PER_ACCOUNT:
            most = limits.CERTIFICATES_PER_ACCOUNT
            raise FailedError(
                "LIMIT_REACHED", fingerprint, text=f"An account knows at most {most} certificates"
            )
    part = request.later()
    request.session.suspend()

    def written(done: bool) -> None:
        if done:
            request.from_server("CERT", subcommand, fingerprint)
        else:
            request.fail("CERT", FailedError("UNAVAILABLE", text="It could not be stored, please try again"))
        part.done()
        request.session.resume()

    change(account, fingerprint, written)


def _fingerprint(request: Request, session: Session) -> str:
    """The fingerprint that is named, or that of this connection."""
    given = (request.param(1) or session.certfp or "").replace(":", "").lower()
    if len(given) != _FINGERPRINT_CHARS or any(char not in "0123456789abcdef" for char in given):
        raise FailedError(
            "INVALID_PARAMS", text="Name a SHA-256 fingerprint in hex, or connect with a certificate"
        )
    return given


COMMANDS = (
    Command("REGISTER", handle_register, arity=3, before_registration=True, cost=limits.DEAR),
    Command("VERIFY", handle_verify, arity=2, before_registration=True, cost=limits.DEAR),
    Command("PASSWD", handle_passwd, arity=1, cost=limits.DEAR),
    Command("CERT", handle_cert, arity=1, cost=limits.DEAR),
)
