"""Cutting, packing and masks."""

from chat_hub.text import clip, mask_pattern, pack
from hypothesis import given
from hypothesis import strategies as st

LETTERS = st.text(alphabet="ab.", max_size=7)
MASKS = st.text(alphabet="ab.*?", max_size=7)


def matches(mask: str, text: str) -> bool:
    """What a mask means, written down the slow way."""
    if not mask:
        return not text
    if mask[0] == "*":
        return any(matches(mask[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and mask[0] in {"?", text[0]} and matches(mask[1:], text[1:])


@given(MASKS, LETTERS)
def test_masks_mean_what_they_say(mask: str, text: str) -> None:
    assert (mask_pattern(mask).fullmatch(text) is not None) == matches(mask, text)


def test_no_mask_makes_matching_slow() -> None:
    assert mask_pattern("*a" * 40 + "*b").fullmatch("a" * 64) is None
    assert mask_pattern("*?" * 30 + "b").fullmatch("a" * 64) is None


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
