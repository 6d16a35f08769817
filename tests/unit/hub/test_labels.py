"""labeled-response: one label, one answer."""

import pytest
from livechat.irc import numerics as n

from tests.support.hub_harness import OUR_CAPS, HubHarness


def test_one_line_carries_the_label() -> None:
    message = HubHarness().client("a", caps=OUR_CAPS).one("@label=x1 PING tok")
    assert (message.command, message.tags["label"]) == ("PONG", "x1")


def test_several_lines_become_a_batch_that_carries_it() -> None:
    a = HubHarness().client("a", caps=OUR_CAPS)
    start, *lines, end = a.ask("@label=x2 WHOIS a")
    assert (start.command, start.tags["label"]) == ("BATCH", "x2")
    reference = start.params[0].removeprefix("+")
    assert start.params == (f"+{reference}", "labeled-response")
    assert {m.tags.get("batch") for m in lines} == {reference}
    assert all("label" not in m.tags for m in (*lines, end))
    assert end.params == (f"-{reference}",)


def test_no_line_becomes_an_ack() -> None:
    """IRCv3: "Servers MUST respond with a labeled ACK message" to what "normally produces no response"."""
    a = HubHarness().client("a", caps=OUR_CAPS)
    message = a.one("@label=x3 PONG x")
    assert (message.command, message.tags["label"], message.params) == ("ACK", "x3", ())


@pytest.mark.parametrize(
    "line", ["NOSUCH", "JOIN", "NICK", "PRIVMSG nobody :x", "FILES LIST", "KILL a :x", "CAP X"]
)
def test_a_refusal_carries_the_label_too(line: str) -> None:
    assert HubHarness().client("a", caps=OUR_CAPS).one(f"@label=z {line}").tags["label"] == "z"


@pytest.mark.parametrize("caps", ["", "labeled-response message-tags", "batch message-tags"])
def test_a_label_without_the_capabilities_is_ignored(caps: str) -> None:
    assert "label" not in HubHarness().client("a", caps=caps).one("@label=z PING x").tags


def test_a_label_over_64_bytes_is_ignored() -> None:
    """IRCv3: "The value MUST NOT exceed 64 bytes"."""
    a = HubHarness().client("a", caps=OUR_CAPS)
    assert a.one(f"@label={'l' * 64} PING x").tags["label"] == "l" * 64
    assert "label" not in a.one(f"@label={'l' * 65} PING x").tags


def test_a_label_is_returned_as_it_was_whatever_it_holds() -> None:
    a = HubHarness().client("a", caps=OUR_CAPS)
    assert a.one(r"@label=a\sb\:c PING x").tags["label"] == "a b;c"


def test_what_a_command_causes_at_others_carries_no_label_and_comes_first() -> None:
    hub = HubHarness()
    a, b = (hub.client(nick, caps=OUR_CAPS, join="#lobby") for nick in "ab")
    b.read()
    got = a.ask("@label=q PART #lobby")
    assert got[0].tags["label"] == "q"
    assert "label" not in b.read()[0].tags
    assert a.one("PRIVMSG #lobby :x").command == n.ERR_CANNOTSENDTOCHAN
