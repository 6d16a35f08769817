"""FILES and the service nick, over a file service that is only told of."""

import base64
import os

from chat_hub import limits
from chat_hub.service_nick import PAGE_LINES, human_size
from livechat.catalogue import FileEntry, text_id
from livechat.control.listener import FileServiceInfo
from livechat.control.messages import Stats
from livechat.irc import numerics as n
from livechat.irc.message import Message
from livechat.ticket import ClientAgreement, TicketSealer
from livechat.transfer.link import parse_link

from tests.support.hub_harness import OUR_CAPS, HubHarness, with_settings

INFO = FileServiceInfo(6969, ("files.example", "192.0.2.9:7000"), ("172.18.0.3",))


def entry(name: str, size: int = 1500) -> FileEntry:
    return FileEntry.of(name, size, 1_700_000_000_000, bytes([len(name)]) * 32)


def harness(*names: str, settings: object = None) -> HubHarness:
    hub = HubHarness() if settings is None else HubHarness(settings)  # type: ignore[arg-type]
    hub.hub.files.connected(INFO)
    hub.hub.files.snapshot([entry(name) for name in names], hub.now)
    return hub


def notices(messages: list[Message]) -> list[str]:
    return [m.params[1] for m in messages if m.command == "NOTICE"]


def test_list_gives_every_file_and_the_count() -> None:
    a = harness("b.txt", "a b.txt").client("a", caps=OUR_CAPS)
    start, *entries, end, stop = a.ask("@label=1 FILES LIST")
    assert [m.command for m in (start, stop)] == ["BATCH", "BATCH"]
    root = base64.urlsafe_b64encode(bytes([7]) * 32).rstrip(b"=").decode()
    ident = text_id(entry("a b.txt").file_id)
    assert entries[0].params == ("ENTRY", ident, "1500", "1700000000000", root, "a b.txt")
    assert entries[1].params[-1] == "b.txt"
    assert end.params == ("END", "2")


def test_changes_reach_those_who_have_listed_and_nobody_else() -> None:
    hub = harness("a.txt")
    follower, other = hub.client("a", caps=OUR_CAPS), hub.client("b", caps=OUR_CAPS)
    follower.ask("FILES LIST")
    desk = hub.hub.files
    desk.changed(entry("new.txt"), hub.now)
    desk.removed(entry("a.txt").file_id, hub.now)
    desk.removed(entry("never.txt").file_id, hub.now)
    desk.disconnected("lost", hub.now)
    desk.connected(INFO)
    desk.snapshot([], hub.now)
    assert [m.params[0] for m in follower.read()] == ["ENTRY", "GONE", "AWAY", "BACK"]
    assert other.read() == []
    follower.send("CAP REQ -livechat/files")
    follower.read()
    desk.changed(entry("x.txt"), hub.now)
    assert follower.read() == []
    follower.send("QUIT")
    desk.changed(entry("y.txt"), hub.now)


def test_while_the_file_service_is_away_people_are_told_and_chat_goes_on() -> None:
    hub = HubHarness()
    a = hub.client("a", caps=OUR_CAPS, join="#lobby")
    public = "A" * 43
    for line in ("FILES LIST", f"FILES TICKET {public}"):
        failed = a.one(line)
        assert failed.params[:3] == ("FILES", "UNAVAILABLE", line.split()[1])
    for line in ("list", "get x"):
        assert "cannot be reached" in notices(a.ask(f"PRIVMSG files :{line}"))[0]
    assert a.one("PRIVMSG #lobby :still here").command == "PRIVMSG"
    hub.hub.files.connected(INFO)
    hub.hub.files.snapshot([], hub.now)
    assert [m.params for m in a.read()] == [("BACK",)]


def test_a_ticket_is_sealed_for_the_session_under_a_key_that_both_know() -> None:
    hub = harness("a.txt")
    a = hub.client("a", caps=OUR_CAPS)
    agreement = ClientAgreement(os.urandom)
    public = base64.urlsafe_b64encode(agreement.public).rstrip(b"=").decode()
    word, server_public, sealed, lifetime, port, candidates = a.one(f"FILES TICKET {public}").params
    assert (word, lifetime, port) == ("TICKET", "600", "6969")
    assert candidates == "files.example,192.0.2.9:7000,172.18.0.3"
    ticket = TicketSealer(b"k" * 32, os.urandom).open(base64.urlsafe_b64decode(sealed + "=="), hub.now.unix)
    assert ticket.nick == "a"
    assert ticket.expires_at == int(hub.now.unix) + 600
    assert agreement.session_key(base64.urlsafe_b64decode(server_public + "=")) == ticket.session_key


def test_many_long_addresses_never_break_the_line() -> None:
    hub = harness()
    hub.hub.files.connected(FileServiceInfo(6969, tuple(f"host{i}.{'x' * 60}.example" for i in range(16))))
    a = hub.client("a" * 32, caps=OUR_CAPS)
    candidates = a.one(f"FILES TICKET {base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip('=')}").params[
        -1
    ]
    assert 1 <= len(candidates.split(",")) < 16


def test_bad_keys_and_words_are_told_apart() -> None:
    a = harness().client("a", caps=OUR_CAPS)
    for line, code in (
        ("FILES TICKET", "INVALID_PARAMS"),
        ("FILES TICKET abc", "INVALID_KEY"),
        ("FILES TICKET :b@d key", "INVALID_KEY"),
        (f"FILES TICKET {'A' * 43}", "INVALID_KEY"),
        (f"FILES TICKET {'A' * 400}", "INVALID_KEY"),
        ("FILES FROB", "INVALID_PARAMS"),
    ):
        assert a.one(line).params[1] == code, line
    assert a.one("FILES").command == n.ERR_NEEDMOREPARAMS


