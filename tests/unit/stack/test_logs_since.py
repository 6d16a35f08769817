"""scripts.process_stack.tail: of a log that spans many runs, only what this start has added."""

from pathlib import Path

from scripts.process_stack import tail


def test_only_what_was_added_is_shown_and_of_that_the_end(tmp_path: Path) -> None:
    log = tmp_path / "chat-hub.log"
    log.write_text("an error of last week\n")
    mark = log.stat().st_size
    assert tail(log, mark) == f"It wrote nothing to {log}."
    with log.open("a") as file:
        file.writelines(f"line {number}\n" for number in range(30))
    shown = tail(log, mark).splitlines()
    assert shown[0] == f"The end of {log}:"
    assert [line.strip() for line in shown[1:]] == [f"line {number}" for number in range(10, 30)]
