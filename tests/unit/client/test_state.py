"""The state of the screen under any order of events."""

from pathlib import Path
from typing import get_args

from client_gui.model import events as ev
from client_gui.model import state as st_module
from client_gui.model.conversation import MAX_LINES, Conversation, Line, Status
from client_gui.model.events import LOBBY, Kind, Person
from client_gui.model.state import ClientState, Part, Phase, apply
from client_gui.model.transfers import MAX_TRANSFERS, TransferStatus
from hypothesis import given, settings
from hypothesis import strategies as st
from livechat.catalogue import FileEntry
from livechat.irc.casemap import fold

_NICKS = st.sampled_from(["Dana", "dana", "Eve", "Bob", "Ωmega", "ωmega"])
_PLACES = st.sampled_from([LOBBY, "#Lobby", "#other", "Eve", "bob"])
_LABELS = st.sampled_from(["", "a", "b", "c"])
_PEOPLE = st.builds(Person, _NICKS, st.booleans())
_ENTRIES = st.sampled_from([FileEntry.of(name, 10, 0, bytes(32)) for name in ("a", "b/c", "d")])
_IDS = st.sampled_from(["t1", "t2"])
_FOLDER = st.just(Path("/downloads"))

_EVENTS = st.one_of(
    st.builds(ev.Connecting, st.just("host:1"), st.integers(1, 5)),
    st.builds(ev.LoginRefused, st.just("No."), st.booleans()),
    st.builds(ev.Online, _NICKS, st.just("Net")),
    st.builds(ev.ConnectionLost, st.just("Lost."), st.just(1.0)),
    st.just(ev.LoggedOut()),
    st.builds(ev.PeopleListed, _PLACES, st.lists(_PEOPLE, max_size=5).map(tuple)),
    st.builds(ev.PersonJoined, _PLACES, _PEOPLE),
    st.builds(ev.PersonLeft, _PLACES, _NICKS, st.just("")),
    st.builds(ev.PersonQuit, _NICKS, st.just("Bye")),
    st.builds(ev.PersonRenamed, _NICKS, _NICKS),
    st.builds(ev.PersonAway, _NICKS, st.booleans()),
    st.builds(ev.PersonDescribed, _NICKS, st.just("Real")),
    st.builds(ev.MessageQueued, _PLACES, _NICKS, st.just("hi"), st.just(1.0), _LABELS),
    st.builds(
        ev.MessageReceived,
        _PLACES,
        _NICKS,
        st.just("hi"),
        st.just(1.0),
        st.just(""),
        st.booleans(),
        st.sampled_from(Kind),
        _LABELS,
    ),
    st.builds(ev.MessageFailed, _LABELS, _PLACES, st.just("hi"), st.just("Gone.")),
    st.builds(ev.FilesListed, st.lists(_ENTRIES).map(tuple)),
    st.builds(ev.FileChanged, _ENTRIES),
    st.builds(ev.FileRemoved, _ENTRIES.map(lambda entry: entry.file_id)),
    st.builds(ev.FilesUnavailable, st.just("Away.")),
    st.just(ev.FilesBack()),
    st.builds(ev.TransferStarted, _IDS, _ENTRIES, _FOLDER),
    st.builds(ev.TransferProgress, _IDS, st.integers(0, 10), st.just(10), st.just(1.0), st.none()),
    st.builds(ev.TransferWaiting, _IDS, st.just("Away.")),
    st.builds(ev.TransferVerifying, _IDS),
    st.builds(ev.TransferFinished, _IDS, _FOLDER, st.just("00")),
    st.builds(ev.TransferFailed, _IDS, st.just("No.")),
    st.builds(ev.TransferCancelled, _IDS),
    st.builds(ev.Notice, st.just("Hear.")),
)
_RANK = {Status.SENDING: 0, Status.SENT: 1, Status.FAILED: 1}


def _statuses(state: ClientState) -> dict[tuple[int, int], Status]:
    return {(id(c), line.number): line.status for c in state.conversations.values() for line in c.lines}


@settings(max_examples=200)
@given(st.lists(_EVENTS, max_size=60))
def test_any_order_of_events_keeps_the_invariants(events: list[ev.Event]) -> None:
    state = ClientState()
    kept: list[Conversation] = []  # keeps identities from being used again
    for event in events:
        before, transfers = _statuses(state), dict(state.transfers)
        kept.extend(state.conversations.values())

        parts = apply(state, event, 5.0)

        assert parts <= set(Part)
        assert all(key == fold(person.nick) for key, person in state.people.items())
        assert all(key == fold(c.name) for key, c in state.conversations.items())
        assert fold(LOBBY) in state.conversations
        assert state.focused in state.conversations
        for key, status in _statuses(state).items():
            if key in before and before[key] is not status:
                assert _RANK[before[key]] < _RANK[status]
        for transfer_id, transfer in transfers.items():
            if transfer.ended and not isinstance(event, ev.TransferStarted):
                assert state.transfers[transfer_id] == transfer
        for conversation in state.conversations.values():
            assert [line.number for line in conversation.lines] == list(
                range(conversation.next_number - len(conversation.lines), conversation.next_number)
            )


def _online() -> ClientState:
    state = ClientState()
    apply(state, ev.Connecting("host:1", 1), 0.0)
    apply(state, ev.Online("Dana", "Net"), 0.0)
    return state


def test_every_event_has_its_place_in_the_table() -> None:
    assert set(st_module._APPLY) == set(get_args(ev.Event))


