"""Splitting long texts."""

import unicodedata

import pytest
from client_gui.model.split import split_text
from hypothesis import given
from hypothesis import strategies as st

_WRITABLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


@given(text=_WRITABLE, size=st.integers(4, 120))
def test_pieces_join_to_the_text_and_each_fits(text: str, size: int) -> None:
    pieces = split_text(text, size)

    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= size for piece in pieces)


@given(words=st.lists(st.text("abcdé例", min_size=1, max_size=8), min_size=1, max_size=60))
def test_words_that_fit_are_never_cut(words: list[str]) -> None:
    pieces = split_text(" ".join(words), 60)

    assert [word for piece in pieces for word in piece.split()] == words


@given(count=st.integers(1, 40), size=st.integers(24, 60))
@pytest.mark.parametrize(
    "character", ["e\u0301", "👩\u200d🚀", "👍🏽", "🇩🇪", "ก\u0e33\u0e48".replace("\u0e33", "\u0e31")]
)
def test_what_a_reader_takes_for_one_character_is_never_cut(character: str, count: int, size: int) -> None:
    for piece in split_text(character * count, size):
        assert piece == character * (len(piece) // len(character))


@given(marks=st.integers(50, 200))
def test_a_character_longer_than_a_line_is_cut_between_code_points(marks: int) -> None:
    text = "a" + "\u0301" * marks

    pieces = split_text(text, 40)

    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= 40 for piece in pieces)
    assert unicodedata.category(text[1]) == "Mn"


def test_a_line_too_small_for_any_code_point_is_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="any code point"):
        split_text("x", 3)
