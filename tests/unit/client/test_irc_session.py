"""The client's IRC core once it is online: what it sends and tells; nothing from a server breaks it."""

import base64

import pytest
from client_gui.model import events as ev
from client_gui.model.events import LOBBY, Kind, Person
from client_gui.model.irc.facts import Disconnect, Fact, TicketGranted, TicketRefused
from client_gui.model.irc.session import PING_AFTER_S, SILENT_S, Phase
from hypothesis import example, given, settings
from hypothesis import strategies as st
from livechat.catalogue import FileEntry, text_id
from livechat.irc.message import parse

from tests.support.irc_session import Talk


def test_silence_is_met_with_a_ping_and_then_with_an_end() -> None:
    talk = Talk().online()
    assert talk.session.get_timer() == PING_AFTER_S
    talk.session.handle_timer(PING_AFTER_S)
    assert talk.sent() == ["PING livechat"]

    talk.now = PING_AFTER_S + 1
    talk.hear(":irc.test PONG irc.test livechat")
    assert talk.session.get_timer() == talk.now + PING_AFTER_S
    talk.session.handle_timer(talk.now + PING_AFTER_S)
    assert talk.session.get_timer() == talk.now + SILENT_S
    talk.session.handle_timer(talk.now + SILENT_S)
    assert talk.facts() == [Disconnect("The server does not answer any more.")]


def test_a_ping_is_answered_with_its_own_words() -> None:
    talk = Talk().online()
    talk.hear("PING :some thing")

    assert talk.sent() == ["PONG :some thing"]


def test_people_are_followed_live() -> None:
    talk = Talk().online()
    facts = talk.hear(
        f":irc.test 353 Dana = {LOBBY} :@Eve!e@h Dana!d@h",
        f":irc.test 353 Dana = {LOBBY} :@+Bob",
        f":irc.test 366 Dana {LOBBY} :End",
        ":irc.test 352 Dana #lobby e h irc.test Eve G@ :0 Eve",
        f":Kim!k@h JOIN {LOBBY} * :Kim Real",
        ":Kim!k@h AWAY :lunch",
        ":Kim!k@h AWAY",
        ":Kim!k@h SETNAME :New Real",
        ":Kim!k@h NICK Kimmy",
        f":Kimmy!k@h PART {LOBBY} :bye",
        f":Eve!e@h KICK {LOBBY} Bob :enough",
        ":Eve!e@h QUIT :gone",
    )

    assert facts == [
        ev.PeopleListed(LOBBY, (Person("Eve", prefix="@"), Person("Dana"), Person("Bob", prefix="@"))),
        ev.PersonAway("Eve", away=True),
        ev.PersonJoined(LOBBY, Person("Kim", real_name="Kim Real")),
        ev.PersonAway("Kim", away=True),
        ev.PersonAway("Kim", away=False),
        ev.PersonDescribed("Kim", "New Real"),
        ev.PersonRenamed("Kim", "Kimmy"),
        ev.PersonLeft(LOBBY, "Kimmy", "bye"),
        ev.PersonLeft(LOBBY, "Bob", "removed by Eve"),
        ev.PersonQuit("Eve", "gone"),
    ]
    assert talk.sent() == [f"WHO {LOBBY}"]


def test_messages_carry_time_and_id() -> None:
    talk = Talk().online()
    facts = talk.hear(
        "@time=2026-01-02T03:04:05.678Z;msgid=abc :Eve!e@h PRIVMSG #LOBBY :hi",
        ":Eve!e@h PRIVMSG Dana :\x01ACTION waves\x01",
        ":Eve!e@h NOTICE Dana :note",
        "@time=0001-01-01T00:00:00Z :Eve!e@h PRIVMSG Dana :old",
        ":Eve!e@h PRIVMSG Dana :\x01VERSION\x01",
        ":irc.test NOTICE Dana :from the server",
    )

    assert facts == [
        ev.MessageReceived(LOBBY, "Eve", "hi", 1767323045.678, "abc"),
        ev.MessageReceived("Eve", "Eve", "waves", 1000.0, kind=Kind.ACTION),
        ev.MessageReceived("Eve", "Eve", "note", 1000.0, kind=Kind.NOTICE),
        ev.MessageReceived("Eve", "Eve", "old", 1000.0),
        ev.Notice("from the server"),
    ]


