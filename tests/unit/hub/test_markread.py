"""MARKREAD and REDACT (IRCv3 draft/read-marker, draft/message-redaction)."""

import pytest
from chat_hub import limits
from chat_hub.clock import Now
from livechat.irc import numerics as n

from tests.support.hub_harness import OUR_CAPS, Client, HubHarness
from tests.support.login import member, register

MARK = f"sasl {OUR_CAPS} draft/read-marker draft/chathistory draft/message-redaction"
EARLY, LATE = "timestamp=2023-01-01T00:00:00.000Z", "timestamp=2023-02-01T00:00:00.000Z"


@pytest.fixture
def hub() -> HubHarness:
    hub = HubHarness()
    for name in ("Ann", "Bob"):
        register(hub, name)
    return hub


@pytest.fixture
def ann(hub: HubHarness) -> Client:
    return member(hub, "Ann", caps=MARK, join="#x")


# -- read markers ----------------------------------------------------------------------------------------------


def test_a_marker_is_set_got_and_only_moves_forwards(ann: Client) -> None:
    assert ann.one("MARKREAD #x").params == ("#x", "*")
    assert ann.one(f"MARKREAD #x {LATE}").params == ("#x", LATE)
    assert ann.one(f"MARKREAD #x {EARLY}").params == ("#x", LATE)
    assert ann.one("MARKREAD #X").params == ("#X", LATE)
    assert ann.one("MARKREAD bob").params == ("bob", "*")


def test_a_join_is_followed_by_the_marker_before_the_end_of_names(ann: Client) -> None:
    """Quoted: "the server MUST send a MARKREAD command for that channel … before the RPL_ENDOFNAMES reply"."""
    ann.send(f"MARKREAD #x {LATE}", "PART #x")
    got = ann.ask("JOIN #x")
    assert [m.command for m in got] == ["JOIN", "MARKREAD", n.RPL_NAMREPLY, n.RPL_ENDOFNAMES]
    assert got[1].params == ("#x", LATE)


def test_other_sessions_of_the_account_hear_of_it_and_other_people_do_not(hub: HubHarness, ann: Client) -> None:
    """Quoted: "The read markers sent by a user MUST NOT be disclosed to other users by the server"."""
    second, bob = member(hub, "Ann", caps=MARK), member(hub, "Bob", caps=MARK, join="#x")
    second.read(), bob.read()
    ann.send(f"MARKREAD #x {LATE}")
    assert [m.params for m in second.read()] == [("#x", LATE)]
    assert bob.read() == []
    assert bob.one("MARKREAD #x").params == ("#x", "*")
    ann.send(f"MARKREAD #x {EARLY}")
    assert second.read() == []


def test_a_marker_in_the_future_is_now(hub: HubHarness, ann: Client) -> None:
    assert (
        ann.one("MARKREAD #x timestamp=2100-01-01T00:00:00.000Z").params[1].startswith("timestamp=2023-11-14")
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("MARKREAD", "NEED_MORE_PARAMS"),
        ("MARKREAD #x *", "INVALID_PARAMS"),
        ("MARKREAD #x 2023-01-01T00:00:00.000Z", "INVALID_PARAMS"),
        ("MARKREAD #x timestamp=now", "INVALID_PARAMS"),
    ],
)
def test_a_wrong_marker_is_refused_with_its_code(ann: Client, line: str, code: str) -> None:
    answer = ann.one(line)
    assert (answer.command, *answer.params[:2]) == ("FAIL", "MARKREAD", code)


