"""livechat.settings: typed values, all faults together, nothing secret in a fault."""

import pytest
from livechat.errors import SettingsError
from livechat.settings import SettingsReader, parse_endpoint


def reader(**values: str) -> SettingsReader:
    return SettingsReader({f"LIVECHAT_{name}": value for name, value in values.items()})


def test_unset_and_empty_and_blank_give_the_default() -> None:
    read = reader(A="", B="   ")
    assert [read.text(f"LIVECHAT_{name}", "d") for name in "ABC"] == ["d", "d", "d"]
    assert read.port("LIVECHAT_A", 6667) == 6667
    read.finish()


def test_all_faults_are_reported_at_once_in_the_order_of_reading() -> None:
    read = reader(PORT="70000", SWITCH="maybe", END="host")
    assert read.port("LIVECHAT_PORT", 6667) == 6667
    assert read.switch("LIVECHAT_SWITCH", True)
    assert read.endpoint("LIVECHAT_END", "") is None
    with pytest.raises(SettingsError) as caught:
        read.finish()
    assert [fault.partition(":")[0] for fault in caught.value.faults] == [
        "LIVECHAT_PORT",
        "LIVECHAT_SWITCH",
        "LIVECHAT_END",
    ]


def test_a_password_never_stands_in_a_fault() -> None:
    read = reader(SERVER_PASSWORD="hunter2\n\x01 x")
    read.text("LIVECHAT_SERVER_PASSWORD", "")
    with pytest.raises(SettingsError) as caught:
        read.finish()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", ["0", "65536", "-1", "6667.0", "6_667", "٣", "1e3", "0x10"])
def test_what_is_no_port_is_a_fault(value: str) -> None:
    read = reader(PORT=value)
    read.port("LIVECHAT_PORT", 1)
    with pytest.raises(SettingsError, match="whole number from 1 to 65535"):
        read.finish()


def test_choices_are_taken_in_any_case() -> None:
    assert reader(LEVEL="debug").choice("LIVECHAT_LEVEL", "INFO", ("DEBUG", "INFO")) == "DEBUG"
    assert reader(FLOOD="OFF").switch("LIVECHAT_FLOOD", True) is False


def test_words_are_parted_by_commas_and_spaces() -> None:
    assert reader(W="a, b c,,d").words("LIVECHAT_W") == ("a", "b", "c", "d")
    assert reader().words("LIVECHAT_W") == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("host:1", ("host", 1)),
        ("127.0.0.1:65535", ("127.0.0.1", 65535)),
        ("[::1]:6667", ("::1", 6667)),
        ("host", ("host", 6969)),
        ("::1", ("::1", 6969)),
        ("[fe80::1]", ("fe80::1", 6969)),
    ],
)
def test_endpoints_are_split(value: str, expected: tuple[str, int]) -> None:
    assert parse_endpoint(value, 6969) == expected


@pytest.mark.parametrize("value", ["host", "::1", ":1", "host:", "host:0", "host:65536", "a b:1", "host:x", ""])
def test_what_is_no_endpoint_raises_a_sentence(value: str) -> None:
    with pytest.raises(ValueError, match=r"^must "):
        parse_endpoint(value)
