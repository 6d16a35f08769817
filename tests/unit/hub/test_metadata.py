"""METADATA (IRCv3 draft/metadata-3) and AWAY before registration (draft/pre-away)."""

from pathlib import Path

import pytest
from chat_hub import limits
from chat_hub.metadata import CAPABILITY_VALUE
from chat_hub.store.direct import DirectStore
from livechat.irc import numerics as n
from livechat.irc.message import Message

from tests.support.hub_harness import Client, HubHarness
from tests.support.login import log_in_plain, member, register

CAPS = "draft/metadata-3 batch standard-replies"


def seen(messages: list[Message]) -> list[tuple[str, ...]]:
    return [(message.command, *message.params) for message in messages]


def inside(messages: list[Message]) -> list[tuple[str, ...]]:
    """What is in the one metadata batch."""
    start, *lines, end = messages
    assert (start.command, start.params[1], end.command) == ("BATCH", "metadata", "BATCH")
    assert {m.tags["batch"] for m in lines} <= {start.params[0][1:]}
    return seen(lines)


def fail(client: Client, line: str) -> tuple[str, ...]:
    message = client.one(line)
    assert message.command == "FAIL"
    return message.params[1:-1]


def test_without_the_capability_there_is_no_such_command() -> None:
    assert HubHarness().client("a").one("METADATA * LIST").command == n.ERR_UNKNOWNCOMMAND


def test_the_value_of_the_capability_tells_the_bounds() -> None:
    words = " ".join(m.params[-1] for m in HubHarness().connect().ask("CAP LS 302")).split()
    assert f"draft/metadata-3={CAPABILITY_VALUE}" in words


def test_keys_are_set_read_listed_and_taken_away() -> None:
    a = HubHarness().client("a", caps=CAPS)
    assert seen(a.ask("METADATA * SET url :http://x.example")) == [
        (n.RPL_KEYVALUE, "a", "a", "url", "*", "http://x.example")
    ]
    a.send("METADATA a SET city :Ulm")
    assert inside(a.ask("METADATA * GET city nothing url $")) == [
        (n.RPL_KEYVALUE, "a", "a", "city", "*", "Ulm"),
        (n.RPL_KEYNOTSET, "a", "a", "nothing", "key not set"),
        (n.RPL_KEYVALUE, "a", "a", "url", "*", "http://x.example"),
        ("FAIL", "METADATA", "KEY_INVALID", "$", "Invalid key"),
    ]
    assert len(inside(a.ask("METADATA a LIST"))) == 2
    assert seen(a.ask("METADATA * SET url")) == [(n.RPL_KEYNOTSET, "a", "a", "url", "key not set")]
    assert fail(a, "METADATA * SET url") == ("KEY_NOT_SET", "a", "url")
    assert inside(a.ask("METADATA * CLEAR")) == [(n.RPL_KEYNOTSET, "a", "a", "city", "key not set")]
    assert inside(a.ask("METADATA * LIST")) == []


def test_faults_have_their_codes() -> None:
    hub = HubHarness()
    a = hub.client("a", caps=CAPS)
    hub.client("b", join="#x")
    assert fail(a, "METADATA nobody LIST") == ("INVALID_TARGET", "nobody")
    assert fail(a, "METADATA #none LIST") == ("INVALID_TARGET", "#none")
    assert fail(a, "METADATA * FROB") == ("SUBCOMMAND_INVALID", "FROB")
    assert fail(a, "METADATA * SET Upper :x") == ("KEY_INVALID", "Upper")
    assert fail(a, "METADATA * SET a:b :x") == ("KEY_INVALID", "a:b")
    assert fail(a, "METADATA b SET url :x") == ("KEY_NO_PERMISSION", "b", "url")
    assert fail(a, "METADATA #x SET url :x") == ("KEY_NO_PERMISSION", "#x", "url")
    assert fail(a, "METADATA #x CLEAR") == ("KEY_NO_PERMISSION", "#x", "*")
    assert fail(a, "METADATA b SUB url") == ("INVALID_TARGET", "b")
    assert a.one("METADATA *").command == n.ERR_NEEDMOREPARAMS


def test_keys_values_and_subscriptions_are_bounded() -> None:
    a = HubHarness().client("a", caps=CAPS)
    assert a.one(f"METADATA * SET url :{'x' * limits.METADATA_VALUE_BYTES}").command == n.RPL_KEYVALUE
    assert fail(a, f"METADATA * SET url :{'x' * (limits.METADATA_VALUE_BYTES + 1)}") == ("VALUE_INVALID",)
    assert fail(a, f"METADATA * SET {'k' * (limits.METADATA_KEY_CHARS + 1)} :x")[0] == "KEY_INVALID"
    for number in range(limits.METADATA_KEYS - 1):
        assert a.one(f"METADATA * SET k{number} :v").command == n.RPL_KEYVALUE
    assert fail(a, "METADATA * SET onemore :v") == ("LIMIT_REACHED", "a")
    assert a.one("METADATA * SET k1 :other").command == n.RPL_KEYVALUE
    for start in range(0, limits.METADATA_SUBSCRIPTIONS, 10):
        a.send("METADATA * SUB " + " ".join(f"s{start + i}" for i in range(10)))
    assert fail(a, "METADATA * SUB extra s1") == ("TOO_MANY_SUBS", "extra")
    listed = [key for m in a.ask("METADATA * SUBS") for key in m.params[1:]]
    assert sorted(listed) == sorted({f"s{i}" for i in range(limits.METADATA_SUBSCRIPTIONS)})


