"""scripts.parts, checks: how parts are chosen, run and counted."""

import sys
import time
from pathlib import Path

import pytest

from scripts import checks, parts
from scripts.console import Trouble
from scripts.parts import Part

FAR = time.monotonic() + 3600


def part(code: str, **more: object) -> Part:
    return Part("trial", ((sys.executable, "-c", code),), **more)  # type: ignore[arg-type]  # test of few fields


@pytest.fixture(autouse=True)
def own_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "REPORTS", tmp_path)


def test_a_part_that_passes_ran_and_one_that_does_not_failed() -> None:
    assert parts.run(part("pass"), required=frozenset(), deadline=FAR).outcome == "ran"
    failed = parts.run(part("raise SystemExit(1)"), required=frozenset(), deadline=FAR)
    assert (failed.outcome, failed.failed) == ("FAILED", True)


def test_what_cannot_run_says_why_and_fails_only_where_it_is_required() -> None:
    absent = part("pass", why_not=lambda: "no engine", require="compose")
    result = parts.run(absent, required=frozenset(), deadline=FAR)
    assert (result.outcome, result.detail, result.failed) == ("not run", "no engine", False)
    assert parts.run(absent, required=frozenset({"compose"}), deadline=FAR).failed
    assert not parts.run(absent, required=frozenset({"gui"}), deadline=FAR).failed


def test_a_part_that_runs_into_the_deadline_is_stopped_and_failed() -> None:
    endless = part("import signal; signal.pause()")
    result = parts.run(endless, required=frozenset(), deadline=time.monotonic())
    assert result.failed
    assert "time" in result.detail


def test_reports_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "r.xml"
    file.write_text(
        '<testsuites><testsuite tests="7" failures="1" errors="1" skipped="2" time="3"/></testsuites>'
    )
    assert parts.read_report(file) == "3 passed, 2 FAILED, 2 skipped"
    assert parts.read_report(tmp_path / "none.xml") == ""


def test_parts_are_chosen_by_words_of_their_names() -> None:
    every = parts.parts(long=False)
    assert [one.name for one in checks.selected(every, "lint compose")] == ["lint", "integration compose"]
    assert checks.selected(every, "") == every
    with pytest.raises(Trouble, match="unit"):
        checks.selected(every, "nothing")


def test_only_known_words_can_be_required() -> None:
    assert checks.required("compose, gui, clients") == {"compose", "gui", "clients"}
    with pytest.raises(Trouble, match="LIVECHAT_REQUIRE"):
        checks.required("docker")


@pytest.mark.parametrize(("may_be_empty", "outcome"), [(True, "not run"), (False, "FAILED")])
def test_a_part_without_tests_says_so(may_be_empty: bool, outcome: str, tmp_path: Path) -> None:
    words = ("-m", "pytest", "-q", "--rootdir", str(tmp_path), "-c", "/dev/null", str(tmp_path))
    empty = Part("trial", ((sys.executable, *words),), may_be_empty=may_be_empty)
    result = parts.run(empty, required=frozenset(), deadline=FAR)
    assert result.outcome == outcome
    assert "no tests of this kind" in result.detail
    assert "passed" not in result.detail


def test_fuzzing_ends_at_its_time_and_says_what_is_no_time() -> None:
    assert parts.run_until((sys.executable, "-c", "import signal; signal.pause()"), time.monotonic()) is None
    assert parts.run_until((sys.executable, "-c", "raise SystemExit(3)"), FAR) == 3
    assert (checks.fuzz_seconds(""), checks.fuzz_seconds("60")) == (checks.FUZZ_S, 60.0)
    with pytest.raises(Trouble, match="FUZZ_S"):
        checks.fuzz_seconds("soon")
