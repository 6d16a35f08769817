"""Text and file names from the network."""

import unicodedata

import pytest
from client_gui.model.filenames import MAX_NAME_BYTES, numbered, safe_file_name, shorten
from client_gui.model.sanitize import MAX_NAME_CHARS, MAX_TEXT_CHARS, safe_name, safe_text
from hypothesis import given
from hypothesis import strategies as st


@given(st.text(max_size=300))
def test_nothing_that_a_terminal_obeys_or_that_turns_writing_stays(text: str) -> None:
    shown = safe_text(text)

    assert not [char for char in shown if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    shown.encode()


@given(st.text(max_size=300))
def test_safe_text_stays_as_it_is(text: str) -> None:
    once = safe_text(text)

    assert safe_text(once) == once


def test_ordinary_text_of_any_script_is_kept() -> None:
    for text in ("Grüße, שלום, مرحبا, 你好, ไทย, Việt Nam", "👩\u200d🚀 👍🏽 🇩🇪", "a\u200fb"):
        assert safe_text(text) == text


def test_colours_and_escape_sequences_lose_their_force() -> None:
    assert safe_text("\x0304,01red\x03 \x02bold\x0f \x1b[31mno") == "red bold [31mno"


def test_long_text_and_piles_of_marks_are_bounded() -> None:
    assert len(safe_text("x" * 100_000)) == MAX_TEXT_CHARS
    assert len(safe_text("Z" + "\u0351" * 500)) < 10


def test_a_name_is_never_empty_and_never_long() -> None:
    assert safe_name("\u202e \x00") == "?"
    assert len(safe_name("x" * 500)) == MAX_NAME_CHARS


@given(st.text(max_size=400), st.booleans())
def test_a_file_name_is_one_safe_part_of_a_path(name: str, windows: bool) -> None:
    made = safe_file_name(name, windows=windows)

    assert made
    assert made not in {".", ".."}
    assert not set(made) & set("/\\\0\r\n\u202e")
    assert not made.startswith(".")
    assert len(made.encode()) <= MAX_NAME_BYTES
    assert not windows or not set(made) & set('<>:"|?*')


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("../../etc/passwd", "passwd"),
        ("folder/sub/report.pdf", "report.pdf"),
        ("C:\\Windows\\evil.dll", "evil.dll"),
        (".bashrc", "_bashrc"),
        ("..", "download"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("console.txt", "console.txt"),
        ("trailing. . ", "trailing"),
        ("gpj.\u202eexe.jpg", "gpj.exe.jpg"),
        ("line\nbreak.txt", "line break.txt"),
        ("", "download"),
    ],
)
def test_hostile_names_are_made_harmless(name: str, made: str) -> None:
    assert safe_file_name(name) == made


def test_signs_that_windows_forbids_are_replaced_there_only() -> None:
    assert safe_file_name('a<b>:"|?*.txt', windows=True) == "a_b______.txt"
    assert safe_file_name("what?.txt") == "what?.txt"


def test_a_long_name_keeps_its_extension_and_whole_characters() -> None:
    made = shorten("例" * 100 + ".tar.gz", 100)

    assert made.endswith("例.tar.gz")
    assert len(made.encode()) <= 100


@pytest.mark.parametrize(
    ("name", "first"),
    [("a.txt", "a (1).txt"), ("a", "a (1)"), ("a.tar.gz", "a (1).tar.gz"), ("a. b c", "a. b c (1)")],
)
def test_numbers_come_before_the_extension(name: str, first: str) -> None:
    assert numbered(name, 0) == name
    assert numbered(name, 1) == first


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=255), st.integers(1, 9999))
def test_a_numbered_name_still_fits(name: str, number: int) -> None:
    assert len(numbered(safe_file_name(name), number).encode()) <= MAX_NAME_BYTES