def test_the_longest_names_keys_and_values_fit_into_lines() -> None:
    """The harness refuses lines over 512 bytes."""
    hub = HubHarness()
    nick, channel, key = "я" * 32, "#" + "я" * 47, "k" * limits.METADATA_KEY_CHARS
    caps = CAPS + " draft/no-implicit-names"
    a, b = hub.client(nick, caps=caps, join=channel), hub.client("ж" * 32, caps=caps, join=channel)
    b.send(f"METADATA * SUB {key}")
    value = "v" * limits.METADATA_VALUE_BYTES
    assert a.one(f"METADATA {channel} SET {key} :{value}").params[-1] == value
    assert b.read()[-1].params[-1] == value
    assert a.one(f"METADATA * SET {key} :{value}").params[-1] == value
    assert b.read()[-1].params[-1] == value
    long = "#" + "x" * 450
    assert a.one(f"METADATA {long} LIST").params[1] == "INVALID_TARGET"
    assert a.one(f"METADATA * {long}").params[1] == "SUBCOMMAND_INVALID"
    assert len(a.ask(f"METADATA * GET {long}")) == 3
    assert a.one(f"REGISTER {long} * :longenough").params[1] == "BAD_ACCOUNT_NAME"


def test_subscriptions_are_answered_in_order() -> None:
    """ "The `<key>` parameter … MUST be this first key that the client could not subscribe to"."""
    a = HubHarness().client("a", caps=CAPS)
    ok, bad = a.ask("METADATA * SUB foo $url bar foo")
    assert ok.params[1:] == ("foo", "bar", "foo")
    assert bad.params[1:3] == ("KEY_INVALID", "$url")
    assert a.one("METADATA * SUBS").params[1:] == ("bar", "foo")
    assert a.one("METADATA * UNSUB foo never").params[1:] == ("foo", "never")
    assert a.one("METADATA * SUBS").params[1:] == ("bar",)
    a.send("METADATA * UNSUB bar")
    assert a.ask("METADATA * SUBS") == []


def test_subscribers_in_common_channels_are_told_and_nobody_else() -> None:
    hub = HubHarness()
    boss = hub.client("boss", caps=CAPS, join="#x")
    sub, other_key, no_cap = (hub.client(nick, caps=caps, join="#x") for nick, caps in
                              (("sub", CAPS), ("key", CAPS), ("plain", "")))  # fmt: skip
    outside = hub.client("out", caps=CAPS)
    sub.send("METADATA * SUB url")
    outside.send("METADATA * SUB url")
    other_key.send("METADATA * SUB city")
    for client in (boss, sub, other_key, no_cap, outside):
        client.read()
    boss.send("METADATA * SET url :mine", "METADATA #x SET url :ours")
    assert seen(sub.read()) == [
        ("METADATA", "boss", "url", "*", "mine"),
        ("METADATA", "#x", "url", "*", "ours"),
    ]
    boss.send("METADATA * SET url :mine", "METADATA #x SET url")
    assert seen(sub.read()) == [("METADATA", "#x", "url", "*")]
    assert other_key.read() == no_cap.read() == outside.read() == []


def test_who_joins_or_subscribes_is_told_what_there_is() -> None:
    hub = HubHarness()
    boss = hub.client("boss", caps=CAPS, join="#x")
    boss.send("METADATA * SET url :mine", "METADATA #x SET url :ours")
    late = hub.client("late", caps=CAPS)
    late.send("METADATA * SUB url")
    got = late.ask("JOIN #x")
    assert inside(got[got.index(next(m for m in got if m.command == "BATCH")) :]) == [
        ("METADATA", "#x", "url", "*", "ours"),
        ("METADATA", "boss", "url", "*", "mine"),
    ]
    second = hub.client("second", caps=CAPS, join="#x")
    assert ("METADATA", "boss", "url", "*", "mine") in seen(second.ask("METADATA * SUB url"))
    assert len(inside(second.ask("METADATA #x SYNC"))) == 2
    assert inside(second.ask("METADATA boss SYNC")) == [("METADATA", "boss", "url", "*", "mine")]
    guest = hub.client("guest", caps=CAPS)
    guest.send("METADATA * SET url :guest")
    second.read()
    guest.send("JOIN #x")
    assert seen(second.read())[-1] == ("METADATA", "guest", "url", "*", "guest")


