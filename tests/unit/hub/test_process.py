"""The real process on a real socket: start, health, a clean end, and what only the shell does."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_hub import limits
from chat_hub.bounds import Bounds
from chat_hub.health import check

from tests.support.hub_process import TIMEOUT_S, Process, Wire


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    assert process.end() == 0


def test_it_says_ready_is_healthy_and_ends_cleanly_with_everybody_told(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "motd.txt").write_text("Hello, everybody.\n", "utf-8")
    hub = Process(tmp_path)
    assert "ready" in hub.log[-1]
    assert check("127.0.0.1", hub.port) is None
    wire = hub.connect()
    wire.send("NICK a", "USER a 0 * :a")
    wire.until("Hello, everybody")
    hub.process.send_signal(signal.SIGINT)
    assert b"ERROR :Closing link: The server is shutting down" in wire.rest()
    assert hub.process.wait(timeout=2) == 0
    assert check("127.0.0.1", hub.port) is not None
    hub.end()


def test_two_people_talk(hub: Process) -> None:
    a, b = hub.connect("a"), hub.connect("b")
    a.send("PRIVMSG #lobby :hello", "PRIVMSG b :psst")
    assert b.until("PRIVMSG").endswith("PRIVMSG #lobby :hello")
    assert b.until("PRIVMSG").endswith("PRIVMSG b :psst")
    a.send("QUIT :bye")
    assert b.until("QUIT").endswith("QUIT :Quit: bye")
    assert b"ERROR" in a.rest()


def test_a_lost_connection_is_seen_as_quit(hub: Process) -> None:
    a, b = hub.connect("a"), hub.connect("b")
    a.sock.close()
    assert b.until("QUIT").startswith(":a!")


def test_long_lines_over_the_wire_are_answered(hub: Process) -> None:
    a = hub.connect("a")
    a.send("PRIVMSG #lobby :" + "x" * 600, "PING after")
    assert " 417 a " in a.until(" 417 ")
    a.until("PONG")


def test_a_reader_that_stops_is_disconnected_and_others_go_on(tmp_path: Path) -> None:
    hub = Process(tmp_path, LIVECHAT_FLOOD_CONTROL="off")
    slow, talker, listener = hub.connect("slow"), hub.connect("talker"), hub.connect("listener")
    rounds = 0
    # What the kernel and the outbox hold for `slow` has to be filled: more is sent until its QUIT is seen.
    while b" QUIT " not in listener.data:
        talker.send(*[f"PRIVMSG #lobby :{'x' * 400}"] * 500, f"PRIVMSG #lobby :round {rounds}")
        while f"round {rounds}\r\n".encode() not in listener.data:
            listener.data = listener.data[-2000:] if b" QUIT " not in listener.data else listener.data
            listener.data += listener.sock.recv(1 << 20)
        rounds += 1
        assert rounds * 500 * 400 < Bounds().outbox_bytes + (64 << 20)
    assert "SendQ exceeded" in listener.until(" QUIT ")
    assert not slow.data
    assert hub.end() == 0


def test_a_flood_waits_and_then_ends_the_connection(hub: Process) -> None:
    a, b = hub.connect("a"), hub.connect("b")
    count = int(limits.FLOOD_BURST) + 10
    a.send(*[f"PRIVMSG b :{i}" for i in range(count)])
    assert [b.until(" PRIVMSG b ").rpartition(":")[2] for _ in range(count)] == [str(i) for i in range(count)]
    try:
        a.send(*[f"PRIVMSG b :{'x' * 400}"] * 500)
    except ConnectionError:
        pass  # the hub was faster
    assert "Excess Flood" in b.until(" QUIT ")


def test_lines_that_are_too_long_are_a_flood_as_well(hub: Process) -> None:
    a, b = hub.connect("a"), hub.connect("b")
    try:
        a.send(*["x" * 600] * 500)
    except ConnectionError:
        pass  # the hub was faster
    assert "Excess Flood" in b.until(" QUIT ")


class CrampedProcess(Process):
    """A hub that may open hardly any files."""

    most_files = 40


def test_without_room_for_connections_accepting_pauses_and_goes_on(tmp_path: Path) -> None:
    hub = CrampedProcess(tmp_path)
    first = hub.connect("first")
    crowd = [hub.connect() for _ in range(60)]
    while "accepting pauses" not in hub.log[-1]:
        assert hub.process.stderr is not None
        hub.log.append(hub.process.stderr.readline())
    first.send("PING there")
    first.until("PONG")
    for wire in crowd:
        wire.sock.close()
    hub.connect("later").send("QUIT")
    assert hub.end() == 0


def test_too_many_connections_from_one_address_are_told_why(tmp_path: Path) -> None:
    hub = Process(tmp_path, LIVECHAT_MAX_CONNECTIONS_PER_ADDRESS="1")
    hub.connect("a")
    assert b"Too many connections from your address" in hub.connect().rest()
    assert hub.end() == 0


def test_one_socket_takes_both_kinds_of_addresses(tmp_path: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    hub = Process(tmp_path, LIVECHAT_HUB_HOST="::")
    a = hub.connect("a")
    try:
        b = Wire(hub.port, "::1")
    except OSError:
        pytest.skip("no IPv6 loopback on this machine")
    hub.wires.append(b)
    b.send("NICK b", "USER b 0 * :b", "WHOIS b")
    assert " ::1 " in b.until(" 338 ").replace("0::1", "::1")
    a.send("WHOIS a")
    assert " 127.0.0.1 " in a.until(" 338 ")
    assert hub.end() == 0


def test_settings_that_cannot_be_used_stop_the_start_with_every_fault(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chat_hub"],
        env={**os.environ, "LIVECHAT_HUB_PORT": "x", "LIVECHAT_LOG_LEVEL": "loud"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 2
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        "LIVECHAT_HUB_PORT",
        "LIVECHAT_LOG_LEVEL",
    ]


def test_a_port_that_is_taken_is_said_in_one_line(hub: Process, tmp_path: Path) -> None:
    second = Process(tmp_path, LIVECHAT_HUB_PORT=str(hub.port))
    assert second.process.wait(timeout=TIMEOUT_S) == 1
    assert "cannot start" in second.log[0]
    second.end()