def test_files_is_for_those_who_negotiated_it() -> None:
    a = harness().client("a", caps="standard-replies")
    assert a.one("FILES LIST").params[:2] == ("FILES", "NOT_PERMITTED")
    assert harness().client("b").one("FILES LIST").command == "NOTICE"


def test_tickets_are_bounded() -> None:
    hub = harness("a.txt")
    a = hub.client("a", caps=OUR_CAPS)
    for _ in range(int(limits.TICKET_BURST)):
        assert "livechat://" in notices(a.ask("PRIVMSG files :get a.txt"))[0]
    public = base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
    assert a.one(f"FILES TICKET {public}").params[:3] == ("FILES", "RATE_LIMITED", "TICKET")
    assert "Too many tickets" in notices(a.ask("PRIVMSG files :get a.txt"))[0]
    hub.pass_time(1 / limits.TICKET_RATE)
    assert a.one(f"FILES TICKET {public}").params[0] == "TICKET"


def test_tickets_of_somebody_killed_are_taken_back() -> None:
    hub = harness("a.txt", settings=with_settings(oper_name="root", oper_password="pw"))
    revoked: list[bytes] = []
    hub.hub.files.revoke = revoked.append
    a, b = hub.client("a"), hub.client("b")
    b.send("PRIVMSG files :get a.txt")
    b.send("PRIVMSG files :get a.txt")
    a.send("OPER root pw", "KILL b :bye")
    assert len(set(revoked)) == 2


# -- the service nick ------------------------------------------------------------------------------------------


def test_the_service_lists_in_pages() -> None:
    hub = harness(*(f"file {i:03d}.txt" for i in range(PAGE_LINES + 3)))
    a = hub.client("a")
    lines = notices(a.ask("PRIVMSG files :list"))
    assert len(lines) == PAGE_LINES + 1
    assert lines[0] == f"{text_id(entry('file 000.txt').file_id)}  1.46 KiB file 000.txt"
    assert lines[-1] == "and 3 more: /msg files list 2"
    assert len(notices(a.ask("PRIVMSG Files :LIST 2"))) == 3
    assert notices(a.ask("PRIVMSG files :list 3")) == ["There is no page 3: there are 2."]
    assert notices(harness().client("b").ask("PRIVMSG files :list")) == ["There are no files yet."]


def test_get_answers_with_a_link_that_opens() -> None:
    hub = harness("a b.txt", "c.txt")
    a = hub.client("a")
    for wanted in ("a b.txt", text_id(entry("a b.txt").file_id), text_id(entry("a b.txt").file_id)[:8]):
        link = parse_link(notices(a.ask(f"PRIVMSG files :get {wanted}"))[0])
        assert (link.host, link.port) == ("files.example", 6969)
        assert link.alternatives == (("192.0.2.9", 7000), ("172.18.0.3", 6969))
        assert link.root == entry("a b.txt").root
        ticket = TicketSealer(b"k" * 32, os.urandom).open(link.ticket, hub.now.unix)
        assert ticket.session_key == link.session_key


def test_without_an_advertised_address_the_link_names_the_hubs_own() -> None:
    hub = harness("a.txt")
    hub.hub.files.connected(FileServiceInfo(7001))
    text, hint = notices(hub.client("n" * 32).ask("PRIVMSG files :get a.txt"))
    link = parse_link(text)
    assert (link.host, link.port) == ("192.0.2.100", 7001)
    assert "--server HOST" in hint


def test_what_is_not_there_or_not_clear_is_said() -> None:
    a = harness("x/a.txt", "y/a.txt").client("a")
    assert "no file" in notices(a.ask("PRIVMSG files :get none"))[0]
    assert "2 files fit" in notices(a.ask("PRIVMSG files :get a.txt"))[0]
    assert "Which file" in notices(a.ask("PRIVMSG files :get"))[0]
    assert len(notices(a.ask("PRIVMSG files :hello"))) == 3
    assert a.ask("NOTICE files :list") == []


def test_the_service_can_be_looked_up_and_not_taken() -> None:
    a = harness().client("a")
    assert a.commands("WHOIS files")[0] == n.RPL_WHOISUSER
    assert a.one("NICK Files").command == n.ERR_NICKNAMEINUSE


def test_sizes_as_people_read_them() -> None:
    assert [human_size(s) for s in (0, 999, 1000, 1024**2, 5 * 1024**3)] == [
        "0 B",
        "999 B",
        "0.977 KiB",
        "1 MiB",
        "5 GiB",
    ]


def test_operators_see_what_the_file_service_says_of_its_work() -> None:
    hub = harness("a.txt", settings=with_settings(oper_name="root", oper_password="secret"))
    hub.hub.files.statistics = lambda: Stats(60, 1, 20, 30, 4000, 5)
    a = hub.client("a")
    assert a.commands("STATS f") == [n.ERR_NOPRIVILEGES]
    a.send("OPER root secret")
    texts = [message.params[-1] for message in a.ask("STATS f") if message.command == n.RPL_STATSDEBUG]
    assert texts == [
        "The file service is up for 60 s and offers 1 files",
        "datagrams: 20 in, 30 out (4000 bytes)",
        "questions that were refused: 5",
    ]
    hub.hub.files.disconnected("gone", hub.now)
    (text,) = [message.params[-1] for message in a.ask("STATS f") if message.command == n.RPL_STATSDEBUG]
    assert "cannot be reached" in text
