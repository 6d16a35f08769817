"""K-lines, the log of who did what, REHASH, RULES, SETHOST, STATS and the texts of HELP."""

from dataclasses import replace
from pathlib import Path

import pytest
from chat_hub import limits
from chat_hub.bounds import Bounds
from chat_hub.commands import COMMANDS
from chat_hub.helptexts import INDEX, TEXTS
from chat_hub.klines import is_too_wide, parse_duration, parse_target
from chat_hub.service import TEXT_LINES, read_text
from chat_hub.store.direct import DirectStore
from livechat.irc import numerics as n

from tests.support.hub_harness import START, Client, HubHarness, with_settings
from tests.support.login import log_in_plain, register, sasl_client

OPERATED = with_settings(oper_name="root", oper_password="pw", admin="root@chat.example")


def operated(**more: object) -> tuple[HubHarness, Client]:
    """A hub and an operator of it."""
    hub = HubHarness(OPERATED, **more)  # type: ignore[arg-type]  # the tests name fields of HubHarness
    root = hub.client("root", caps="standard-replies", address="203.0.113.1")
    root.send("OPER root pw")
    root.read()
    return hub, root


# -- K-lines ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "what", ["192.0.2.7", "192.0.2.0/24", "*!bob*@*", "*@192.0.2.*", "bob", "a:Robert", "a:rob*"]
)
def test_a_kline_ends_who_is_there_and_keeps_them_out(what: str) -> None:
    hub, root = operated()
    b = hub.client("bob", address="192.0.2.7")
    b.session.person.account = "robert"
    other = hub.client("ann", address="198.51.100.1")
    note = root.one(f"KLINE {what} :spam")
    assert (note.command, note.params[:2]) == ("NOTE", ("KLINE", "ADDED"))
    assert "You are banned from this server: spam" in b.read()[-1].params[-1]
    assert b.session.closed
    assert not other.session.closed
    if not what.startswith("a:"):
        again = hub.connect("192.0.2.7")
        got = again.ask("NICK bob", "USER bob 0 * :B")
        assert [m.command for m in got] == [n.ERR_YOUREBANNEDCREEP, "ERROR"]
        assert again.session.closed


def test_an_ipv6_network_is_one_line() -> None:
    hub, root = operated()
    b = hub.client("b", address="2001:db8::7")
    root.send("KLINE 2001:db8::/32")
    assert b.session.closed


def test_a_kline_ends_by_itself_when_its_time_is_over() -> None:
    hub, root = operated()
    root.send("KLINE 10m 192.0.2.7 :cool down")
    assert hub.connect("192.0.2.7").ask("NICK b", "USER b 0 * :B")[0].command == n.ERR_YOUREBANNEDCREEP
    for _ in range(10):
        root.send("PING x")
        hub.pass_time(60)
    root.read()
    assert hub.client("b", address="192.0.2.7").session.registered
    assert root.commands("STATS k") == [n.RPL_ENDOFSTATS]
    assert hub.store.connection.execute("SELECT count(*) FROM klines").fetchone() == (0,)


def test_klines_and_the_log_outlive_the_process() -> None:
    store = DirectStore()
    hub, root = operated(store=store)
    root.send("KLINE 2d 192.0.2.7 :spam", "KLINE a:bob", "KLINE 198.51.100.7", "UNKLINE 198.51.100.7")
    hub.settle()
    later, root = operated(store=store)
    lines = [m.params[1:] for m in root.ask("STATS k") if m.command == n.RPL_STATSKLINE]
    at = str(int(START.unix))
    assert lines == [
        ("K", "192.0.2.7", at, str(int(START.unix) + 172_800), "root", "spam"),
        ("K", "a:bob", at, "0", "root", "No reason given"),
    ]
    assert later.connect("192.0.2.7").ask("NICK b", "USER b 0 * :B")[0].command == n.ERR_YOUREBANNEDCREEP
    log = [m.params[-1] for m in root.ask("AUDIT 10") if m.params[1] == "ENTRY"]
    assert [line.split()[2] for line in log] == ["OPER", "KLINE", "KLINE", "KLINE", "UNKLINE", "OPER"]


def test_a_kline_is_answered_when_it_is_kept_and_holds_at_once() -> None:
    hub, root = operated()
    hub.holding = True
    assert root.ask("KLINE 192.0.2.7") == []
    assert hub.connect("192.0.2.7").ask("NICK b", "USER b 0 * :B")[0].command == n.ERR_YOUREBANNEDCREEP
    hub.commit()
    assert [m.params[1] for m in root.read()] == ["ADDED"]


