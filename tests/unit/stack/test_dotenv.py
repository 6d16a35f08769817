"""scripts.dotenv: the file is read the way compose reads it."""

from pathlib import Path

import pytest

from scripts.dotenv import DotenvError, parse, settings


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("A = b ", "b"),
        ("export A=b", "b"),
        ("A=", ""),
        ("A=b c", "b c"),
        ("A=b # why", "b"),
        ("A=b#c", "b#c"),
        ("A=#c", ""),
        ("A='b # c $d'", "b # c $d"),
        ('A="b # c" # why', "b # c"),
        ("A=b=c", "b=c"),
    ],
)
def test_a_line_gives_its_value(line: str, value: str) -> None:
    assert parse(line) == {"A": value}


def test_comments_and_blank_lines_are_skipped_and_the_last_value_holds() -> None:
    assert parse("# A=1\n\n  \nA=2\nB=3\nA=4\n") == {"A": "4", "B": "3"}


@pytest.mark.parametrize("line", ["A", "=b", "1A=b", "A='b", "A=$B", 'A="${B}"', "A='b' c"])
def test_what_it_cannot_do_is_refused_with_the_line(line: str) -> None:
    with pytest.raises(DotenvError, match="line 2"):
        parse(f"# first\n{line}")


def test_the_environment_wins_unless_it_is_empty(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=file\nB=file\nC=file\n")
    assert settings({"A": "set", "B": ""}, file) == {"A": "set", "B": "file", "C": "file"}


def test_no_file_is_no_fault(tmp_path: Path) -> None:
    assert settings({"A": "set"}, tmp_path / ".env") == {"A": "set"}
