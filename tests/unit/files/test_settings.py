"""The file service's settings, and which of its own addresses it offers."""

from ipaddress import ip_address
from pathlib import Path

import pytest
from file_udp import interfaces
from file_udp.interfaces import own_addresses
from file_udp.settings import FilesSettings, read
from livechat.control.listener import is_address
from livechat.errors import SettingsError


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read({}) == read({"LIVECHAT_FILES_PORT": " "}) == FilesSettings()


def test_every_setting_is_read() -> None:
    settings = read(
        {
            "LIVECHAT_FILES_HOST": "::",
            "LIVECHAT_FILES_PORT": "7000",
            "LIVECHAT_FILES_DIR": "/share",
            "LIVECHAT_FILES_DATA_DIR": "/data",
            "LIVECHAT_FILES_ADVERTISE": "files.example, 10.0.0.1:7001 [2001:db8::2]:7002",
            "LIVECHAT_CONTROL_LISTEN": "[::]:7003",
            "LIVECHAT_KEY_FILE": "/keys/k",
            "LIVECHAT_LOG_LEVEL": "debug",
            "LIVECHAT_LOG_FORMAT": "JSON",
        }
    )
    assert settings == FilesSettings(
        host="::",
        port=7000,
        files_dir=Path("/share"),
        data_dir=Path("/data"),
        advertise=("files.example", "10.0.0.1:7001", "[2001:db8::2]:7002"),
        control_listen=("::", 7003),
        key_file=Path("/keys/k"),
        log_level="DEBUG",
        log_format="json",
    )


@pytest.mark.parametrize("words", ["a:b", "host:0", ":5", "hö", "a b c d e f g h i"])
def test_addresses_that_clients_could_not_use_are_faults(words: str) -> None:
    with pytest.raises(SettingsError, match="LIVECHAT_FILES_ADVERTISE"):
        read({"LIVECHAT_FILES_ADVERTISE": words})


def test_all_faults_are_named_together() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"LIVECHAT_FILES_PORT": "x", "LIVECHAT_CONTROL_LISTEN": "y", "LIVECHAT_LOG_FORMAT": "z"})
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize(
    ("bound", "offered"),
    [("127.0.0.1", ()), ("::1", ()), ("10.1.2.3", ("10.1.2.3",)), ("2001:db8::5", ("[2001:db8::5]",))],
)
def test_a_service_bound_to_one_address_offers_that_one_unless_it_is_loopback(
    bound: str, offered: tuple[str, ...]
) -> None:
    assert own_addresses(bound) == offered


def test_a_service_bound_to_all_offers_few_useful_addresses() -> None:
    for bound in ("0.0.0.0", "::"):
        found = own_addresses(bound)
        assert len(found) <= interfaces.MAX_ADDRESSES
        assert len(set(found)) == len(found)
        assert all(map(is_address, found))
        assert not any(one.startswith(("127.", "169.254.", "[fe80", "[::")) for one in found)
    assert not any(one.startswith("[") for one in own_addresses("0.0.0.0"))


def test_global_ipv6_addresses_of_real_interfaces_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "if_inet6"
    table.write_text(
        "00000000000000000000000000000001 01 80 10 80       lo\n"
        "fe80000000000000000000000000aaaa 02 40 20 80     eth0\n"
        "20010db8000000000000000000000005 02 40 00 80     eth0\n"
        "20010db8000000000000000000000006 03 40 00 80  docker0\n"
        "broken line\n"
    )
    monkeypatch.setattr(interfaces, "_IF_INET6", table)
    assert [str(one) for one in interfaces._global_ipv6(["eth0"])] == ["2001:db8::5"]


def test_only_addresses_towards_elsewhere_are_told_where_there_is_a_route(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outward, inward = ip_address("192.0.2.7"), ip_address("10.9.9.9")
    monkeypatch.setattr(interfaces, "_by_route", lambda: [outward])
    monkeypatch.setattr(interfaces, "_by_interface", lambda: [outward, inward])
    assert own_addresses("0.0.0.0") == ("192.0.2.7",)
    monkeypatch.setattr(interfaces, "_by_route", list)
    assert own_addresses("0.0.0.0") == ("192.0.2.7", "10.9.9.9")
