"""Accounts: REGISTER, SASL in the hub, nicks that belong to somebody, what outlives a restart."""

from pathlib import Path

import pytest
from chat_hub import limits
from chat_hub.bounds import Bounds
from chat_hub.store.direct import DirectStore
from livechat.irc import numerics as n
from livechat.irc.message import Message

from tests.support.hub_harness import Client, HubHarness, with_settings
from tests.support.login import (
    PASSWORD,
    log_in_plain,
    log_in_scram,
    member,
    plain_message,
    register,
)


def codes(messages: list[Message]) -> list[str]:
    return [message.command for message in messages]


def offered(client: Client, line: str) -> list[str]:
    """The capabilities with their values, from as many lines as there are."""
    return " ".join(message.params[-1] for message in client.ask(line)).split()


def fail_code(messages: list[Message]) -> str:
    assert [message.command for message in messages] == ["FAIL"], messages
    return messages[0].params[1]


def sasl_client(hub: HubHarness, address: str = "192.0.2.1") -> Client:
    client = hub.connect(address)
    client.ask("CAP REQ :sasl standard-replies")
    return client


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


# -- AUTHENTICATE --------------------------------------------------------------------------------------------


def test_both_mechanisms_log_in_before_and_after_registration() -> None:
    hub = HubHarness()
    register(hub, "Ann")
    for log_in in (log_in_plain, log_in_scram):
        early = sasl_client(hub)
        assert codes(log_in(early, "ann"))[-2:] == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]
        late = hub.client("other", caps="sasl")
        assert codes(log_in(late, "Ann"))[-2:] == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]
        assert late.session.account == "Ann"
        late.send("QUIT")


def test_wrong_names_and_passwords_answer_alike_and_cost_alike() -> None:
    """No enumeration: the same words, the same work."""
    hub = HubHarness()
    register(hub, "ann")
    client = sasl_client(hub)
    before = hub.hasher.checks
    answers = [[m.params[-1] for m in log_in_plain(client, name, "wrong pass")] for name in ("ann", "nobody")]
    assert answers[0] == answers[1]
    assert hub.hasher.checks == before + 2
    firsts: list[list[tuple[str, int]]] = []
    for name in ("ann", "nobody", "nobody"):
        got = log_in_scram(sasl_client(hub, f"192.0.2.{len(firsts) + 7}"), name, "wrong pass")
        firsts.append([(m.command, len(m.params[-1])) for m in got])
    assert [command for command, _ in firsts[0]] == [command for command, _ in firsts[1]]
    assert firsts[1] == firsts[2]
    verifier = hub.hub.accounts._verifier  # the salt of a name without an account stays the same
    assert verifier("nobody").salt == verifier("NOBODY").salt != verifier("nobody2").salt


def test_a_decoy_looks_like_a_real_account_after_a_restart_too() -> None:
    first, second = HubHarness(), HubHarness()
    assert first.hub.accounts._verifier("x").salt == second.hub.accounts._verifier("x").salt


@pytest.mark.parametrize(
    ("lines", "numerics"),
    [
        (("AUTHENTICATE NOSUCH",), [n.RPL_SASLMECHS, n.ERR_SASLFAIL]),
        (("AUTHENTICATE EXTERNAL",), [n.RPL_SASLMECHS, n.ERR_SASLFAIL]),
        (("AUTHENTICATE *",), [n.ERR_SASLABORTED]),
        (("AUTHENTICATE PLAIN", "AUTHENTICATE *"), ["AUTHENTICATE", n.ERR_SASLABORTED]),
        (("AUTHENTICATE PLAIN", "AUTHENTICATE " + "A" * 401), ["AUTHENTICATE", n.ERR_SASLTOOLONG]),
        (("AUTHENTICATE PLAIN", "AUTHENTICATE !!!"), ["AUTHENTICATE", n.ERR_SASLFAIL]),
        (("AUTHENTICATE PLAIN", "AUTHENTICATE +"), ["AUTHENTICATE", n.ERR_SASLFAIL]),
        (("AUTHENTICATE",), [n.ERR_NEEDMOREPARAMS]),
        (("AUTHENTICATE PLAIN", "NICK a", "USER a 0 * :a", "CAP END"), ["AUTHENTICATE", n.ERR_SASLABORTED]),
    ],
)
def test_exchanges_that_go_wrong_end_with_their_numeric(lines: tuple[str, ...], numerics: list[str]) -> None:
    client = sasl_client(HubHarness())
    assert client.commands(*lines)[: len(numerics)] == numerics


