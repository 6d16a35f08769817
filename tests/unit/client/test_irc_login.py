"""The client's IRC core until it is in the lobby, or is told in one sentence why it cannot be."""

import pytest
from client_gui.model import events as ev
from client_gui.model.events import LOBBY
from client_gui.model.irc.facts import Disconnect
from client_gui.model.irc.session import FIRST_WORD_S, LOGIN_S

from tests.support.irc_session import Talk


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("", "This server asks for a password."), ("guess", "The server's password is wrong.")],
)
def test_a_refused_password_is_told_from_one_that_is_missing(password: str, sentence: str) -> None:
    talk = Talk(password=password)

    assert talk.hear(":s 464 * :Password incorrect") == [ev.LoginRefused(sentence, password_refused=True)]


@pytest.mark.parametrize("password", ["two\nlines", "nul\0"])
def test_a_password_that_no_line_can_carry_is_one_clear_sentence(password: str) -> None:
    talk = Talk(password=password)

    (refused,) = talk.facts()
    assert isinstance(refused, ev.LoginRefused)
    assert refused.password_refused
    assert talk.sent() == []


def test_the_log_in_asks_for_what_the_server_has_and_joins_the_lobby() -> None:
    talk = Talk("Dana", "secret")
    assert talk.sent() == ["CAP LS 302", "PASS secret", "NICK Dana", "USER Dana 0 * Dana"]

    talk.hear(
        ":irc.test CAP * LS * :server-time foo", ":irc.test CAP * LS :echo-message livechat/files=v1 sts=x"
    )
    assert talk.sent() == ["CAP REQ :server-time echo-message livechat/files"]

    talk.hear(":irc.test CAP Dana ACK :server-time echo-message livechat/files")
    assert talk.sent() == ["CAP END"]

    talk.hear(":irc.test 001 Dana :Welcome")
    assert talk.sent() == [f"JOIN {LOBBY}"]

    facts = talk.hear(":irc.test 005 Dana NETWORK=TestNet :are supported", f":Dana!d@h JOIN {LOBBY}")
    assert facts[0] == ev.Online("Dana", "TestNet")
    assert talk.sent() == ["FILES LIST"]


def test_refused_capabilities_do_not_stop_the_log_in() -> None:
    talk = Talk()
    talk.sent()
    talk.hear(":irc.test CAP * LS :batch", ":irc.test CAP * NAK :batch")

    assert talk.sent() == ["CAP REQ batch", "CAP END"]


@pytest.mark.parametrize(
    ("line", "sentence", "name_refused"),
    [
        (":s 433 * Dana :Nickname is already in use", "The name Dana is already taken; choose another.", True),
        (
            ":s 432 * Dana :Erroneous nickname",
            "The name Dana cannot be used on this server; choose another.",
            True,
        ),
        (":s 432 * Dana :A name cannot hold U+0020.", "A name cannot hold U+0020.", True),
        (":s 465 * :Go away.", "This server has banned you: Go away.", False),
        (
            "ERROR :Closing Link: 1.2.3.4 (Server full)",
            "The server refused the connection: Server full.",
            False,
        ),
    ],
)
def test_a_refused_log_in_is_one_clear_sentence(line: str, sentence: str, name_refused: bool) -> None:
    talk = Talk()

    assert talk.hear(line) == [ev.LoginRefused(sentence, name_refused)]
    assert talk.session.get_timer() is None


def test_a_lobby_that_cannot_be_entered_ends_the_log_in() -> None:
    talk = Talk()
    facts = talk.hear(":s 001 Dana :Hi", f":s 474 Dana {LOBBY} :You are banned")

    assert facts == [ev.LoginRefused(f"{LOBBY} cannot be entered: You are banned")]


def test_a_name_that_would_break_a_line_never_leaves() -> None:
    talk = Talk("two words\r\nQUIT")

    assert isinstance(talk.facts()[0], ev.LoginRefused)
    assert talk.sent() == []


@pytest.mark.parametrize("garbage", ["HTTP/1.1 400 Bad Request", "\x16\x03\x01 tls", "x" * 20_000])
def test_another_kind_of_server_is_told_from_ours(garbage: str) -> None:
    assert Talk().hear(garbage) == [Disconnect("it is not a Social Live Chat server")]


def test_a_silent_server_is_not_waited_for() -> None:
    talk = Talk()
    assert talk.session.get_timer() == FIRST_WORD_S
    talk.session.handle_timer(FIRST_WORD_S - 0.1)
    assert talk.facts() == []

    talk.session.handle_timer(FIRST_WORD_S)
    assert talk.facts() == [Disconnect("it is not a Social Live Chat server")]


def test_a_log_in_that_never_ends_is_given_up() -> None:
    talk = Talk()
    talk.hear(":s NOTICE * :Looking you up")

    assert talk.session.get_timer() == LOGIN_S
    talk.session.handle_timer(LOGIN_S)
    assert talk.facts() == [Disconnect("it did not finish the log-in in time")]
