"""AUTHENTICATE in the hub: mechanisms, what goes wrong, bounds of wrong logins, certificates."""

import pytest
from chat_hub import limits
from chat_hub.bounds import Bounds
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


def test_one_address_cannot_fill_the_pool_alone() -> None:
    hub = HubHarness(with_settings(max_sessions_per_account=100))
    register(hub, "ann")
    hub.hasher.room = limits.PASSWORD_QUEUE
    hub.holding = True
    greedy = [sasl_client(hub) for _ in range(limits.PASSWORD_QUEUE_PER_ADDRESS + 1)]
    answers = [log_in_plain(client, "ann") for client in greedy]
    assert [bool(answer) for answer in answers] == [False] * limits.PASSWORD_QUEUE_PER_ADDRESS + [True]
    assert "busy" in answers[-1][0].params[-1]
    other = sasl_client(hub, "192.0.2.99")
    assert log_in_plain(other, "ann") == []
    hub.holding = False
    hub.commit()
    assert codes(other.read()) == [n.RPL_LOGGEDIN, n.RPL_SASLSUCCESS]
    assert not hub.hub.accounts.hasher._waiting


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


def test_changes_of_one_account_that_wait_for_the_disk_together_are_all_kept() -> None:
    hub = HubHarness()
    register(hub, "ann")
    one, other = member(hub, "ann"), member(hub, "ann")
    for line in (f"CERT ADD {'ab' * 32}", f"CERT DEL {'ab' * 32}"):
        password = f"newer secret {line[5:8]}"
        hub.holding = True
        one.send(f"PASSWD :{password}")
        hub.hasher.run()  # now both are only not committed
        other.send(line)
        hub.holding = False
        hub.commit()
        assert codes(one.read()) == ["PASSWD"]
        assert codes(other.read()) == ["CERT"]
        for now in (hub, HubHarness(store=hub.store)):  # in memory, and after a restart
            assert codes(log_in_plain(sasl_client(now), "ann", password))[-1] == n.RPL_SASLSUCCESS
            assert bool(now.hub.accounts.book.of_certificate("ab" * 32)) == ("ADD" in line)


def test_certificates_that_wait_for_the_disk_together_keep_to_the_bound() -> None:
    hub = HubHarness()
    register(hub, "ann")
    one, other = member(hub, "ann"), member(hub, "ann")
    for number in range(limits.CERTIFICATES_PER_ACCOUNT - 1):
        one.send(f"CERT ADD {number:064x}")
    one.read()
    hub.holding = True
    one.send(f"CERT ADD {98:064x}")
    other.send(f"CERT ADD {99:064x}")
    hub.holding = False
    hub.commit()
    assert codes(one.read()) == ["CERT"]
    assert fail_code(other.read()) == "UNAVAILABLE"
    for now in (hub, HubHarness(store=hub.store)):
        account = now.hub.accounts.book.find("ann")
        assert account is not None
        assert len(account.certificates) == limits.CERTIFICATES_PER_ACCOUNT