def test_a_message_that_never_ends_is_refused() -> None:
    client = sasl_client(HubHarness())
    client.send("AUTHENTICATE PLAIN")
    got = client.commands(*["AUTHENTICATE " + "A" * 400] * 11)
    assert got[0] == n.ERR_SASLTOOLONG


def test_without_the_capability_nobody_authenticates() -> None:
    assert HubHarness().client("a").one("AUTHENTICATE PLAIN").command == n.ERR_SASLFAIL


def test_the_mechanisms_stand_in_the_value_of_the_capability() -> None:
    """SASL 3.2: "The value, if present, MUST be a comma (`,`) separated list of SASL authentication
    mechanisms".
    """
    hub = HubHarness()
    assert "sasl=PLAIN,SCRAM-SHA-256" in offered(hub.connect(), "CAP LS 302")
    client = hub.connect()
    client.session.certfp = "ab" * 32
    assert "sasl=EXTERNAL,PLAIN,SCRAM-SHA-256" in offered(client, "CAP LS 302")
    assert "sasl" in offered(hub.connect(), "CAP LS")


def test_wrong_passwords_end_a_connection_and_then_make_an_address_wait() -> None:
    """SASL 3.2: "MUST provide the reason for the authentication failure prior to disconnection"."""
    hub = HubHarness()
    register(hub, "ann")
    client = sasl_client(hub)
    for _ in range(Bounds().login_tries - 1):
        assert codes(log_in_plain(client, "ann", "wrong pass")) == [n.ERR_SASLFAIL]
    assert codes(log_in_plain(client, "ann", "wrong pass")) == [n.ERR_SASLFAIL, "ERROR"]
    assert client.session.closed
    for _ in range(limits.FREE_WRONG_LOGINS - Bounds().login_tries + 1):
        log_in_plain(sasl_client(hub), "ann", "wrong pass")
    blocked = sasl_client(hub)
    assert "please wait" in blocked.one("AUTHENTICATE PLAIN").params[-1]
    assert codes(log_in_plain(sasl_client(hub, "192.0.2.77"), "ann")) == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]
    hub.pass_time(2)
    blocked.read()
    assert codes(log_in_plain(blocked, "ann")) == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]


def test_when_the_pool_is_full_it_says_so_and_chat_goes_on() -> None:
    hub = HubHarness()
    register(hub, "ann")
    hub.holding = True
    clients = [sasl_client(hub) for _ in range(hub.hasher.room + 1)]
    for client in clients:
        client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain_message('ann', PASSWORD)}", "PING x")
    waiting, last = clients[0], clients[-1]
    assert codes(waiting.read()) == ["AUTHENTICATE"]
    busy = last.read()
    assert codes(busy) == ["AUTHENTICATE", n.ERR_SASLFAIL, "PONG"]
    assert "busy" in busy[1].params[-1]
    hub.holding = False
    hub.commit()
    assert codes(waiting.read()) == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS, "PONG"]


def test_when_nothing_can_be_hashed_everybody_is_told_and_nothing_is_counted() -> None:
    hub = HubHarness()
    register(hub, "ann")
    ann, bob = member(hub, "ann"), hub.client("bob", caps="standard-replies")
    hub.hasher.broken = True
    client = sasl_client(hub)
    for _ in range(20):
        (refused,) = log_in_plain(client, "ann")
        assert (refused.command, "busy" in refused.params[-1]) == (n.ERR_SASLFAIL, True)
    assert fail_code(ann.ask("PASSWD :newer secret")) == "TEMPORARILY_UNAVAILABLE"
    assert fail_code(bob.ask(f"REGISTER * * :{PASSWORD}")) == "TEMPORARILY_UNAVAILABLE"
    hub.hasher.broken = False
    assert bob.ask(f"REGISTER * * :{PASSWORD}")[0].command == "REGISTER"


