"""Moderation in the real process: K-lines outlive `kill -9`, the log too, and REHASH reads the files again."""

import signal
from pathlib import Path

from tests.support.hub_process import Process, Wire


def operator(hub: Process) -> Wire:
    wire = hub.connect()
    wire.send("CAP REQ :standard-replies", "CAP END")
    wire.register("root")
    wire.send("OPER root pw")
    wire.until(" 381 ")
    return wire


def start(folder: Path) -> Process:
    return Process(folder, LIVECHAT_OPER_NAME="root", LIVECHAT_OPER_PASSWORD="pw")


def test_a_kline_that_was_answered_outlives_kill_9(tmp_path: Path) -> None:
    hub = start(tmp_path)
    root = operator(hub)
    root.send("KLINE 1d spammer!*@* :enough")
    root.until(" KLINE ADDED ")
    hub.process.send_signal(signal.SIGKILL)
    hub.end()
    hub = start(tmp_path)
    banned = hub.connect()
    banned.send("NICK spammer", "USER s 0 * :S")
    assert "You are banned from this server: enough" in banned.until(" 465 ")
    root = operator(hub)
    root.send("AUDIT")
    assert "KLINE spammer!*@*" in root.until("KLINE spammer")
    assert hub.end() == 0


def test_rehash_reads_the_rules_and_the_message_of_the_day_again(tmp_path: Path) -> None:
    hub = start(tmp_path)
    root = operator(hub)
    root.send("RULES")
    root.until(" 434 ")
    (tmp_path / "hub" / "rules.txt").write_text("Be kind.\n", "utf-8")
    (tmp_path / "hub" / "motd.txt").write_text("Welcome.\n", "utf-8")
    root.send("REHASH", "RULES", "MOTD")
    root.until(" 382 ")
    assert "Be kind." in root.until(" 232 ")
    assert "Welcome." in root.until(" 372 ")
    assert hub.end() == 0
