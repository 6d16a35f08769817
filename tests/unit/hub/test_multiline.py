"""Messages of several lines (IRCv3 draft/multiline): what clients send, what each client gets."""

import pytest
from chat_hub import limits
from hypothesis import given
from hypothesis import strategies as st
from livechat.irc import numerics as n
from livechat.irc.message import Message

from tests.support.hub_harness import Client, HubHarness

MULTILINE = "draft/multiline batch message-tags"
FULL = MULTILINE + " echo-message labeled-response standard-replies server-time"


def send(client: Client, *lines: str, target: str = "#x", tags: str = "") -> list[Message]:
    """Send `lines` as one message; `+` in front of one is concat. What comes of it."""
    opening = f"@{tags} " if tags else ""
    inside = [
        f"@batch=1;draft/multiline-concat PRIVMSG {target} :{line[1:]}"
        if line.startswith("+")
        else f"@batch=1 PRIVMSG {target} :{line}"
        for line in lines
    ]
    return client.ask(f"{opening}BATCH +1 draft/multiline {target}", *inside, "BATCH -1")


def combined(messages: list[Message]) -> str:
    """The text of a batch as a client joins it."""
    text = ""
    for index, message in enumerate(m for m in messages if m.command == "PRIVMSG"):
        joins = not index or "draft/multiline-concat" in message.tags
        text += message.params[-1] if joins else "\n" + message.params[-1]
    return text


def test_a_message_reaches_those_who_know_as_a_batch_and_others_line_by_line() -> None:
    """ "servers MUST deliver the component messages without using a multiline BATCH" to the others."""
    hub = HubHarness()
    a, b = hub.client("a", caps=FULL, join="#x"), hub.client("b", caps=MULTILINE, join="#x")
    c, d = hub.client("c", join="#x"), hub.client("d", caps="message-tags", join="#x")
    for client in (a, b, c, d):
        client.read()
    echo = send(a, "hello", "", "how is ", "+everyone?", tags="+draft/reply=x")
    got = b.read()
    assert [m.command for m in got] == ["BATCH", *["PRIVMSG"] * 4, "BATCH"]
    assert got[0].params[1:] == ("draft/multiline", "#x")
    assert got[0].source == a.session.prefix
    reference = got[0].params[0][1:]
    assert got[-1].params == (f"-{reference}",)
    assert {m.tags["batch"] for m in got[1:-1]} == {reference}
    assert combined(got) == "hello\n\nhow is everyone?"
    assert got[0].tags["+draft/reply"] == "x"
    assert got[0].tags["msgid"]
    assert all("msgid" not in m.tags for m in got[1:])
    assert [m.params[-1] for m in c.read()] == ["hello", "how is ", "everyone?"]
    lines = d.read()
    # message-ids: "Servers MUST only include a message ID on the first message of a batch"
    assert [m.tags.get("msgid") for m in lines] == [got[0].tags["msgid"], None, None]
    assert [m.tags.get("+draft/reply") for m in lines] == ["x", None, None]
    assert [m.params for m in echo] == [m.params for m in got]


def test_the_label_is_on_the_opening_batch_of_the_echo_only() -> None:
    """ "Servers MUST only include the label tag on the opening BATCH command"."""
    hub = HubHarness()
    a = hub.client("a", caps=FULL, join="#x")
    got = send(a, "one", "two", tags="label=7")
    assert [m.tags.get("label") for m in got] == ["7", None, None, None]


def test_without_an_echo_the_label_is_acknowledged_once() -> None:
    hub = HubHarness()
    a = hub.client("a", caps=MULTILINE + " labeled-response", join="#x")
    got = send(a, "one", "two", tags="label=7")
    assert [(m.command, m.tags.get("label")) for m in got] == [("ACK", "7")]