def _say(talk: Talk, conversation: str, text: str, label: str = "L") -> list[Fact]:
    talk.session.say(conversation, text, label, 7.0)
    return talk.facts()


def _received(facts: list[Fact]) -> ev.MessageReceived:
    assert isinstance(facts[0], ev.MessageReceived)
    return facts[0]


def test_an_own_message_is_queued_labelled_and_confirmed_by_its_echo() -> None:
    talk = Talk().online()
    assert _say(talk, "Eve", "hi") == [ev.MessageQueued("Eve", "Dana", "hi", 7.0, "L")]
    assert talk.sent() == ["@label=m1 PRIVMSG Eve hi"]

    facts = talk.hear("@label=m1;msgid=x :Dana!d@h PRIVMSG Eve :hi")
    assert facts == [ev.MessageReceived("Eve", "Dana", "hi", 1000.0, "x", True, label="L")]
    assert _received(talk.hear("@label=m1 :Dana!d@h PRIVMSG Eve :hi")).label == ""


def test_an_answer_in_a_batch_belongs_to_its_label() -> None:
    talk = Talk().online()
    _say(talk, "Eve", "hi")
    facts = talk.hear(
        "@label=m1 :irc.test BATCH +ref labeled-response",
        "@batch=ref :irc.test 301 Dana Eve :at lunch",
        "@batch=ref :Dana!d@h PRIVMSG Eve :hi",
        ":irc.test BATCH -ref",
    )

    assert facts == [
        ev.PersonAway("Eve", away=True),
        ev.Notice("Eve is away: at lunch"),
        ev.MessageReceived("Eve", "Dana", "hi", 1000.0, own=True, label="L"),
    ]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("@label=m1 :irc.test 401 Dana Eve :No such nick", "Eve is not here."),
        ("@label=m1 :irc.test 403 Dana Eve :No such channel", "There is no channel called Eve."),
        ("@label=m1 :irc.test 404 Dana Eve :Cannot send", "You may not write to Eve."),
        ("@label=m1 :irc.test 407 Dana Eve :Too many targets", "Too many targets."),
        ("@label=m1 :irc.test 407", "The server refused it."),
        ("@label=m1 FAIL PRIVMSG SOME_CODE Eve :Not now.", "Not now."),
    ],
)
def test_an_own_message_that_is_refused_says_why(answer: str, reason: str) -> None:
    talk = Talk().online()
    _say(talk, "Eve", "hi")

    assert talk.hear(answer) == [ev.MessageFailed("L", "Eve", "hi", reason)]


def test_what_was_on_its_way_fails_with_the_connection() -> None:
    talk = Talk().online()
    _say(talk, "Eve", "hi")
    talk.session.request_ticket(b"p" * 32)
    talk.session.connection_lost("Gone.")

    assert talk.facts() == [
        ev.MessageFailed("L", "Eve", "hi", "Gone."),
        TicketRefused(b"p" * 32, "UNAVAILABLE", "Gone."),
    ]
    assert _say(talk, "Eve", "hi") == [ev.MessageFailed("L", "Eve", "hi", "You are not connected.")]


def test_a_message_to_ourselves_is_shown_once() -> None:
    talk = Talk().online()
    _say(talk, "Dana", "note")
    facts = talk.hear("@label=m1 :Dana!d@h PRIVMSG Dana :note", ":Dana!d@h PRIVMSG Dana :note")

    assert len(facts) == 1