def test_a_kline_that_cannot_be_kept_is_told() -> None:
    hub, root = operated()
    hub.store.connection.execute("DROP TABLE klines")
    assert root.one("KLINE 192.0.2.7").params[:3] == ("KLINE", "NOT_KEPT", "192.0.2.7")
    assert any("not kept" in report for report in hub.reports)


def test_a_login_to_a_banned_account_ends_the_connection() -> None:
    hub, root = operated()
    root.send("KLINE a:bob")
    b = hub.client("b")
    b.session.person.account = "bob"
    hub.hub.moderation.check(b.session, hub.now)
    assert b.session.closed


def test_a_kline_on_a_nick_ends_who_asks_for_it_before_the_login_or_takes_it_later() -> None:
    hub, root = operated()
    register(hub, "eve")
    other = hub.client("zed", address="192.0.2.7")
    root.send("KLINE eve!*@*")
    early = hub.connect("192.0.2.7")
    early.send("CAP REQ :sasl", "NICK eve", "USER e 0 * :E")
    log_in_plain(early, "eve")
    assert early.commands("CAP END") == [n.ERR_YOUREBANNEDCREEP, "ERROR"]
    other.send("NICK zoe")
    assert hub.hub.find("zoe") is other.session
    root.send("KLINE zap!*@*")
    other.send("NICK zap")
    assert other.session.closed
    assert hub.hub.find("zap") is None


def test_a_kline_on_a_nick_and_an_address_ends_one_more_session_from_there_and_no_other() -> None:
    hub, root = operated()
    register(hub, "eve")
    first = sasl_client(hub)
    log_in_plain(first, "eve")
    first.send("NICK eve", "USER e 0 * :E", "CAP END")
    root.send("KLINE eve!*@198.51.100.7")
    second = sasl_client(hub, "198.51.100.7")
    second.send("NICK eve", "USER e 0 * :E")
    log_in_plain(second, "eve")
    assert second.commands("CAP END") == [n.ERR_YOUREBANNEDCREEP, "ERROR"]
    assert first.session.registered
    assert not first.session.closed


def test_unkline_lifts_and_says_when_there_is_nothing_to_lift() -> None:
    hub, root = operated()
    root.send("KLINE 192.0.2.0/24")
    assert root.one("UNKLINE 192.0.2.9/24").params[:3] == ("UNKLINE", "REMOVED", "192.0.2.0/24")
    assert hub.client("b", address="192.0.2.7").session.registered
    assert root.one("UNKLINE 192.0.2.0/24").params[:2] == ("UNKLINE", "NO_SUCH_KLINE")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("KLINE *@*", "TOO_WIDE"),
        ("KLINE 0.0.0.0/0", "TOO_WIDE"),
        ("KLINE a:*", "TOO_WIDE"),
        ("KLINE 203.0.113.0/24", "MATCHES_YOURSELF"),
        ("KLINE root", "MATCHES_YOURSELF"),
        ("KLINE m:x", "INVALID_MASK"),
        ("KLINE a,b", "INVALID_MASK"),
        ("AUDIT x", "INVALID_COUNT"),
        ("SETHOST root bad!host", "INVALID_HOST"),
    ],
)
def test_what_an_operator_should_not_do_is_refused_with_a_code(line: str, code: str) -> None:
    _, root = operated()
    failed = root.one(line)
    assert (failed.command, failed.params[1]) == ("FAIL", code)


def test_the_number_of_klines_is_bounded() -> None:
    hub = HubHarness(replace(OPERATED, bounds=Bounds(klines=2)))
    root = hub.client("root", caps="standard-replies", address="203.0.113.1")
    root.send("OPER root pw")
    root.send("KLINE 192.0.2.1", "KLINE 192.0.2.2")
    assert root.one("KLINE 192.0.2.3").params[1] == "LIST_FULL"
    assert root.one("KLINE 192.0.2.2 :again").params[1] == "ADDED"


@pytest.mark.parametrize("command", ["KLINE x", "UNKLINE x", "AUDIT", "REHASH", "SETHOST a b", "STATS k"])
def test_none_of_this_is_for_others(command: str) -> None:
    assert HubHarness(OPERATED).client("a").commands(command)[0] == n.ERR_NOPRIVILEGES


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 1800),
        ("90s", 90),
        ("1d12h", 129_600),
        ("2w", 1_209_600),
        ("99y", 0),
        ("x", None),
        ("1x", None),
        ("", None),
    ],
)
def test_durations_read_as_people_write_them(text: str, seconds: int | None) -> None:
    assert parse_duration(text) == seconds