def test_a_private_message_of_several_lines_with_its_away_reply_is_one_answer() -> None:
    hub = HubHarness()
    a, b = hub.client("a", caps=FULL), hub.client("b", caps=MULTILINE)
    b.send("AWAY :gone")
    b.read()
    got = send(a, "one", "two", target="b", tags="label=7")
    assert got[0].tags["label"] == "7"
    outer = got[0].params[0][1:]
    assert [m.command for m in got if m.tags.get("batch") == outer] == ["BATCH", n.RPL_AWAY]
    assert combined(b.read()) == "one\ntwo"


@pytest.mark.parametrize(
    ("lines", "failed"),
    [
        (["@batch=1 PRIVMSG #y :x"], ("MULTILINE_INVALID_TARGET", "#x", "#y")),
        (["@batch=1 JOIN #y"], ("MULTILINE_INVALID",)),
        (["@batch=2 PRIVMSG #x :x"], ("MULTILINE_INVALID",)),
        (["@batch=1 PRIVMSG #x :"], ("MULTILINE_INVALID",)),
        ([], ("MULTILINE_INVALID",)),
        (["@batch=1;draft/multiline-concat PRIVMSG #x :first"], ("MULTILINE_INVALID",)),
        (["@batch=1 PRIVMSG #x :a", "@batch=1;draft/multiline-concat PRIVMSG #x :"], ("MULTILINE_INVALID",)),
        (["@batch=1 PRIVMSG #x :a", "@batch=1 NOTICE #x :b"], ("MULTILINE_INVALID",)),
        (["@batch=1 PRIVMSG #x :" + "x" * 400] * 21, ("MULTILINE_MAX_BYTES", str(limits.MULTILINE_BYTES))),
        (["@batch=1 PRIVMSG #x :x"] * 51, ("MULTILINE_MAX_LINES", str(limits.MULTILINE_LINES))),
    ],
)
def test_what_is_wrong_fails_once_with_its_code_and_nobody_gets_anything(
    lines: list[str], failed: tuple[str, ...]
) -> None:
    """ "Servers MUST use `FAIL` messages … to notify clients of errors with multiline batches"."""
    hub = HubHarness()
    a, b = hub.client("a", caps=FULL, join="#x"), hub.client("b", join="#x")
    b.read()
    got = a.ask("@label=7 BATCH +1 draft/multiline #x", *lines, "BATCH -1")
    assert [(m.command, m.params[:-1]) for m in got] == [("FAIL", ("BATCH", *failed))]
    assert got[0].tags["label"] == "7"
    assert b.read() == []
    assert combined(send(a, "fine")) == "fine"


def test_another_command_ends_the_batch_and_is_run_while_pings_do_no_harm() -> None:
    hub = HubHarness()
    a = hub.client("a", caps=FULL, join="#x")
    got = a.ask(
        "@label=1 BATCH +1 draft/multiline #x", "@label=2 PRIVMSG #x :in between", "@batch=1 PRIVMSG #x :late"
    )
    assert [(m.command, m.tags.get("label")) for m in got[:2]] == [("FAIL", "1"), ("PRIVMSG", "2")]
    got = a.ask(
        "BATCH +1 draft/multiline #x", "@batch=1 PRIVMSG #x :a", "PING x", "@batch=1 PRIVMSG #x :b", "BATCH -1"
    )
    assert [m.command for m in got] == ["PONG", "BATCH", "PRIVMSG", "PRIVMSG", "BATCH"]


def test_a_second_batch_ends_the_first_and_unknown_ones_are_refused() -> None:
    hub = HubHarness()
    a = hub.client("a", caps=FULL, join="#x")
    got = a.ask("@label=1 BATCH +1 draft/multiline #x", "@label=2 BATCH +2 draft/multiline #x", "BATCH -2")
    assert [(m.command, m.tags.get("label")) for m in got] == [("FAIL", "1"), ("FAIL", "2")]
    for line in ("BATCH -9", "BATCH +1 netsplit a b", "BATCH +1 draft/multiline", "BATCH + draft/multiline #x"):
        assert a.one(line).params[:2] == ("BATCH", "MULTILINE_INVALID")


