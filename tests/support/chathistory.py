"""What tests of the history ask with, and how they read what is played."""

from livechat.irc.message import Message

from tests.support.hub_harness import OUR_CAPS

READ = f"{OUR_CAPS} draft/chathistory"
EVENTS = f"{READ} draft/event-playback"
DIRECT = f"sasl {EVENTS}"
ALWAYS = "timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z"


def texts(messages: list[Message]) -> list[str]:
    """The texts of the messages in a batch, which has to be whole."""
    assert messages[0].command == messages[-1].command == "BATCH"
    assert messages[0].params[0][1:] == messages[-1].params[0][1:]
    assert all(m.tags["batch"] == messages[0].params[0][1:] for m in messages[1:-1])
    return [m.params[-1] for m in messages[1:-1]]
