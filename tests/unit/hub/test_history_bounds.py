"""What the history keeps in memory is bounded, and going over the bound loses nothing."""

import pytest
from chat_hub import limits

from tests.support.hub_harness import OUR_CAPS, HubHarness, with_settings
from tests.support.login import member, register

CAPS = f"sasl {OUR_CAPS} draft/chathistory"
ALWAYS = "timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z"


def test_conversations_beyond_those_in_memory_are_listed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KNOWN_CONVERSATIONS", 1)
    hub = HubHarness()
    for name in ("Ann", "Bob", "Cyn"):
        register(hub, name)
    ann = member(hub, "Ann", caps=CAPS)
    for name in ("Bob", "Cyn"):
        member(hub, name, caps=CAPS)
    ann.send("PRIVMSG Bob :1", "PRIVMSG Cyn :2", "PRIVMSG Bob :3", "PRIVMSG Ann :to myself")
    targets = ann.ask(f"CHATHISTORY TARGETS {ALWAYS} 10")[1:-1]
    assert {m.params[1] for m in targets} == {"ann", "bob", "cyn"}
    assert len(hub.hub.history._pairs) == 1


def test_rooms_that_grow_slowly_are_forgotten_in_memory_and_cut_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "KNOWN_CONVERSATIONS", 3)
    hub = HubHarness(with_settings(history_messages=30))
    a = hub.client("a", caps=CAPS)
    rooms = [f"#r{number}" for number in range(6)]
    for _ in range(40):
        for room in rooms:
            a.send(f"JOIN {room}", f"PRIVMSG {room} :x", f"PART {room}")
        hub.pass_time(1)
        assert len(hub.hub.history._grown) <= 3
    hub.pass_time(limits.HISTORY_LOOK_S)
    rows = hub.store.connection.execute("SELECT count(*) FROM messages GROUP BY target, kind = 1").fetchall()
    assert max(count for (count,) in rows) <= 30


def test_a_multiline_message_and_a_redaction_of_it_are_one_row() -> None:
    hub = HubHarness()
    a = hub.client("a", caps=f"{OUR_CAPS} draft/chathistory draft/multiline draft/message-redaction", join="#x")
    a.send(
        "BATCH +m draft/multiline #x",
        "@batch=m PRIVMSG #x :one",
        "@batch=m PRIVMSG #x :two",
    )
    echo = a.ask("BATCH -m")
    msgid = next(m.tags["msgid"] for m in echo if "msgid" in m.tags)
    played = a.ask("CHATHISTORY LATEST #x * 10")
    assert [m.params[-1] for m in played if m.command == "PRIVMSG"] == ["one", "two"]
    assert any(m.tags.get("msgid") == msgid for m in played)
    a.ask(f"REDACT #x {msgid}")
    assert [m for m in a.ask("CHATHISTORY LATEST #x * 10") if m.command == "PRIVMSG"] == []