def test_an_own_message_goes_from_sending_to_sent_in_its_place() -> None:
    state = _online()
    apply(state, ev.MessageQueued(LOBBY, "Dana", "hi", 1.0, "m"), 1.0)
    apply(state, ev.MessageReceived(LOBBY, "Eve", "ho", 2.0), 2.0)
    apply(state, ev.MessageReceived(LOBBY, "Dana", "hi", 3.0, own=True, label="m"), 3.0)

    lines = state.conversations[fold(LOBBY)].lines
    assert [(line.text, line.status) for line in lines] == [("hi", Status.SENT), ("ho", Status.SENT)]


def test_a_lost_connection_fails_what_was_being_sent_and_clears_the_people() -> None:
    state = _online()
    apply(state, ev.PeopleListed(LOBBY, (Person("Dana"), Person("Eve"))), 0.0)
    apply(state, ev.MessageQueued("Eve", "Dana", "hi", 1.0, "m"), 1.0)
    apply(state, ev.ConnectionLost("Gone.", 2.0), 1.0)

    line = state.conversations[fold("Eve")].lines[0]
    assert (line.status, line.reason) == (Status.FAILED, "Gone.")
    assert not state.people
    assert (state.phase, state.retry_at) == (Phase.RECONNECTING, 3.0)


def test_a_private_talk_follows_the_person_to_another_name() -> None:
    state = _online()
    apply(state, ev.PeopleListed(LOBBY, (Person("Eve"),)), 0.0)
    apply(state, ev.MessageReceived("Eve", "Eve", "hi", 1.0), 1.0)
    state.focus("Eve")
    apply(state, ev.PersonRenamed("Eve", "Eva"), 2.0)

    assert state.conversation("Eve") is None
    talk = state.conversation("Eva")
    assert talk is not None
    assert [line.text for line in talk.lines] == ["hi", "Eve is now called Eva."]
    assert state.focused == fold("Eva")
    assert state.person("eva") is not None


def test_a_talk_is_told_when_the_person_leaves() -> None:
    state = _online()
    apply(state, ev.PeopleListed(LOBBY, (Person("Eve"),)), 0.0)
    apply(state, ev.MessageReceived("Eve", "Eve", "hi", 1.0), 1.0)
    apply(state, ev.PersonQuit("Eve", "Leaving"), 2.0)

    talk = state.conversation("Eve")
    assert talk is not None
    assert talk.lines[-1].kind is Kind.INFO
    assert "has left" in talk.lines[-1].text


def test_messages_elsewhere_are_unread_until_looked_at() -> None:
    state = _online()
    apply(state, ev.MessageReceived("Eve", "Eve", "hi", 1.0), 1.0)
    apply(state, ev.MessageReceived(LOBBY, "Eve", "hi", 1.0), 1.0)

    assert [c.unread for c in state.conversations.values()] == [0, 1]
    state.focus("EVE")
    assert [c.unread for c in state.conversations.values()] == [0, 0]
    assert state.close_conversation("eve")
    assert state.focused == fold(LOBBY)
    assert not state.close_conversation(LOBBY)


def test_a_transcript_forgets_its_oldest_lines_and_numbers_go_on() -> None:
    conversation = Conversation(LOBBY)
    for number in range(MAX_LINES + 10):
        conversation.append(Line(-1, 0.0, "Eve", str(number)))

    assert len(conversation.lines) == MAX_LINES
    assert conversation.lines[0].number == 10
    assert [line.text for line in conversation.lines_after(MAX_LINES + 7)] == ["5008", "5009"]
    assert len(list(conversation.lines_after(-1))) == MAX_LINES
    assert conversation.line(3) is None


def test_people_conversations_and_transfers_are_bounded() -> None:
    state = _online()
    apply(state, ev.PeopleListed(LOBBY, tuple(Person(f"p{n}") for n in range(st_module.MAX_PEOPLE + 5))), 0.0)
    apply(state, ev.PersonJoined(LOBBY, Person("late")), 0.0)
    for number in range(st_module.MAX_CONVERSATIONS + 20):
        apply(state, ev.MessageReceived(f"p{number}", f"p{number}", "hi", float(number)), 0.0)
    for number in range(MAX_TRANSFERS + 5):
        apply(state, ev.TransferStarted(str(number), FileEntry.of("a", 1, 0, bytes(32)), Path()), 0.0)
        apply(state, ev.TransferCancelled(str(number)), 0.0)

    assert len(state.people) == st_module.MAX_PEOPLE
    assert len(state.conversations) == st_module.MAX_CONVERSATIONS
    assert len(state.transfers) == MAX_TRANSFERS
    assert state.conversation(LOBBY) is not None
    assert state.conversation(f"p{st_module.MAX_CONVERSATIONS + 19}") is not None


def test_a_failed_download_starts_again_only_when_it_is_started() -> None:
    state = _online()
    entry = FileEntry.of("a", 10, 0, bytes(32))
    apply(state, ev.TransferStarted("t", entry, Path()), 0.0)
    apply(state, ev.TransferFailed("t", "No."), 0.0)
    assert apply(state, ev.TransferProgress("t", 5, 10, 1.0, None), 0.0) == set()
    failed = state.transfers["t"]
    apply(state, ev.TransferStarted("t", entry, Path()), 0.0)

    assert [failed.status, state.transfers["t"].status] == [TransferStatus.FAILED, TransferStatus.STARTING]