def test_markers_of_an_account_are_bounded(ann: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READ_MARKERS", 2)
    assert [ann.one(f"MARKREAD #{name} {EARLY}").command for name in "ab"] == ["MARKREAD"] * 2
    assert ann.one(f"MARKREAD #c {EARLY}").params[:3] == ("MARKREAD", "INTERNAL_ERROR", "#c")
    assert ann.one(f"MARKREAD #a {LATE}").params == ("#a", LATE)


def test_without_an_account_there_are_no_markers(hub: HubHarness) -> None:
    guest = hub.client("guest", caps=MARK)
    assert [m.params for m in guest.ask("JOIN #x") if m.command == "MARKREAD"] == [("#x", "*")]
    assert guest.one(f"MARKREAD #x {LATE}").params[:2] == ("MARKREAD", "INTERNAL_ERROR")


# -- redaction -------------------------------------------------------------------------------------------------


def said(client: Client, text: str, target: str = "#x") -> str:
    """The id of what `client` says."""
    return next(m.tags["msgid"] for m in client.ask(f"PRIVMSG {target} :{text}") if m.command == "PRIVMSG")


def kept(client: Client, target: str = "#x") -> list[str]:
    return [m.params[-1] for m in client.ask(f"CHATHISTORY LATEST {target} * 9") if m.command == "PRIVMSG"]


def test_a_redacted_message_is_gone_and_those_who_know_redact_are_told(hub: HubHarness, ann: Client) -> None:
    """Quoted: the server "MUST not forward this REDACT to target recipients that have not negotiated this
    capability".
    """
    bob, old = member(hub, "Bob", caps=MARK, join="#x"), hub.client("old", caps=OUR_CAPS, join="#x")
    msgid = said(ann, "oops")
    bob.read(), old.read()
    assert ann.one(f"REDACT #x {msgid} :typing error").params == ("#x", msgid, "typing error")
    assert [m.params for m in bob.read()] == [("#x", msgid, "typing error")]
    assert old.read() == []
    assert kept(bob) == []


def test_private_messages_can_be_redacted(hub: HubHarness, ann: Client) -> None:
    bob = member(hub, "Bob", caps=MARK)
    msgid = said(ann, "oops", "Bob")
    bob.read()
    ann.send(f"REDACT Bob {msgid}")
    assert [(m.command, m.params) for m in bob.read()] == [("REDACT", ("Bob", msgid))]
    assert kept(bob, "Ann") == []


def test_others_may_not_redact_but_channel_operators_may(hub: HubHarness, ann: Client) -> None:
    bob = member(hub, "Bob", caps=MARK, join="#x")
    msgid = said(ann, "mine")
    assert bob.one(f"REDACT #x {msgid}").params[:4] == ("REDACT", "REDACT_FORBIDDEN", "#x", msgid)
    assert kept(bob) == ["mine"]
    theirs = said(bob, "spam")
    assert ann.one(f"REDACT #x {theirs}").command == "REDACT"
    assert kept(bob) == ["mine"]


def test_a_nick_that_somebody_takes_later_does_not_own_what_was_said(hub: HubHarness, ann: Client) -> None:
    first = hub.client("guest", caps=MARK, join="#x")
    msgid = said(first, "from the first guest")
    first.send("QUIT")
    hub.pass_time(2)
    second = hub.client("guest", caps=MARK, join="#x")
    assert second.one(f"REDACT #x {msgid}").params[1] == "REDACT_FORBIDDEN"
    own = said(second, "from the second")
    assert second.one(f"REDACT #x {own}").command == "REDACT"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("REDACT #x 12345", "UNKNOWN_MSGID"),
        ("REDACT #x nonsense!", "UNKNOWN_MSGID"),
        ("REDACT #elsewhere 12345", "INVALID_TARGET"),
        ("REDACT nobody 12345", "UNKNOWN_MSGID"),
    ],
)
def test_what_cannot_be_redacted_is_told_with_its_code(ann: Client, line: str, code: str) -> None:
    answer = ann.one(line)
    assert (answer.command, *answer.params[:2]) == ("FAIL", "REDACT", code)


def test_own_messages_can_be_redacted_for_a_while(hub: HubHarness, ann: Client) -> None:
    bob = member(hub, "Bob", caps=MARK, join="#x")
    msgid = said(bob, "old")
    hub.now = Now(hub.now.mono, hub.now.unix + limits.REDACT_WITHIN_S + 1)
    assert bob.one(f"REDACT #x {msgid}").params[1] == "REDACT_WINDOW_EXPIRED"
    assert ann.one(f"REDACT #x {msgid}").command == "REDACT"


def test_a_guest_does_not_own_what_was_said_under_a_nick_before_it_took_that(
    hub: HubHarness, ann: Client
) -> None:
    early = hub.client("early", caps=MARK, join="#x")
    hub.pass_time(1)
    first = hub.client("guest", caps=MARK, join="#x")
    msgid = said(first, "from the first guest")
    first.send("QUIT")
    early.send("NICK guest")
    assert early.one(f"REDACT #x {msgid}").params[1] == "REDACT_FORBIDDEN"
    own = said(early, "from the second")
    early.send("NICK Guest")
    assert early.one(f"REDACT #x {own}").command == "REDACT"


@pytest.mark.parametrize("way", ["JOIN #y", "RENAME #z #y"])
def test_who_gets_a_name_that_was_empty_does_not_own_what_was_said_there(
    hub: HubHarness, ann: Client, way: str
) -> None:
    late = hub.client("late", caps=MARK, join="#z")
    ann.send("JOIN #y")
    msgid = said(ann, "kept", "#y")
    ann.send("PART #y")
    hub.pass_time(2)
    late.send(way)
    assert late.one(f"REDACT #y {msgid}").params[1] == "REDACT_FORBIDDEN"
    ann.send("JOIN #y")
    new = said(ann, "new", "#y")
    late.read()
    assert late.one(f"REDACT #y {new}").command == "REDACT"


def test_who_deletes_what_others_wrote_is_noted(hub: HubHarness, ann: Client) -> None:
    bob = member(hub, "Bob", caps=MARK, join="#x")
    theirs, own = said(bob, "spam"), said(ann, "mine")
    ann.send(f"REDACT #x {own}", f"REDACT #x {theirs} :off topic")
    acts = [(act.action, act.target, act.detail) for act in hub.hub.audit.latest(9)]
    assert acts == [("REDACT", "#x", f"{theirs} off topic")]
