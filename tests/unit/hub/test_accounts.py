"""Accounts: REGISTER, SASL in the hub, nicks that belong to somebody, what outlives a restart."""

from pathlib import Path

import pytest
from chat_hub import limits
from chat_hub.store.direct import DirectStore
from livechat.irc import numerics as n

from tests.support.hub_harness import HubHarness, with_settings
from tests.support.login import (
    PASSWORD,
    codes,
    fail_code,
    log_in_plain,
    log_in_scram,
    member,
    offered,
    plain_message,
    register,
    sasl_client,
)

# -- REGISTER ------------------------------------------------------------------------------------------------


def test_a_nick_becomes_an_account_and_its_owner_is_logged_in() -> None:
    """draft/account-registration: "the client is assumed to be authenticated to the <account> as if it used
    SASL".
    """
    hub = HubHarness()
    client = hub.client("Ann", caps="standard-replies")
    success, logged_in = client.ask(f"REGISTER * * :{PASSWORD}")
    assert success.params == ("SUCCESS", "Ann", "Account successfully registered")
    assert logged_in.params[2] == "Ann"
    assert client.session.account == "Ann"
    assert fail_code(client.ask(f"REGISTER * * :{PASSWORD}")) == "ALREADY_AUTHENTICATED"
    assert fail_code(client.ask("VERIFY Ann 123")) == "ALREADY_AUTHENTICATED"


def test_the_answer_waits_for_the_commit_and_so_do_the_lines_behind_it() -> None:
    hub = HubHarness()
    client = hub.client("ann")
    hub.holding = True
    assert client.ask(f"REGISTER * * :{PASSWORD}", "PING x") == []
    hub.holding = False
    hub.commit()
    assert codes(client.read()) == ["REGISTER", n.RPL_LOGGEDIN, "PONG"]


def test_registering_is_possible_before_the_connection_is() -> None:
    """ "before-connect … MUST NOT use FAIL REGISTER COMPLETE_CONNECTION_REQUIRED"."""
    hub = HubHarness()
    client = sasl_client(hub)
    assert fail_code(client.ask(f"REGISTER * * :{PASSWORD}")) == "NEED_NICK"
    assert codes(client.ask("NICK ann", f"REGISTER * * :{PASSWORD}")) == ["REGISTER", n.RPL_LOGGEDIN]
    assert client.commands("USER a 0 * :A", "CAP END")[0] == n.RPL_WELCOME
    assert client.session.account == client.session.nick == "ann"


def test_a_server_password_cannot_be_gone_round() -> None:
    hub = HubHarness(with_settings(server_password="gate"))
    client = hub.connect()
    client.send("CAP REQ :standard-replies", "NICK ann")
    assert "draft/account-registration=custom-account-name" in offered(client, "CAP LS 302")
    assert fail_code(client.ask(f"REGISTER * * :{PASSWORD}")) == "COMPLETE_CONNECTION_REQUIRED"
    client.send("PASS gate")
    assert codes(client.ask(f"REGISTER * * :{PASSWORD}"))[0] == "REGISTER"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("REGISTER bob * :longenough", "ACCOUNT_EXISTS"),
        ("REGISTER a!b * :longenough", "BAD_ACCOUNT_NAME"),
        ("REGISTER files * :longenough", "BAD_ACCOUNT_NAME"),
        ("REGISTER Carl * :longenough", "BAD_ACCOUNT_NAME"),
        ("REGISTER * a@b.example :longenough", "INVALID_EMAIL"),
        ("REGISTER * * :short", "WEAK_PASSWORD"),
        ("REGISTER * * :LongName", "WEAK_PASSWORD"),
        ("REGISTER * * :tab\tinside", "UNACCEPTABLE_PASSWORD"),
        ("REGISTER * * :" + "x" * 301, "UNACCEPTABLE_PASSWORD"),
        ("VERIFY longname 123", "INVALID_CODE"),
    ],
)
def test_what_cannot_be_registered_is_told_apart(line: str, code: str) -> None:
    hub = HubHarness()
    register(hub, "Bob")
    hub.client("carl")
    client = hub.client("longname", caps="standard-replies")
    assert fail_code(client.ask(line)) == code
    assert client.session.account is None


