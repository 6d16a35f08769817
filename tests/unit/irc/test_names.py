"""Names: what they may hold and when two are the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livechat.irc.casemap import fold
from livechat.irc.names import MAX_NICK_BYTES, MAX_NICK_CHARS, channel_fault, nick_fault

ANY = st.text(max_size=40)
NICKISH = st.text(st.characters(categories=["L", "N", "M"]), min_size=1, max_size=40)


@given(ANY)
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(NICKISH)
def test_upper_and_lower_case_and_composition_do_not_make_another_name(name: str) -> None:
    if nick_fault(name) is None:
        assert fold(unicodedata.normalize("NFD", name)) == fold(name)
        assert fold(name.casefold()) == fold(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice", "aLICE"),
        ("ЖОРА", "жора"),
        ("Ａlice", "alice"),
        ("e\u0301", "É"),
        ("STRASSE", "straße"),
        ("ｶ", "カ"),
    ],
)
def test_the_same_name_in_another_form(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a[", "a{"), ("a^", "a~"), ("é", "e"), ("ı", "i")])
def test_other_names_stay_others(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    "nick",
    ["alice", "Alice_2", "жора", "李雷", "משה", "أحمد", "ไทย", "O'Brien", "[x]", "a|b", "3rd", "한글", "नमस्ते"],
)
def test_nicks_of_any_script_are_fit(nick: str) -> None:
    assert nick_fault(nick) is None


@pytest.mark.parametrize(
    "nick",
    [
        "", "a b", "a\u202eb", "a\u200bb", "a!b", "a@b", "#a", ":a", "a,b", "a.b", "a*", "$a", "~a", "+a",
        "\u0301a", "\U0001f600", "ﬁ", "x\0", "a\u00a0b", "\ud800", "Ⅳ", "x" * (MAX_NICK_CHARS + 1),
        "漢" * (MAX_NICK_BYTES // 3 + 1),
    ],
)  # fmt: skip
def test_a_nick_that_would_mislead_or_break_a_line_is_refused_with_a_sentence(nick: str) -> None:
    fault = nick_fault(nick)
    assert fault is not None
    assert fault.endswith((".", "used."))


@pytest.mark.parametrize("nick", ["pаypal", "Αlice", "ԱB"])
def test_letters_that_look_alike_are_not_mixed(nick: str) -> None:
    assert "look alike" in (nick_fault(nick) or "")


@given(ANY)
def test_whatever_is_a_fit_nick_can_stand_in_a_line(nick: str) -> None:
    if nick_fault(nick) is None:
        assert not set(nick) & set(" ,*?!@.:#&+~%$\0\r\n")
        assert nick.isprintable()
        assert len(nick) <= MAX_NICK_CHARS
        assert len(nick.encode()) <= MAX_NICK_BYTES


@pytest.mark.parametrize("name", ["#a", "##", "#комната", "#😀", "#a.b!", "#" + "x" * 63])
def test_channels_may_hold_what_can_be_seen(name: str) -> None:
    assert channel_fault(name) is None


@pytest.mark.parametrize(
    "name", ["", "a", "#", "#a b", "#a,b", "#a\x07", "#a\u202eb", "#" + "x" * 64, "#" + "漢" * 33]
)
def test_a_channel_that_would_mislead_or_break_a_line_is_refused(name: str) -> None:
    assert channel_fault(name) is not None
