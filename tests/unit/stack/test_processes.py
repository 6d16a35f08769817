"""scripts.processes: only the process that was started is ever signalled."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import processes
from scripts.processes import Record

STUBBORN = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
)
OBEDIENT = "import signal; print('up', flush=True); signal.pause()"


@pytest.fixture
def child(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A process that runs the test's parameter and has said that it is up."""
    process = subprocess.Popen([sys.executable, "-c", request.param], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def record_of(process: subprocess.Popen[str]) -> Record:
    return Record(process.pid, processes.start_mark(process.pid) or "")


@pytest.mark.parametrize("child", [OBEDIENT], indirect=True)
def test_a_process_is_ended_and_known_to_be_gone(child: subprocess.Popen[str]) -> None:
    record = record_of(child)
    assert processes.alive(record)
    assert processes.end(record, patience_s=10)
    assert not processes.alive(record)
    assert processes.end(record, patience_s=10), "ending twice is no fault"


@pytest.mark.parametrize("child", [STUBBORN], indirect=True)
def test_one_that_does_not_end_is_killed(child: subprocess.Popen[str]) -> None:
    record = record_of(child)
    assert not processes.end(record, patience_s=0.3)
    assert not processes.alive(record)


@pytest.mark.parametrize("child", [OBEDIENT], indirect=True)
def test_a_later_process_with_the_same_id_is_left_alone(child: subprocess.Popen[str]) -> None:
    recycled = Record(child.pid, "the mark of a process of last week")
    assert not processes.alive(recycled)
    processes.end(recycled, patience_s=1)
    assert child.poll() is None


def test_the_mark_of_a_process_stays_the_same_and_of_none_is_none() -> None:
    assert processes.start_mark(os.getpid()) == processes.start_mark(os.getpid()) is not None
    assert processes.start_mark(2**22 + 1) is None


def test_records_survive_a_round_trip_and_rubbish_is_no_record(tmp_path: Path) -> None:
    file = tmp_path / "run" / "hub.json"
    assert processes.read(file) is None
    processes.write(Record(7, "then"), file)
    assert processes.read(file) == Record(7, "then")
    full = Record(7, "then", "fingerprint", {"LIVECHAT_HUB_PORT": "7000"})
    processes.write(full, file)
    assert processes.read(file) == full
    assert file.stat().st_mode & 0o077 == 0
    for rubbish in ("", "[]", "{}", '{"pid": 1}', "{", '{"pid": 1, "started": "x", "shown": 3}'):
        file.write_text(rubbish)
        assert processes.read(file) is None


def test_what_is_started_writes_to_its_log_and_has_a_record(tmp_path: Path) -> None:
    log = tmp_path / "log"
    record = processes.start([sys.executable, "-c", OBEDIENT], environment=os.environ, folder=tmp_path, log=log)
    try:
        assert processes.alive(record)
        assert os.getsid(record.pid) == record.pid
    finally:
        processes.end(record, patience_s=10)
