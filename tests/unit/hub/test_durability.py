"""What survives: the real process is killed or ended under load, started again, and asked for its history."""

import signal
from pathlib import Path

import pytest
from livechat.irc.message import Message, parse

from tests.support.hub_process import Process, Wire

CAPS = "echo-message message-tags server-time batch draft/chathistory"
WRITERS = 3
MESSAGES = 3000
PAGE = 500


def talker(hub: Process, nick: str) -> Wire:
    wire = hub.connect()
    wire.send(f"CAP REQ :{CAPS}", "CAP END")
    wire.register(nick)
    return wire


def messages(data: bytes) -> list[Message]:
    """The whole PRIVMSG lines in `data`."""
    lines = data.split(b"\r\n")[:-1]
    return [message for message in map(parse, lines) if message.command == "PRIVMSG"]


def identity(message: Message) -> tuple[str, str, str]:
    return message.tags["msgid"], message.tags["time"], message.params[1]


def history(hub: Process) -> list[tuple[str, str, str]]:
    """Everything that #lobby has, page after page."""
    reader = talker(hub, "reader")
    found: list[tuple[str, str, str]] = []
    after = "timestamp=2000-01-01T00:00:00.000Z"
    while True:
        reader.send(f"CHATHISTORY AFTER #lobby {after} {PAGE}", f"PING {len(found)}")
        page = []
        while " PRIVMSG " in (line := reader.until(" PRIVMSG | PONG ")):
            page.append(identity(parse(line.encode())))
        if not page:
            return found
        found += page
        after = f"msgid={page[-1][0]}"


def start(folder: Path, level: str = "normal") -> Process:
    return Process(
        folder,
        LIVECHAT_FLOOD_CONTROL="off",
        LIVECHAT_HISTORY_MESSAGES="1000000",
        LIVECHAT_HISTORY_SYNC=level,
    )


def forget(hub: Process) -> None:
    """Give back what was held of a process that has ended."""
    for wire in hub.wires:
        wire.sock.close()
    hub.process.communicate()


def confirmed_under_load(hub: Process, number: signal.Signals) -> list[tuple[str, str, str]]:
    """Let several write as fast as they can, end the hub in the middle with `number`; what was confirmed."""
    writers = [talker(hub, f"w{i}") for i in range(WRITERS)]
    for index, writer in enumerate(writers):
        writer.send(*(f"PRIVMSG #lobby :{index}-{count}" for count in range(MESSAGES)))
    writers[0].until(f" PRIVMSG #lobby 0-{MESSAGES // 3}$|:0-{MESSAGES // 3}$")
    hub.process.send_signal(number)
    return [
        identity(message)
        for index, writer in enumerate(writers)
        for message in messages(writer.rest())
        if message.params[1].startswith(f"{index}-")
    ]


@pytest.mark.parametrize("level", ["normal", "full"])
def test_kill_9_loses_nothing_confirmed_and_doubles_nothing(tmp_path: Path, level: str) -> None:
    hub = start(tmp_path, level)
    confirmed = confirmed_under_load(hub, signal.SIGKILL)
    forget(hub)
    again = start(tmp_path, level)
    kept = history(again)
    assert confirmed
    assert set(confirmed) <= set(kept)
    assert len({msgid for msgid, _, _ in kept}) == len({text for _, _, text in kept}) == len(kept)
    assert [int(msgid, 16) for msgid, _, _ in kept] == sorted(int(msgid, 16) for msgid, _, _ in kept)
    for index in range(WRITERS):
        counts = [int(text.partition("-")[2]) for _, _, text in kept if text.startswith(f"{index}-")]
        assert counts == list(range(len(counts)))
    newer = talker(again, "newer")
    newer.send("PRIVMSG #lobby :after the restart")
    echo = parse(newer.until("PRIVMSG").encode())
    assert int(echo.tags["msgid"], 16) > int(kept[-1][0], 16)
    assert again.end() == 0


def test_sigterm_commits_everything_within_two_seconds_and_tells(tmp_path: Path) -> None:
    hub = start(tmp_path)
    listener = hub.connect("listener")
    confirmed = confirmed_under_load(hub, signal.SIGTERM)
    assert hub.process.wait(timeout=2) == 0
    heard = listener.rest()
    forget(hub)
    assert b"ERROR :Closing link: The server is shutting down" in heard
    again = start(tmp_path)
    kept = history(again)
    assert set(confirmed) <= set(kept)
    assert {message.params[1] for message in messages(heard)} <= {text for _, _, text in kept}
    assert again.end() == 0


def test_messages_that_wait_for_an_account_survive_kill_9(tmp_path: Path) -> None:
    hub = start(tmp_path)
    for nick in ("ann", "bob"):
        wire = hub.connect()
        wire.send("CAP REQ :standard-replies draft/account-registration", "CAP END")
        wire.register(nick)
        wire.send("REGISTER * * :correct-horse")
        wire.until("REGISTER SUCCESS")
        if nick == "ann":
            ann = wire
    wire.send("QUIT")
    wire.rest()
    ann.send("CAP REQ :echo-message", "PRIVMSG bob :for later")
    ann.until(" PRIVMSG bob ")
    hub.process.kill()
    forget(hub)
    again = start(tmp_path)
    bob = again.connect()
    bob.send("CAP REQ :sasl", "NICK bob", "USER bob 0 * :bob", "AUTHENTICATE PLAIN")
    bob.until("AUTHENTICATE")
    bob.send("AUTHENTICATE AGJvYgBjb3JyZWN0LWhvcnNl", "CAP END")
    assert bob.until(" PRIVMSG bob ").endswith(":for later")
    assert again.end() == 0
