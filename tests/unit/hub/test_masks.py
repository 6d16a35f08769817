"""Masks and the strings of MODE: what they mean, and that none of them can be made slow or broken."""

import re
import time

import pytest
from chat_hub import limits
from chat_hub.masks import Mask, Subject, complete, glob, parse_mask
from chat_hub.modestring import KNOWN, Change, parse, takes_parameter, write
from hypothesis import given
from hypothesis import strategies as st
from livechat.irc.casemap import fold

MASKS = st.text(alphabet="ab.*?", max_size=9)
TEXTS = st.text(alphabet="ab.", max_size=9)


def reference(mask: str, text: str) -> bool:
    """What a mask means, left to an engine that goes back."""
    pattern = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in mask)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def subject(prefix: str, account: str | None = None) -> Subject:
    return Subject((fold(prefix),), fold(account) if account is not None else None)


@given(MASKS, TEXTS)
def test_a_mask_matches_what_the_reference_matches(mask: str, text: str) -> None:
    assert glob(mask, text) == reference(mask, text)


@pytest.mark.parametrize(
    "hostile", ["*a" * 62 + "*b", "*?" * 62 + "b", "*a?" * 42 + "!", "?" * 120 + "*b", "*" * 128]
)
def test_no_hostile_mask_is_slow(hostile: str) -> None:
    began = time.process_time()
    for _ in range(100):
        glob(hostile, "a" * 200)
    assert time.process_time() - began < 1.0  # 100 of them for one JOIN would be the bound of a channel's lists


@pytest.mark.parametrize(
    ("given_", "text"),
    [
        ("ann", "ann!*@*"),
        ("ann!x", "ann!x@*"),
        ("x@host.user", "*!x@host.user"),
        ("*.user", "*!*@*.user"),
        ("192.0.2.7", "*!*@192.0.2.7"),
        ("2001:db8::1", "*!*@2001:db8::1"),
        ("a!b@c", "a!b@c"),
        ("!@", "*!*@*"),
        ("m:ann", "m:ann!*@*"),
        ("a:Ann", "a:Ann"),
        ("m:a:Ann", "m:a:Ann"),
    ],
)
def test_what_a_mask_leaves_out_is_a_star(given_: str, text: str) -> None:
    mask = parse_mask(given_)
    assert mask is not None
    assert mask.text == text


@pytest.mark.parametrize("unfit", ["", ":x", "m:", "a:", "m:a:", "a b", "a,b", "x" * 200])
def test_what_cannot_stand_in_a_list_is_no_mask(unfit: str) -> None:
    assert parse_mask(unfit) is None


def test_masks_are_compared_in_the_servers_casemapping() -> None:
    mask = parse_mask("ЖОРА!*@*")
    assert mask is not None
    assert mask.matches(subject("жора!u@h"))
    assert not mask.matches(subject("ann!u@h", "жора"))


def test_an_account_ban_means_exact_names_and_wildcards_and_nobody_without_an_account() -> None:
    """account-extban: "Servers MUST support matching exact account names"."""
    exact, wild = parse_mask("a:Bob"), parse_mask("a:b*")
    assert exact is not None
    assert wild is not None
    for mask in (exact, wild):
        assert mask.matches(subject("x!y@z", "BOB"))
        assert not mask.matches(subject("bob!y@z"))
    assert not exact.matches(subject("x!y@z", "bobby"))


@given(st.text(min_size=1, max_size=40))
def test_completing_and_parsing_again_changes_nothing(text: str) -> None:
    assert complete(complete(text)) == complete(text)
    mask = parse_mask(text)
    if mask is not None:
        assert parse_mask(mask.text) == mask
        assert isinstance(mask, Mask)


# -- the strings of MODE -------------------------------------------------------------------------------------

WORDS = st.text(alphabet="abж!@*.", min_size=1, max_size=30)
LETTERS = st.text(alphabet="+-" + "".join(KNOWN) + "Zz", max_size=60)


@given(LETTERS, st.lists(WORDS, max_size=10))
def test_every_parameter_goes_to_the_letter_that_takes_it_in_order(letters: str, params: list[str]) -> None:
    changes = parse(letters, params)
    given_params = [change.param for change in changes if change.param is not None]
    assert given_params == params[: len(given_params)]
    assert len(given_params) <= limits.MODES_PER_COMMAND
    assert len(changes) <= limits.MODE_LETTERS_PER_COMMAND
    for change in changes:
        assert change.param is None or takes_parameter(change.letter, on=change.on)


@st.composite
def changes_(draw: st.DrawFn) -> Change:
    letter, on = draw(st.sampled_from(sorted(KNOWN))), draw(st.booleans())
    return Change(on, letter, draw(WORDS) if takes_parameter(letter, on=on) else None)


@given(st.lists(changes_(), max_size=limits.MODES_PER_COMMAND), st.integers(140, 400))
def test_what_is_written_reads_the_same_and_every_line_fits(changes: list[Change], room: int) -> None:
    lines = list(write(changes, room))
    assert [change for words in lines for change in parse(words[0], words[1:])] == changes
    assert all(len(" ".join(words).encode()) <= room for words in lines)


def test_modes_beyond_the_bound_are_left_out_with_their_parameters() -> None:
    most = limits.MODES_PER_COMMAND
    changes = parse("+" + "v" * (most + 1) + "n", [str(i) for i in range(most + 1)])
    assert [change.param for change in changes] == [*map(str, range(most)), None]
    assert len(parse("n" * 100, [])) == limits.MODE_LETTERS_PER_COMMAND