def test_without_the_capabilities_there_is_no_batch() -> None:
    """ "This specification depends on the batch capability which MUST be negotiated"."""
    hub = HubHarness()
    assert hub.client("a").one("BATCH +1 draft/multiline #x").command == n.ERR_UNKNOWNCOMMAND
    b = hub.client("b", caps="draft/multiline", join="#x")
    assert b.one("BATCH +1 draft/multiline #x").command == n.ERR_UNKNOWNCOMMAND
    a = hub.client("c", caps=FULL, join="#x")
    b.read()
    send(a, "one", "two")
    assert [m.command for m in b.read()] == ["PRIVMSG", "PRIVMSG"]


def test_bans_and_modes_hold_for_long_messages_too() -> None:
    hub = HubHarness()
    a, b = hub.client("a", join="#x"), hub.client("b", caps=FULL, join="#x")
    a.send("MODE #x +m")
    b.read()
    assert [m.command for m in send(b, "one", "two")] == [n.ERR_CANNOTSENDTOCHAN]


def test_the_bounds_are_told_in_the_capability() -> None:
    """ "The capability MUST be advertised by servers with a REQUIRED value"."""
    words = " ".join(m.params[-1] for m in HubHarness().connect().ask("CAP LS 302"))
    value = f"max-bytes={limits.MULTILINE_BYTES},max-lines={limits.MULTILINE_LINES}"
    assert f"draft/multiline={value}" in words.split()


def test_history_gives_a_long_message_back_as_it_was() -> None:
    hub = HubHarness()
    a = hub.client("a", caps=FULL + " draft/chathistory", join="#x")
    b = hub.client("b", caps="draft/chathistory batch message-tags", join="#x")
    live = send(a, "one", "", "two ", "+three")
    got = a.ask("CHATHISTORY LATEST #x * 10")
    inner = [m for m in got if m.params[-2:] == ("draft/multiline", "#x")]
    assert [m.tags["msgid"] for m in inner] == [live[0].tags["msgid"]]
    assert combined(got) == "one\n\ntwo three"
    b.read()
    lines = [m for m in b.ask("CHATHISTORY LATEST #x * 10") if m.command == "PRIVMSG"]
    assert [m.params[-1] for m in lines] == ["one", "two ", "three"]
    assert len({m.tags["batch"] for m in lines}) == 1


@given(st.lists(st.tuples(st.text(alphabet="aж :", max_size=20), st.booleans()), min_size=1, max_size=12))
def test_every_text_arrives_as_it_was_joined(parts: list[tuple[str, bool]]) -> None:
    hub = HubHarness()
    a, b = hub.client("a", caps=FULL, join="#x"), hub.client("b", caps=MULTILINE, join="#x")
    b.read()
    parts = [(text, joined and index > 0 and bool(text)) for index, (text, joined) in enumerate(parts)]
    send(a, *(("+" if joined else "") + text for text, joined in parts))
    expected = "".join(
        text if joined or not index else "\n" + text for index, (text, joined) in enumerate(parts)
    )
    assert combined(b.read()) == (expected if any(text for text, _ in parts) else "")


def test_no_line_of_a_message_brings_ctcp_past_c() -> None:
    hub = HubHarness()
    a, b = hub.client("a", join="#x"), hub.client("b", caps=MULTILINE, join="#x")
    a.send("MODE #x +C")
    a.read()
    for line in ("\x01VERSION\x01", "+\x01VERSION\x01"):
        assert [m.command for m in send(b, "fine", line)] == [n.ERR_CANNOTSENDTOCHAN]
    assert a.read() == []
    send(b, "fine", "\x01ACTION waves\x01")
    assert [m.params[1] for m in a.read()] == ["fine", "\x01ACTION waves\x01"]