def test_targets_have_one_canonical_form() -> None:
    for given, text in (("192.0.2.7/24", "192.0.2.0/24"), ("::1", "::1"), ("BOB", "bob!*@*")):
        target = parse_target(given)
        assert target is not None
        assert target[0] == text
    assert not is_too_wide("*!*@10.*")


# -- the log ---------------------------------------------------------------------------------------------------


def test_every_act_of_moderation_is_in_the_log_with_who_and_when() -> None:
    hub, root = operated()
    a = hub.client("a", join="#x")
    hub.client("b", join="#x")
    a.send("MODE #x +b c", "KICK #x b :rude", "TOPIC #x :t")
    root.send("KILL b :gone", "SETHOST a staff.example", "REHASH")
    root.read()
    log = [m.params[-1] for m in root.ask("AUDIT") if m.params[1] == "ENTRY"]
    actions = [line.split(" ", 2)[2] for line in log]
    assert actions[1:3] == ["MODE #x +b c!*@*", "KICK #x b rude"]
    assert actions[3].startswith("KILL b (192.0.2.1) gone")
    assert actions[4:] == ["SETHOST a staff.example", "REHASH livechat.local"]
    assert all(line.startswith("2023-11-14T22:13:20") for line in log)
    assert any("KICK #x b" in report for report in hub.reports)


def test_the_log_is_bounded_here_and_in_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AUDIT_ENTRIES", 5)
    hub, root = operated()
    for index in range(8):
        root.send(f"KLINE 192.0.2.{index}")
    hub.settle()
    assert len(hub.hub.audit.latest(100)) == 5
    assert hub.store.connection.execute("SELECT count(*) FROM audit").fetchone() == (5,)


def test_nobody_washes_the_acts_of_operators_out_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AUDIT_ENTRIES", 5)
    store = DirectStore()
    hub, root = operated(store=store)
    root.send("KLINE 192.0.2.7")
    guest = hub.client("g", join="#mine", address="198.51.100.1")
    for _ in range(4):
        guest.send("MODE #mine +m", "MODE #mine -m")
    wanted = ["OPER", "KLINE", *["MODE"] * 5]
    assert [act.action for act in hub.hub.audit.latest(100)] == wanted
    log = [m.params[-1].split()[2] for m in root.ask("AUDIT 2") if m.params[1] == "ENTRY"]
    assert log == ["OPER", "KLINE", "MODE", "MODE"]
    hub.settle()
    assert [act.action for act in HubHarness(OPERATED, store=store).hub.audit.latest(100)] == wanted