def test_a_crowd_is_synchronised_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "METADATA_SYNC_PEOPLE", 1)
    hub = HubHarness()
    hub.client("boss", caps=CAPS, join="#x")
    late = hub.client("late", caps=CAPS)
    late.send("METADATA * SUB url")
    got = late.ask("JOIN #x")
    assert got[-1].command == n.RPL_METADATASYNCLATER
    assert got[-1].params[1:] == ("#x", str(limits.METADATA_SYNC_RETRY_S))


def test_an_account_keeps_its_keys_across_a_restart_and_a_guest_does_not(tmp_path: Path) -> None:
    path = str(tmp_path / "hub.db")
    hub = HubHarness(store=DirectStore(path))
    register(hub, "ann")
    ann = member(hub, "ann", caps=CAPS + " sasl")
    ann.send("METADATA * SET url :kept")
    guest = hub.client("guest", caps=CAPS)
    guest.send("METADATA * SET url :lost", "QUIT")
    assert inside(hub.client("guest", caps=CAPS).ask("METADATA * LIST")) == []
    hub.store.close()
    again = HubHarness(store=DirectStore(path))
    back = again.connect()
    back.send(f"CAP REQ :{CAPS} sasl", "NICK ann", "USER a 0 * :A")
    log_in_plain(back, "ann")
    got = back.ask("CAP END")
    assert ("METADATA", "ann", "url", "*", "kept") in seen(got)  # "This batch MUST be sent … on connection"
    assert again.hub.channel("#lobby") is not None


def test_what_was_set_before_the_login_becomes_the_accounts() -> None:
    hub = HubHarness()
    register(hub, "ann")
    client = hub.connect()
    client.send(f"CAP REQ :{CAPS} sasl", "METADATA * SET city :Ulm", "NICK ann", "USER a 0 * :A")
    log_in_plain(client, "ann")
    client.send("CAP END", "QUIT")
    again = member(hub, "ann", caps=CAPS + " sasl")
    assert inside(again.ask("METADATA * LIST")) == [(n.RPL_KEYVALUE, "ann", "ann", "city", "*", "Ulm")]


def test_connecting_clients_get_their_own_values_if_only_an_empty_batch() -> None:
    """ "If none exists, the server MUST send an empty batch instead"."""
    hub = HubHarness()
    client = hub.connect()
    client.send(f"CAP REQ :{CAPS}", "NICK a", "USER a 0 * :A")
    assert inside(client.ask("CAP END")[-2:]) == []
    late = hub.client("late", caps="batch")
    assert [m.command for m in late.ask("CAP REQ draft/metadata-3")] == ["CAP", "BATCH", "BATCH"]


# -- draft/pre-away --------------------------------------------------------------------------------------------


def test_away_is_taken_before_registration() -> None:
    """ "servers MUST accept the AWAY command before connection registration has completed"."""
    hub = HubHarness()
    watcher = hub.client("w", caps="away-notify", join="#x")
    client = hub.connect()
    client.send("CAP REQ draft/pre-away", "NICK a", "USER a 0 * :A")
    assert client.one("AWAY :asleep").command == n.RPL_NOWAWAY
    client.send("CAP END", "JOIN #x")
    assert ("AWAY", "asleep") in seen(watcher.read())
    assert hub.connect().one("AWAY :x").command == n.ERR_NOTREGISTERED


def test_a_client_that_connects_by_itself_changes_nothing() -> None:
    """pre-away: "an away message of * should be treated as though the connection did not exist at all"."""
    hub = HubHarness()
    register(hub, "ann")
    first = member(hub, "ann", caps="sasl draft/pre-away", join="#x")
    watcher = hub.client("w", caps="away-notify", join="#x")
    first.send("AWAY :lunch")
    assert seen(watcher.read()) == [("AWAY", "lunch")]
    second = hub.connect()
    second.send("CAP REQ :sasl draft/pre-away", "NICK ann", "USER a 0 * :A", "AWAY *")
    log_in_plain(second, "ann")
    second.send("CAP END")
    assert watcher.read() == []
    assert second.session.away == "lunch"
    first.send("AWAY")
    assert seen(watcher.read()) == [("AWAY",)]
    first.send("QUIT")
    assert seen(watcher.read()) == [("AWAY", "*")]


def test_before_registration_nobody_else_is_looked_at() -> None:
    hub = HubHarness()
    hub.client("ann", caps=CAPS, join="#x").send("METADATA * SET phone :555")
    early = hub.connect()
    early.send(f"CAP REQ :{CAPS}", "NICK early")
    for target in ("ann", "nobody", "#x"):
        for subcommand in ("GET phone", "LIST", "SYNC"):
            assert fail(early, f"METADATA {target} {subcommand}") == ("INVALID_TARGET", target)
    assert inside(early.ask("METADATA * LIST")) == []
    assert len(early.ask("METADATA * SET phone :556")) == 1
