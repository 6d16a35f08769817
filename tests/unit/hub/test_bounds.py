"""Every bound of the hub, gone over."""

import pytest
from chat_hub import limits
from chat_hub.bounds import Bounds
from chat_hub.flood import FloodBucket
from chat_hub.outbox import TAKE_BYTES, Outbox
from livechat.irc import numerics as n

from tests.support.hub_harness import OUR_CAPS, HubHarness, with_settings


def test_connections_per_address_are_bounded_and_others_are_not_touched() -> None:
    hub = HubHarness(with_settings(max_connections_per_address=2))
    first, _ = hub.connect("192.0.2.1"), hub.connect("192.0.2.1")
    third = hub.connect("192.0.2.1")
    assert third.session.closed
    assert "Too many connections" in third.read()[0].params[0]
    assert not hub.connect("192.0.2.2").session.closed
    first.send("QUIT")
    assert not hub.connect("192.0.2.1").session.closed


def test_zero_means_unlimited_connections() -> None:
    hub = HubHarness(with_settings(max_connections_per_address=0))
    assert not any(hub.connect("192.0.2.1").session.closed for _ in range(600))


def test_who_never_registers_is_disconnected() -> None:
    hub = HubHarness()
    client = hub.connect().send("NICK a")
    hub.pass_time(Bounds().registration_timeout_s - 1)
    assert not client.session.closed
    hub.pass_time(1)
    assert "Registration timed out" in client.read()[-1].params[0]
    assert hub.connect().ask("NICK a") == []


def test_the_silent_are_asked_and_then_disconnected() -> None:
    hub = HubHarness()
    a, b = hub.client("a", join="#x"), hub.client("b", join="#x")
    hub.pass_time(Bounds().ping_interval_s)
    assert [m.command for m in a.read()] == ["JOIN", "PING"]
    b.send("PONG x")
    hub.pass_time(Bounds().ping_timeout_s - 1)
    assert not a.session.closed
    hub.pass_time(1)
    assert "Ping timeout" in a.read()[-1].params[0]
    assert [m.command for m in b.read()] == ["PING", "QUIT"]


def test_channels_per_client_are_bounded() -> None:
    a = HubHarness().client("a")
    for number in range(Bounds().channels_per_client):
        a.send(f"JOIN #c{number}")
    assert a.one("JOIN #more").command == n.ERR_TOOMANYCHANNELS
    a.send("PART #c0")
    assert a.ask("JOIN #more")[0].command == "JOIN"


def test_channels_in_all_are_bounded() -> None:
    a = HubHarness(with_settings(bounds=Bounds(channels=3))).client("a", join="#x,#y")
    assert a.one("JOIN #z").command == n.ERR_NOSUCHCHANNEL
    assert a.ask("JOIN #lobby")[0].command == "JOIN"


def test_invitations_are_bounded_and_the_oldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "INVITATIONS_PER_CHANNEL", 2)
    hub = HubHarness()
    a = hub.client("a", join="#x").send("MODE #x +i")
    guests = [hub.client(f"g{i}") for i in range(3)]
    a.send(*(f"INVITE g{i} #x" for i in range(3)))
    assert [guest.ask("JOIN #x")[0].command for guest in guests] == [n.ERR_INVITEONLYCHAN, "JOIN", "JOIN"]


def test_mode_parameters_kicks_and_nicks_asked_for_are_bounded() -> None:
    hub = HubHarness()
    a = hub.client("a", join="#x")
    people = [f"p{i}" for i in range(10)]
    for nick in people:
        hub.client(nick, join="#x")
    changed = a.one(f"MODE #x +{'v' * 10} {' '.join(people)}")
    assert changed.params[2:] == tuple(people[: limits.MODES_PER_COMMAND])
    assert len(a.ask(f"KICK #x {','.join(people)}")) == limits.TARGETS_PER_COMMAND
    assert len(a.one(f"ISON {' '.join(people * 3)}").params[-1].split()) == limits.NAMES_PER_QUERY
    assert len(a.ask(f"MODE #x +{'Z' * 400}")) == limits.MODE_LETTERS_PER_COMMAND - 1


def test_who_by_mask_ends_at_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WHO_REPLIES", 3)
    hub = HubHarness()
    clients = [hub.client(f"p{i}") for i in range(5)]
    assert clients[0].commands("WHO *") == [n.RPL_WHOREPLY] * 3 + [n.RPL_ENDOFWHO]


