"""Cutting and packing."""

from chat_hub.text import clip, pack
from hypothesis import given
from hypothesis import strategies as st


@given(st.text(max_size=60), st.integers(0, 100))
def test_a_clipped_text_fits_and_is_a_beginning_of_whole_characters(text: str, most: int) -> None:
    text = text.encode(errors="ignore").decode()
    got = clip(text, most)
    assert len(got.encode()) <= most
    assert text.startswith(got)
    assert got == text or len((text[: len(got) + 1]).encode()) > most


@given(st.lists(st.text(alphabet="aж", min_size=1, max_size=12)), st.integers(24, 60))
def test_packed_words_are_complete_in_order_and_fit(words: list[str], most: int) -> None:
    lines = list(pack(words, most))
    assert " ".join(lines).split() == words
    assert all(0 < len(line.encode()) <= most for line in lines)