def test_an_answer_that_comes_later_carries_its_label() -> None:
    hub = HubHarness()
    client = hub.client("ann", caps="sasl labeled-response batch standard-replies")
    start, *lines, end = client.ask(f"@label=r1 REGISTER * * :{PASSWORD}")
    assert (start.command, start.tags["label"], end.command) == ("BATCH", "r1", "BATCH")
    assert codes(lines) == ["REGISTER", n.RPL_LOGGEDIN]
    assert client.one("@label=a1 AUTHENTICATE PLAIN").tags == {"label": "a1"}
    start, *lines, end = client.ask(f"@label=a2 AUTHENTICATE {plain_message('ann', PASSWORD)}")
    assert start.tags["label"] == "a2"
    assert codes(lines) == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]


def test_two_who_register_one_name_at_once_do_not_both_get_it() -> None:
    hub = HubHarness()
    first, second = hub.client("a", caps="standard-replies"), hub.client("b", caps="standard-replies")
    hub.holding = True
    first.send(f"REGISTER same * :{PASSWORD}")
    assert fail_code(second.ask(f"REGISTER SAME * :{PASSWORD}")) == "ACCOUNT_EXISTS"
    hub.commit()
    assert first.read()[0].params[0] == "SUCCESS"


def test_a_name_on_its_way_to_be_an_accounts_is_nobody_elses_nick() -> None:
    hub = HubHarness()
    early = hub.connect().send("NICK wanted")
    ann = hub.client("ann", caps="standard-replies")
    assert fail_code(ann.ask(f"REGISTER wanted * :{PASSWORD}")) == "BAD_ACCOUNT_NAME"
    early.send("QUIT")
    hub.holding = True
    ann.send(f"REGISTER wanted * :{PASSWORD}")
    assert hub.client("other").one("NICK wanted").command == n.ERR_NICKNAMEINUSE
    assert hub.connect().one("NICK Wanted").command == n.ERR_NICKNAMEINUSE
    hub.holding = False
    hub.commit()
    assert ann.read()[0].params[:2] == ("SUCCESS", "wanted")
    assert ann.one("NICK wanted").command == "NICK"


def test_accounts_and_registrations_per_address_are_bounded() -> None:
    hub = HubHarness(with_settings(max_accounts=1))
    register(hub, "ann")
    bob = hub.client("bob", caps="standard-replies")
    assert fail_code(bob.ask(f"REGISTER * * :{PASSWORD}")) == "TEMPORARILY_UNAVAILABLE"

    hub = HubHarness()
    for number in range(int(limits.REGISTRATION_BURST)):
        register(hub, f"n{number}")
    bob = hub.client("bob", caps="standard-replies")
    assert fail_code(bob.ask(f"REGISTER * * :{PASSWORD}")) == "TEMPORARILY_UNAVAILABLE"
    hub.pass_time(1 / limits.REGISTRATION_RATE + 1)
    bob.read()
    assert bob.ask(f"REGISTER * * :{PASSWORD}")[0].command == "REGISTER"


def test_accounts_are_there_after_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "hub.db")
    hub = HubHarness(store=DirectStore(path))
    register(hub, "Жора")
    hub.store.close()
    again = HubHarness(store=DirectStore(path))
    client = sasl_client(again)
    assert codes(log_in_plain(client, "жора")) == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]
    assert codes(log_in_scram(sasl_client(again), "Жора"))[-2:] == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]
    assert client.session.account == "Жора"


# -- nicks that belong to somebody ---------------------------------------------------------------------------


def test_a_nick_of_an_account_is_only_for_its_owner() -> None:
    hub = HubHarness()
    register(hub, "Ann")
    stranger = hub.client("other")
    refused = stranger.one("NICK ann")
    assert refused.command == n.ERR_NICKNAMEINUSE
    assert "belongs to an account" in refused.params[-1]
    assert hub.connect().one("NICK ANN").command == n.ERR_NICKNAMEINUSE
    owner = member(hub, "Ann")
    assert owner.session.nick == "Ann"
    assert [m.params for m in owner.ask("NICK away")] == [("away",)]
    assert [m.params for m in owner.ask("NICK ann")] == [("ann",)]


def test_who_does_not_log_in_is_asked_for_another_nick_when_registration_completes() -> None:
    hub = HubHarness()
    register(hub, "ann")
    client = sasl_client(hub)
    assert client.ask("NICK ann", "USER a 0 * :A") == []
    assert client.commands("CAP END") == [n.ERR_NICKNAMEINUSE]
    assert not client.session.registered
    assert client.commands("NICK ann2")[0] == n.RPL_WELCOME