def test_texts_are_cut_between_characters() -> None:
    hub = HubHarness()
    a, b = hub.client("a", join="#x"), hub.client("b", join="#x")
    long = "漢" * 140
    a.send(f"AWAY :{long}", f"PART #x :{long}")
    assert b.read()[-1].params[-1] == "漢" * (limits.REASON_BYTES // 3)
    assert b.ask("PRIVMSG a :x")[0].params[-1] == "漢" * (limits.AWAY_BYTES // 3)
    b.send("JOIN #y")
    a.send("JOIN #y")
    b.read()
    a.send(f"QUIT :{long}")
    assert b.read()[-1].params[0].startswith("Quit: 漢")


def test_a_long_line_is_answered_with_417() -> None:
    hub = HubHarness()
    a = hub.client("a")
    hub.hub.handle_long_line(a.session, hub.now)
    assert a.read()[-1].command == n.ERR_INPUTTOOLONG
    assert a.one(f"PING {'x' * (limits.PING_TOKEN_BYTES + 1)}").command == n.ERR_INPUTTOOLONG


def test_oper_tries_are_bounded() -> None:
    a = HubHarness(with_settings(oper_name="root", oper_password="pw")).client("a")
    for _ in range(limits.OPER_TRIES - 1):
        assert a.commands("OPER root x") == [n.ERR_PASSWDMISMATCH]
    assert a.commands("OPER root y") == [n.ERR_PASSWDMISMATCH, "ERROR"]


def test_changes_of_nick_are_bounded_in_a_minute_but_not_for_operators() -> None:
    settings = with_settings(bounds=Bounds(nick_changes=3), oper_name="root", oper_password="pw")
    hub = HubHarness(settings)
    a, root = hub.client("a"), hub.client("root").send("OPER root pw")
    got = [message.command for number in range(5) for message in a.ask(f"NICK a{number}")]
    assert got == ["NICK"] * 3 + [n.ERR_NICKTOOFAST] * 2
    assert [m.command for number in range(5) for m in root.ask(f"NICK r{number}")] == ["NICK"] * 5
    hub.pass_time(20)
    assert a.commands("NICK later") == ["NICK"]
    assert a.commands("NICK sooner") == [n.ERR_NICKTOOFAST]


def test_time_outs_lists_and_whowas_follow_their_settings() -> None:
    bounds = Bounds(
        registration_timeout_s=5, ping_interval_s=10, ping_timeout_s=4, channels_per_client=1, list_entries=1
    )
    hub = HubHarness(with_settings(bounds=bounds))
    a, silent = hub.client("a", join="#x"), hub.connect()
    assert a.one("JOIN #y").command == n.ERR_TOOMANYCHANNELS
    assert a.commands("MODE #x +b one", "MODE #x +b two") == ["MODE", n.ERR_BANLISTFULL]
    tokens = [token for message in a.ask("VERSION") for token in message.params]
    assert {"CHANLIMIT=#:1", "MAXLIST=Ibe:1"} <= set(tokens)
    hub.pass_time(5)
    assert silent.session.closed
    hub.pass_time(5)
    assert [m.command for m in a.read()] == ["PING"]
    hub.pass_time(4)
    assert a.session.closed


# -- outbox ----------------------------------------------------------------------------------------------------


def test_a_slow_reader_is_disconnected_with_a_reason_and_others_feel_nothing() -> None:
    hub = HubHarness(with_settings(bounds=Bounds(outbox_bytes=5000)))
    slow = hub.client("slow", join="#lobby")
    a, b = (hub.client(nick, caps=OUR_CAPS, join="#lobby") for nick in "ab")
    b.read()
    sent, got = 0, b.read()
    while not slow.session.closed:
        echo = a.ask(f"PRIVMSG #lobby :{sent} {'x' * 100}")
        assert echo[0].command == "PRIVMSG"
        got += b.read()
        sent += 1
        assert sent < 100
    assert 25 < sent <= 50
    assert [m.params[-1].partition(" ")[0] for m in got if m.command == "PRIVMSG"] == [
        str(i) for i in range(sent)
    ]
    assert [m.params for m in got if m.command == "QUIT"] == [("SendQ exceeded: it read too slowly",)]
    assert [m.command for m in slow.read()] == ["ERROR"]
    assert a.ask("PRIVMSG slow :x")[0].command == n.ERR_NOSUCHNICK


def test_many_slow_readers_go_together() -> None:
    hub = HubHarness(with_settings(bounds=Bounds(outbox_bytes=5000)))
    slow = [hub.client(f"s{i}", join="#lobby") for i in range(40)]
    a = hub.client("a", join="#lobby")
    for _ in range(60):
        a.send(f"PRIVMSG #lobby :{'x' * 100}")
        a.read()
    assert all(client.session.closed for client in slow)
    assert not a.session.closed
    assert next(m.params[-1] for m in a.ask("NAMES #lobby")) == "a"


def test_the_outbox_is_within_its_bound_and_marked_dirty_once() -> None:
    dirty: list[Outbox] = []
    overflows: list[int] = []
    outbox = Outbox(100, dirty, lambda: overflows.append(1))
    for _ in range(10):
        outbox.put(b"x" * 10)
    assert (outbox.size_bytes, dirty, overflows) == (100, [outbox], [])
    outbox.put(b"y")
    outbox.put(b"z" * 1000)
    assert outbox.overflowed
    assert outbox.size_bytes == 0
    outbox.close(b"ERROR :gone\r\n")
    assert outbox.take() == b"\r\nERROR :gone\r\n"
    assert overflows


def test_bytes_given_back_come_first_again() -> None:
    outbox = Outbox(10**9, [], lambda: None)
    chunks = [bytes([i % 256]) * 1000 for i in range(1000)]
    for chunk in chunks:
        outbox.put(chunk)
    got = b""
    while outbox.size_bytes:
        data = outbox.take()
        assert len(data) <= TAKE_BYTES + 1000
        accepted = max(len(data) * 2 // 3, 1)
        got += data[:accepted]
        if accepted < len(data):
            outbox.give_back(data[accepted:])
    assert got == b"".join(chunks)


# -- flood control ---------------------------------------------------------------------------------------------


def test_a_burst_is_free_then_commands_wait_at_the_rate() -> None:
    bucket = FloodBucket(burst=3, rate=2, now_s=0)
    ran = 0
    while bucket.allows(0):
        bucket.charge(1)
        ran += 1
    assert ran == 3
    assert not bucket.allows(0)
    assert bucket.allows(0.5)
    bucket.charge(5)
    assert bucket.wait_s() == pytest.approx(2.0)
    assert not bucket.allows(2.4)
    assert bucket.allows(2.6)
    assert bucket.allows(10**6)
    bucket.charge(1)
    assert bucket.wait_s() == 0


def test_flood_control_lets_a_burst_through_and_is_lifted_by_time() -> None:
    hub = HubHarness(with_settings(flood_control=True))
    a = hub.client("a")
    ran = 0
    while hub.hub.may_run(a.session, hub.now):
        a.send("PRIVMSG a :x")
        ran += 1
    assert limits.FLOOD_BURST / 2 < ran <= limits.FLOOD_BURST
    hub.pass_time(1)
    assert hub.hub.may_run(a.session, hub.now)


def test_changes_of_nick_cost_more_than_messages() -> None:
    hub = HubHarness(with_settings(flood_control=True))
    a = hub.client("a")
    ran = 0
    while hub.hub.may_run(a.session, hub.now):
        a.send(f"NICK a{ran}")
        ran += 1
    assert ran <= limits.FLOOD_BURST / limits.DEAR


def test_each_channel_and_each_target_of_a_command_is_paid_for() -> None:
    hub = HubHarness(with_settings(flood_control=True))
    a, b = hub.client("a"), hub.client("b")
    a.send("JOIN " + ",".join(f"#c{i}" for i in range(30)))
    assert not hub.hub.may_run(a.session, hub.now)
    for _ in range(int(limits.FLOOD_BURST / 4)):
        b.send("PRIVMSG p,q,r,s :x")
    assert not hub.hub.may_run(b.session, hub.now)


def test_garbage_is_charged_as_well() -> None:
    hub = HubHarness(with_settings(flood_control=True))
    a = hub.client("a")
    for _ in range(int(limits.FLOOD_BURST)):
        a.send(b"\xff", b"NOSUCH", b"123 :")
    assert not hub.hub.may_run(a.session, hub.now)


def test_operators_are_exempt_and_the_setting_turns_it_off() -> None:
    hub = HubHarness(with_settings(flood_control=True, oper_name="root", oper_password="pw"))
    a = hub.client("a").send("OPER root pw")
    b = HubHarness(with_settings(flood_control=False))
    c = b.client("c")
    for _ in range(200):
        a.send("PING x")
        c.send("PING x")
    assert hub.hub.may_run(a.session, hub.now)
    assert b.hub.may_run(c.session, b.now)
