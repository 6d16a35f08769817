"""The hub's settings."""

from dataclasses import fields

import pytest
from chat_hub import bounds
from chat_hub.bounds import Bounds
from chat_hub.settings import HubSettings, read
from livechat.errors import SettingsError


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    assert read({}) == HubSettings()
    assert read({"LIVECHAT_HUB_PORT": "", "LIVECHAT_CONTROL_CONNECT": " "}) == HubSettings()


def test_every_setting_is_read() -> None:
    settings = read(
        {
            "LIVECHAT_HUB_HOST": "::",
            "LIVECHAT_HUB_PORT": "7000",
            "LIVECHAT_SERVER_NAME": "chat.school.example",
            "LIVECHAT_FLOOD_CONTROL": "off",
            "LIVECHAT_MAX_CONNECTIONS_PER_ADDRESS": "0",
            "LIVECHAT_CONTROL_CONNECT": "[::1]:6970",
            "LIVECHAT_OPER_NAME": "root",
            "LIVECHAT_OPER_PASSWORD": "pw",
            "LIVECHAT_ADMIN": "root@chat.example",
            "LIVECHAT_HISTORY": "off",
            "LIVECHAT_HISTORY_MESSAGES": "50",
            "LIVECHAT_HISTORY_DAYS": "0",
            "LIVECHAT_HISTORY_SYNC": "full",
            "LIVECHAT_CLIENT_TAG_DENY": "*,-typing",
        }
    )
    assert (settings.admin, settings.client_tag_deny) == ("root@chat.example", "*,-typing")
    assert (settings.host, settings.port, settings.server_name) == ("::", 7000, "chat.school.example")
    assert (settings.flood_control, settings.max_connections_per_address) == (False, 0)
    assert settings.control_connect == ("::1", 6970)
    assert (settings.history, settings.history_messages, settings.history_days) == (False, 50, 0)
    assert settings.history_sync == "full"


def test_all_faults_are_told_at_once_and_passwords_are_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        read(
            {
                "LIVECHAT_HUB_PORT": "0",
                "LIVECHAT_SERVER_NAME": "no dots",
                "LIVECHAT_NETWORK_NAME": "two words",
                "LIVECHAT_FLOOD_CONTROL": "maybe",
                "LIVECHAT_CONTROL_CONNECT": "nowhere",
                "LIVECHAT_OPER_PASSWORD": "hush",
            }
        )
    assert len(caught.value.faults) == 6
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("name", ["a", "a b.c", "x" * 41 + ".y", ".a", "-a.b", "é.fr"])
def test_unfit_server_names_are_refused(name: str) -> None:
    with pytest.raises(SettingsError):
        read({"LIVECHAT_SERVER_NAME": name})


@pytest.mark.parametrize("deny", ["a b", "+typing", ",", "*,", "x" * 301])
def test_unfit_tag_filters_are_refused(deny: str) -> None:
    with pytest.raises(SettingsError):
        read({"LIVECHAT_CLIENT_TAG_DENY": deny})


# -- bounds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", [field.name for field in fields(Bounds)])
def test_every_bound_is_a_setting_with_limits_of_its_own(field: str) -> None:
    name, least, most = bounds._SETTINGS[field]
    for value in (least, most):
        assert getattr(read({name: str(value)}).bounds, field) == value
    for value in (least - 1, most + 1):
        with pytest.raises(SettingsError, match=name):
            read({name: str(value)})
    assert least <= getattr(Bounds(), field) <= most


def test_origins_of_pages_have_to_look_like_origins() -> None:
    assert read({"LIVECHAT_WS_ORIGINS": "HTTPS://A.example, null"}).ws_origins == ("https://a.example", "null")
    for wrong in ("a.example", "https://a.example/path", "https:/a"):
        with pytest.raises(SettingsError, match="LIVECHAT_WS_ORIGINS"):
            read({"LIVECHAT_WS_ORIGINS": wrong})


def test_a_key_without_a_certificate_is_a_fault() -> None:
    with pytest.raises(SettingsError, match="LIVECHAT_TLS_KEY"):
        read({"LIVECHAT_TLS_KEY": "key.pem"})


def test_settings_of_accounts_are_read_and_bounded() -> None:
    settings = read(
        {
            "LIVECHAT_REQUIRE_ACCOUNT": "on",
            "LIVECHAT_MAX_ACCOUNTS": "0",
            "LIVECHAT_MAX_SESSIONS_PER_ACCOUNT": "2",
        }
    )
    assert (settings.require_account, settings.max_accounts) == (True, 0)
    assert settings.max_sessions_per_account == 2
    for name, value in (("LIVECHAT_MAX_ACCOUNTS", "100001"), ("LIVECHAT_MAX_SESSIONS_PER_ACCOUNT", "0")):
        with pytest.raises(SettingsError):
            read({name: value})