def test_logging_in_opens_the_nick_that_was_asked_for_before() -> None:
    hub = HubHarness()
    register(hub, "ann")
    client = sasl_client(hub)
    client.send("NICK ANN", "USER a 0 * :A")
    log_in_scram(client, "ann")
    assert client.commands("CAP END")[0] == n.RPL_WELCOME
    assert (client.session.nick, client.session.account) == ("ANN", "ann")


def test_a_setting_demands_accounts_for_all() -> None:
    hub = HubHarness(with_settings(require_account=True))
    client = hub.connect()
    client.send("CAP REQ :sasl standard-replies", "NICK ann", "USER a 0 * :A")
    refused = client.ask("CAP END")
    assert [m.command for m in refused] == ["FAIL", "ERROR"]
    assert refused[0].params[1] == "ACCOUNT_REQUIRED"
    newcomer = hub.connect()
    newcomer.send("CAP REQ :sasl", "NICK ann", "USER a 0 * :A", f"REGISTER * * :{PASSWORD}")
    assert n.RPL_WELCOME in newcomer.commands("CAP END")


# -- what others see -----------------------------------------------------------------------------------------


def test_a_login_is_told_to_those_who_asked() -> None:
    hub = HubHarness()
    register(hub, "acc")
    watcher = hub.client("w", caps="account-notify", join="#x")
    plain = hub.client("p", join="#x")
    client = hub.client("ann", caps="sasl", join="#x")
    watcher.read(), plain.read()
    log_in_plain(client, "acc")
    (told,) = watcher.read()
    assert (told.command, told.params, told.source) == ("ACCOUNT", ("acc",), client.session.prefix)
    assert plain.read() == []


def test_messages_and_joins_carry_the_account() -> None:
    """account-tag: "The tag MUST be added … to all commands sent by the user"; extended-join: "<account>"."""
    hub = HubHarness()
    register(hub, "Ann")
    watcher = hub.client("w", caps="account-tag extended-join", join="#x")
    member(hub, "Ann", join="#x").send("PRIVMSG #x :hi", "PRIVMSG w :psst")
    join, room, whisper = (m for m in watcher.read() if m.command in {"JOIN", "PRIVMSG"})
    assert join.params == ("#x", "Ann", "Ann")
    assert {m.tags.get("account") for m in (join, room, whisper)} == {"Ann"}
    hub.client("guest", join="#x").send("PRIVMSG #x :hi")
    assert [m.tags for m in watcher.read()] == [{}, {}]
    whois = watcher.ask("WHOIS Ann")
    assert [m.params[1:3] for m in whois if m.command == n.RPL_WHOISACCOUNT] == [("Ann", "Ann")]


def test_reauthentication_changes_the_account_unless_the_nick_forbids_it() -> None:
    hub = HubHarness()
    register(hub, "ann")
    register(hub, "bob")
    client = member(hub, "ann")
    assert codes(log_in_plain(client, "ann")) == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]
    assert codes(log_in_plain(client, "bob")) == [n.ERR_SASLALREADY]
    assert client.session.account == "ann"
    assert codes(log_in_plain(client, "bob", "wrong pass")) == [n.ERR_SASLFAIL]
    client.send("NICK free")
    assert codes(log_in_plain(client, "bob")) == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]
    assert client.session.account == "bob"


def test_sessions_of_one_account_are_bounded() -> None:
    hub = HubHarness(with_settings(max_sessions_per_account=2))
    register(hub, "ann")
    first = member(hub, "ann")
    member(hub, "ann")
    third = sasl_client(hub)
    refused = log_in_plain(third, "ann")
    assert codes(refused) == [n.ERR_SASLALREADY]
    first.send("QUIT")
    assert codes(log_in_plain(third, "ann")) == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]


@pytest.mark.parametrize("line", [f"REGISTER * * :{PASSWORD}", "AUTHENTICATE PLAIN"])
def test_who_is_kept_off_the_server_makes_no_account_and_tries_no_password(line: str) -> None:
    hub = HubHarness(with_settings(oper_name="root", oper_password="pw"))
    hub.client("root", address="203.0.113.1").send("OPER root pw", "KLINE 198.51.100.0/24 :spam")
    kept_off, other = sasl_client(hub, "198.51.100.9"), sasl_client(hub)
    kept_off.send("NICK ann")
    assert codes(kept_off.ask(line)) == [n.ERR_YOUREBANNEDCREEP, "ERROR"]
    assert kept_off.session.closed
    assert hub.hub.accounts.book.is_free("ann")
    other.send("NICK bob")
    assert n.ERR_YOUREBANNEDCREEP not in codes(other.ask(line))