def test_without_labels_the_echo_and_without_echoes_the_sending_confirms() -> None:
    echoing = Talk().online("echo-message")
    _say(echoing, "Eve", "hi")
    assert _received(echoing.hear(":Dana!d@h PRIVMSG Eve :hi")).label == "L"
    _say(echoing, "Bob", "hi", "M")
    assert echoing.hear(":s 401 Dana Bob :No such nick") == [
        ev.MessageFailed("M", "Bob", "hi", "Bob is not here.")
    ]

    plain = Talk().online("")
    assert [type(fact) for fact in _say(plain, "Eve", "hi")] == [ev.MessageQueued, ev.MessageReceived]


def test_an_answer_after_a_rename_goes_to_the_conversation_that_has_moved() -> None:
    talk = Talk().online()
    _say(talk, "Eve", "hi")
    talk.hear(":Eve!e@h NICK Eva")

    assert _received(talk.hear("@label=m1 :Dana!d@h PRIVMSG Eve :hi")).conversation == "Eva"


@pytest.mark.parametrize(
    ("conversation", "text"), [("Eve", " \n "), ("", "hi"), ("a b", "hi"), (":x", "hi"), ("x\r\nQUIT", "hi")]
)
def test_what_cannot_be_sent_fails_with_a_sentence(conversation: str, text: str) -> None:
    talk = Talk().online()

    assert [type(fact) for fact in _say(talk, conversation, text)] == [ev.MessageFailed]
    assert talk.sent() == []


@given(text=st.text(max_size=900), kind=st.sampled_from([Kind.TEXT, Kind.ACTION, Kind.NOTICE]))
def test_whatever_is_said_every_line_fits_and_is_well_formed(text: str, kind: Kind) -> None:
    talk = Talk().online()
    talk.session.say("Ω" * 32, text, "L", 7.0, kind)
    queued = [fact for fact in talk.facts() if isinstance(fact, ev.MessageQueued)]
    lines = talk.session.data_to_send().split(b"\r\n")[:-1]

    assert len(lines) == len(queued)
    for line, message in zip(lines, queued, strict=True):
        parsed = parse(line)
        relayed = len(line.partition(b" ")[2]) + len(b":Dana!dana@host ") + len(b":") + 2
        assert relayed <= 512 + 1
        assert message.text in parsed.params[1]


def test_the_files_list_is_whole_and_then_live() -> None:
    talk = Talk().online()
    entry = FileEntry.of("folder/ä.txt", 5, 1700000000000, b"r" * 32)
    root = base64.urlsafe_b64encode(b"r" * 32).rstrip(b"=").decode()
    line = f":irc.test FILES ENTRY {text_id(entry.file_id)} 5 1700000000000 {root} :folder/ä.txt"
    assert talk.hear(line, ":irc.test FILES ENTRY broken", ":irc.test FILES END 1") == [
        ev.FilesListed((entry,))
    ]
    assert talk.hear(line) == [ev.FileChanged(entry)]
    assert talk.hear(f":irc.test FILES GONE {text_id(entry.file_id)}") == [ev.FileRemoved(entry.file_id)]
    assert talk.hear(":irc.test FILES AWAY :Not now.") == [ev.FilesUnavailable("Not now.")]
    assert talk.hear(":irc.test FILES BACK") == [ev.FilesBack()]
    assert talk.sent() == ["FILES LIST"]
    assert talk.hear("FAIL FILES UNAVAILABLE LIST :Away.") == [ev.FilesUnavailable("Away.")]


