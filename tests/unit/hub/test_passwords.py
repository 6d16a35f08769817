"""The real password pool in the real process: argon2id on the disk, a killed hub, a flood of logins."""

import contextlib
import signal
import sqlite3
from pathlib import Path

from chat_hub import limits
from chat_hub.accounts.hashing import Secrets
from chat_hub.passwords import PasswordPool

from tests.support.hub_process import TIMEOUT_S, Process, Wire
from tests.support.login import PASSWORD, plain_message


def log_in(wire: Wire, name: str, password: str = PASSWORD) -> None:
    wire.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain_message(name, password)}")


def what_came(wire: Wire) -> bytes:
    """Everything that the hub has sent to `wire` so far."""
    wire.sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        wire.data += wire.sock.recv(65536)
    wire.sock.settimeout(TIMEOUT_S)
    return wire.data


def test_an_account_outlives_a_killed_hub_and_no_password_is_on_the_disk(tmp_path: Path) -> None:
    hub = Process(tmp_path)
    ann = hub.connect("ann")
    ann.send(f"REGISTER * * :{PASSWORD}")
    ann.until("REGISTER SUCCESS ann")
    hub.process.send_signal(signal.SIGKILL)
    hub.process.communicate(timeout=TIMEOUT_S)
    ann.sock.close()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "hub").glob("hub.db*"))
    assert PASSWORD.encode() not in stored

    again = Process(tmp_path)
    thief, owner = again.connect(), again.connect()
    thief.send("NICK ann")
    assert "belongs to an account" in thief.until(" 433 ")
    log_in(thief, "ann", "guessed wrong")
    thief.until(" 904 ")
    log_in(owner, "ann")
    owner.until(" 900 .* ann ")
    owner.until(" 903 ")
    assert again.end() == 0
    with sqlite3.connect(tmp_path / "hub" / "hub.db") as database:
        ((argon2, iterations),) = database.execute("SELECT argon2, scram_iterations FROM accounts").fetchall()
    database.close()
    assert argon2.startswith("$argon2id$")
    assert iterations >= 4096  # RFC 7677 section 4


def test_a_flood_of_logins_waits_its_turn_while_people_talk(tmp_path: Path) -> None:
    hub = Process(tmp_path, LIVECHAT_FLOOD_CONTROL="off")
    ann, talker, listener = hub.connect("ann"), hub.connect("talker"), hub.connect("listener")
    ann.send(f"REGISTER * * :{PASSWORD}")
    ann.until("REGISTER SUCCESS")
    flood = [hub.connect() for _ in range(limits.PASSWORD_QUEUE + 8)]
    for wire in flood:
        log_in(wire, "nobody")
    for number in range(20):  # people talk all the while: a word and its way to the other takes no login's time
        talker.send(f"PRIVMSG #lobby :word {number}")
        listener.until(f"word {number}$")
    hashed = sum(b" 904 " in (came := what_came(wire)) and b"busy" not in came for wire in flood)
    assert hashed < limits.PASSWORD_QUEUE_PER_ADDRESS, "all logins were hashed before twenty words got through"
    answers = [wire.until(r" 904 ") for wire in flood]
    assert sum("busy" not in answer for answer in answers) >= limits.PASSWORD_QUEUE_PER_ADDRESS
    assert hub.end() == 0


class InlineLoop:
    """The part of a loop that the pool needs; nothing is ever delivered."""

    def async_(self) -> "InlineLoop":
        return self

    def start(self, callback: object) -> None: ...

    def send(self) -> None: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


def test_the_queue_of_the_pool_is_bounded() -> None:
    pool = PasswordPool(InlineLoop())
    taken = [pool.check("x", None, lambda _: None) for _ in range(limits.PASSWORD_QUEUE + 2)]
    assert taken == [True] * limits.PASSWORD_QUEUE + [False] * 2
    pool.close()


def test_every_job_is_answered_even_one_that_cannot_be_done() -> None:
    pool = PasswordPool(InlineLoop())
    answers: list[bool | None] = []
    secrets: list[Secrets | None] = []
    pool.make("right password", b"s" * 16, secrets.append)
    pool.check("x", "no hash at all", answers.append)
    pool.check("x", None, answers.append)
    finish(pool)
    assert answers == [None, False]
    assert secrets[0] is not None
    pool = PasswordPool(InlineLoop())
    pool.check("right password", secrets[0].argon2, answers.append)
    pool.check("wrong password", secrets[0].argon2, answers.append)
    finish(pool)
    assert answers[2:] == [True, False]


def finish(pool: PasswordPool) -> None:
    """Let the thread end after its jobs, and hand out the results as the loop would."""
    pool._jobs.put(None)
    pool._threads[0].join()
    pool._deliver()