def test_a_disk_that_takes_nothing_makes_no_accounts() -> None:
    hub = HubHarness()
    client = hub.client("ann", caps="standard-replies")
    hub.store.connection.execute("DROP TABLE accounts")
    assert fail_code(client.ask(f"REGISTER * * :{PASSWORD}")) == "TEMPORARILY_UNAVAILABLE"
    assert client.session.account is None
    assert hub.hub.accounts.owner("ann") is None
    assert any("could not be written" in line for line in hub.reports)


def test_who_leaves_while_the_password_is_hashed_disturbs_nothing() -> None:
    hub = HubHarness()
    register(hub, "ann")
    client = sasl_client(hub)
    hub.holding = True
    client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain_message('ann', PASSWORD)}")
    hub.hub.close(client.session, "gone", hub.now)
    hub.holding = False
    hub.commit()
    assert codes(client.read()) == ["AUTHENTICATE"] or client.session.closed
    assert not hub.hub.accounts._sessions


# -- EXTERNAL ------------------------------------------------------------------------------------------------


def test_a_certificate_logs_in_once_its_account_knows_it() -> None:
    hub = HubHarness()
    client = hub.client("ann", caps="standard-replies")
    client.session.certfp = "ab" * 32
    client.send(f"REGISTER * * :{PASSWORD}")
    assert [m.params for m in client.ask("CERT LIST")] == [("LIST", "ab" * 32), ("END", "1")]
    other = sasl_client(hub)
    other.session.certfp = "ab" * 32
    assert codes(other.ask("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")) == [
        "AUTHENTICATE", n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS,
    ]  # fmt: skip
    stranger = sasl_client(hub)
    stranger.session.certfp = "cd" * 32
    assert codes(stranger.ask("AUTHENTICATE EXTERNAL", "AUTHENTICATE +"))[-1] == n.ERR_SASLFAIL
    assert client.one(f"CERT ADD {'CD' * 32}").params == ("ADD", "cd" * 32)
    assert codes(stranger.ask("AUTHENTICATE EXTERNAL", "AUTHENTICATE +"))[-1] == n.RPL_SASLSUCCESS
    assert fail_code(client.ask(f"CERT ADD {'cd' * 32}")) == "ALREADY_KNOWN"
    assert client.one(f"CERT DEL {'ab' * 32}").params == ("DEL", "ab" * 32)
    assert fail_code(client.ask(f"CERT DEL {'ab' * 32}")) == "NO_SUCH_CERTIFICATE"
    assert fail_code(client.ask("CERT ADD nonsense")) == "INVALID_PARAMS"
    assert fail_code(client.ask("CERT FROB")) == "INVALID_PARAMS"
    for number in range(limits.CERTIFICATES_PER_ACCOUNT - 1):
        assert client.one(f"CERT ADD {number:064x}").command == "CERT"
    assert fail_code(client.ask(f"CERT ADD {99:064x}")) == "LIMIT_REACHED"
    assert fail_code(hub.client("bob", caps="standard-replies").ask("CERT LIST")) == "ACCOUNT_REQUIRED"


def test_a_password_is_changed_by_who_is_logged_in() -> None:
    hub = HubHarness()
    register(hub, "ann")
    assert (
        fail_code(hub.client("guest", caps="standard-replies").ask("PASSWD :newer secret"))
        == "ACCOUNT_REQUIRED"
    )
    ann = member(hub, "ann")
    assert fail_code(ann.ask("PASSWD :short")) == "WEAK_PASSWORD"
    assert ann.one("PASSWD :newer secret").params[:2] == ("SUCCESS", "ann")
    for log_in in (log_in_plain, log_in_scram):
        assert codes(log_in(sasl_client(hub), "ann", PASSWORD))[-1] == n.ERR_SASLFAIL
        assert codes(log_in(sasl_client(hub), "ann", "newer secret"))[-1] == n.RPL_SASLSUCCESS
    hub.hasher.room = 0
    assert fail_code(ann.ask("PASSWD :even newer")) == "TEMPORARILY_UNAVAILABLE"


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