def test_tickets_are_answered_in_the_order_of_asking() -> None:
    talk = Talk().online()
    for public in (b"a" * 32, b"b" * 32, b"c" * 32):
        talk.session.request_ticket(public)
    assert [line.split()[:2] for line in talk.sent()] == [["FILES", "TICKET"]] * 3

    server = base64.urlsafe_b64encode(b"s" * 32).rstrip(b"=").decode()
    facts = talk.hear(
        f":irc.test FILES TICKET {server} dGlja2V0 600 6969 [::1]:7000,10.0.0.1",
        "FAIL FILES NOT_PERMITTED TICKET :You may not.",
        ":irc.test FILES TICKET garbage",
    )

    candidates = (("", 6969), ("::1", 7000), ("10.0.0.1", 6969))
    assert facts == [
        TicketGranted(b"a" * 32, b"s" * 32, b"ticket", 600, candidates),
        TicketRefused(b"b" * 32, "NOT_PERMITTED", "You may not."),
        TicketRefused(b"c" * 32, "INVALID", "The server gave out a ticket that cannot be read."),
    ]


def test_a_server_without_files_says_so_and_gives_no_tickets() -> None:
    talk = Talk()
    talk.sent()
    facts = talk.hear(":s 001 Dana :Hi", f":Dana!d@h JOIN {LOBBY}")
    assert ev.FilesUnavailable("This server offers no files.") in facts

    talk.session.request_ticket(b"p" * 32)
    assert isinstance(talk.facts()[0], TicketRefused)


def test_files_that_come_later_are_taken_up() -> None:
    talk = Talk().online("cap-notify")
    talk.hear(":s CAP Dana NEW :livechat/files")
    assert talk.sent() == ["CAP REQ livechat/files"]
    talk.hear(":s CAP Dana ACK :livechat/files")
    assert talk.sent() == ["FILES LIST"]
    assert isinstance(talk.hear(":s CAP Dana DEL :livechat/files")[0], ev.FilesUnavailable)


_PROTOCOL_WORDS = (
    "001 005 301 352 353 366 401 433 CAP LS ACK NEW DEL FILES ENTRY END GONE TICKET BACK AWAY FAIL WARN BATCH "
    "JOIN PART QUIT NICK KICK PRIVMSG NOTICE ERROR PING INVITE SETNAME #lobby Dana Eve :x "
    ": @ +ref -ref * :Dana!d@h :irc.test @label=m1 @batch=ref 0 -1 9999999999999999999999 livechat/files"
)
_WORDS = st.one_of(
    st.sampled_from(_PROTOCOL_WORDS.split(" ")),
    st.text(max_size=12),
)


@settings(max_examples=300)
@given(lines=st.lists(st.lists(_WORDS, max_size=7).map(" ".join), max_size=25), online=st.booleans())
@example(lines=[":irc.test FILES ENTRY 1 2 3 4 :../x"], online=True)
def test_no_words_of_a_server_raise_anything(lines: list[str], online: bool) -> None:
    talk = Talk().online() if online else Talk()
    talk.session.say("Eve", "hi", "L", 0.0)
    talk.session.request_ticket(b"p" * 32)
    for line in lines:
        talk.session.receive(line.encode(errors="surrogatepass") + b"\r\n", 1.0, 2.0)
        talk.facts()
    talk.session.handle_timer(1e6)
    talk.session.connection_lost("Gone.")
    talk.session.data_to_send()


@given(chunks=st.lists(st.binary(max_size=200), max_size=20), online=st.booleans())
def test_no_bytes_of_a_server_raise_anything(chunks: list[bytes], online: bool) -> None:
    talk = Talk().online() if online else Talk()
    for chunk in chunks:
        talk.session.receive(chunk, 1.0, 2.0)
    assert talk.session.phase in set(Phase)


@given(cut=st.integers(1, 40))
def test_lines_may_come_in_any_portions(cut: int) -> None:
    talk = Talk().online()
    data = ":Eve!e@h PRIVMSG #lobby :grüße\r\n:Eve!e@h PRIVMSG #lobby :zwei\n".encode()
    for start in range(0, len(data), cut):
        talk.session.receive(data[start : start + cut], 1.0, 2.0)

    assert [fact.text for fact in talk.facts() if isinstance(fact, ev.MessageReceived)] == ["grüße", "zwei"]