@pytest.mark.parametrize("action", ["KICK", "MODE", "REDACT", "RENAME"])
def test_what_operators_of_channels_do_has_a_bound_of_its_own(
    action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AUDIT_ENTRIES", 2)
    hub, root = operated()
    for _ in range(5):
        hub.hub.audit.note(root.session, action, "#mine", "", hub.now)
    assert [act.action for act in hub.hub.audit.latest(100)] == ["OPER", action, action]


def test_texts_are_read_within_their_bounds_and_a_broken_file_is_left_out(tmp_path: Path) -> None:
    assert read_text(tmp_path / "none.txt") == []
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe")
    assert read_text(tmp_path / "bad.txt") == []
    (tmp_path / "long.txt").write_text("x\x02y" * 400 + "\n" + "line\n" * 300, "utf-8")
    lines = read_text(tmp_path / "long.txt")
    assert (len(lines), len(lines[0]), lines[1]) == (TEXT_LINES, limits.TOPIC_BYTES, "line")


# -- REHASH, RULES, STATS, ADMIN, LINKS, HELP ------------------------------------------------------------------


def test_rehash_reads_again_what_the_shell_has_registered() -> None:
    hub, root = operated()
    assert root.one("RULES").command == n.ERR_NORULES
    hub.hub.reloaders.append(lambda: setattr(hub.hub, "rules", ("be kind",)))
    assert root.commands("REHASH")[0] == n.RPL_REHASHING
    got = root.ask("RULES")
    assert [m.command for m in got] == [n.RPL_RULESSTART, n.RPL_RULES, n.RPL_ENDOFRULES]
    assert got[1].params[-1] == "- be kind"


def test_stats_admin_and_links_say_what_is_true() -> None:
    hub, _ = operated()
    a = hub.client("a")
    hub.pass_time(90)
    assert a.ask("STATS u")[0].params[-1] == "Server Up 0 days 0:01:30"
    assert a.ask("STATS o")[0].params[-1] == "root"
    assert a.commands("STATS z") == [n.RPL_ENDOFSTATS]
    assert [m.command for m in a.ask("ADMIN")] == [n.RPL_ADMINME, n.RPL_ADMINLOC1, n.RPL_ADMINEMAIL]
    assert a.one("ADMIN other.example").command == n.ERR_NOSUCHSERVER
    assert HubHarness().client("b").one("ADMIN").command == n.ERR_NOADMININFO
    assert a.commands("LINKS") == [n.RPL_LINKS, n.RPL_ENDOFLINKS]


def test_help_has_a_text_for_every_command_and_names_it_in_its_index() -> None:
    words = " ".join(INDEX).split()
    for name in COMMANDS:
        assert TEXTS[name], name
        assert name in words, name
    a = HubHarness().client("n" * 32)
    for subject in TEXTS:
        assert a.commands(f"HELP {subject}")[-1] == n.RPL_ENDOFHELP


# -- chghost ---------------------------------------------------------------------------------------------------


def test_a_new_host_is_told_with_chghost_or_by_leaving_and_coming_back() -> None:
    """chghost: "servers MUST send the `CHGHOST` message to other clients who share channels …"."""
    hub, root = operated()
    target = hub.client("t", caps="chghost", join="#x,#y")
    target.send("MODE #x +v t")
    aware = hub.client("w", caps="chghost", join="#x")
    plain, stranger = hub.client("p", join="#x"), hub.client("s", caps="chghost")
    rich = hub.client("r", caps="extended-join", join="#y")
    for client in (target, aware, plain, rich):
        client.read()
    before = target.session.prefix
    assert root.one("SETHOST t staff.example").command == "NOTE"
    assert [(m.source, m.command, m.params) for m in aware.read()] == [
        (before, "CHGHOST", ("t", "staff.example"))
    ]
    assert [m.command for m in target.read()] == ["CHGHOST", n.RPL_VISIBLEHOST]
    assert [(m.source, m.command, m.params) for m in plain.read()] == [
        (before, "QUIT", ("Changing host",)),
        ("t!t@staff.example", "JOIN", ("#x",)),
        ("livechat.local", "MODE", ("#x", "+ov", "t", "t")),
    ]
    assert [m.params for m in rich.read() if m.command == "JOIN"] == [("#y", "*", "t the Tester")]
    assert stranger.read() == []
    root.send("SETHOST t")
    assert target.session.prefix == before


def test_a_host_of_an_operators_choosing_opens_no_ban() -> None:
    hub, root = operated()
    a, b = hub.client("a", join="#x"), hub.client("b", join="#x")
    a.send(f"MODE #x +b *!*@{b.session.host}")
    root.send("SETHOST b staff.example")
    b.read()
    assert b.one("PRIVMSG #x :x").command == n.ERR_CANNOTSENDTOCHAN


# -- STATUSMSG and client tags ---------------------------------------------------------------------------------


def test_a_message_to_a_rank_reaches_those_of_it_and_above_only() -> None:
    """message-tags: TAGMSG honours "STATUSMSG prefixes"; PRIVMSG and NOTICE do as well."""
    hub = HubHarness()
    a, b, c = (hub.client(nick, caps="message-tags", join="#x") for nick in "abc")
    a.send("MODE #x +v b")
    for client in (a, b, c):
        client.read()
    c.send("PRIVMSG @#x :help", "NOTICE +#X :all with a rank", "@+typing=active TAGMSG @#x")
    assert [(m.command, m.params) for m in a.read()] == [
        ("PRIVMSG", ("@#x", "help")),
        ("NOTICE", ("+#x", "all with a rank")),
        ("TAGMSG", ("@#x",)),
    ]
    assert [m.params for m in b.read()] == [("+#x", "all with a rank")]
    assert c.read() == []


@pytest.mark.parametrize(
    ("deny", "passed"),
    [
        ("", {"+typing", "+x"}),
        ("typing", {"+x"}),
        ("*", set()),
        ("*,-typing", {"+typing"}),
        ("-x", {"+typing", "+x"}),
    ],
)
def test_client_tags_that_are_denied_are_left_out_and_the_token_says_so(deny: str, passed: set[str]) -> None:
    hub = HubHarness(with_settings(client_tag_deny=deny))
    a, b = (hub.client(nick, caps="message-tags", join="#x") for nick in "ab")
    a.send("@+typing=active;+x=1 PRIVMSG #x :hi")
    assert {key for key in b.read()[-1].tags if key[0] == "+"} == passed
    tokens = [t for m in a.ask("VERSION") if m.command == n.RPL_ISUPPORT for t in m.params[1:-1]]
    assert f"CLIENTTAGDENY={deny}" in tokens
