"""The first start: either service first, one key, and a key that has to fit."""

import stat
from pathlib import Path

import pytest

from tests.conftest import make_stack
from tests.support.files_nick import answer
from tests.support.irc_client import IrcClient, logged_in
from tests.support.stack import Service, Stack, put
from tests.support.stack_processes import ProcessStack
from tests.support.wait import until


def offers(client: IrcClient, name: str) -> bool:
    """Whether the hub knows the file."""
    return name in answer(client, "list")


@pytest.mark.parametrize("first", ["chat-hub", "file-udp"])
def test_either_may_start_first_and_the_key_is_made_once(stack: Stack, first: Service) -> None:
    second: Service = "file-udp" if first == "chat-hub" else "chat-hub"
    stack.stop("chat-hub")
    stack.stop("file-udp")
    stack.remove_state()
    stack.start(first)
    stack.start(second)
    put(stack, "hello.txt", b"hello")
    with logged_in(stack.hub_port, "dana") as dana:
        until(lambda: offers(dana, "hello.txt"), within_s=40, what="hub and file service found each other")
    mode, files = stack.key_file_mode()
    assert (stat.filemode(mode), files) == ("?rw-r-----", 1)


@pytest.mark.processes
def test_services_with_different_keys_never_talk(tmp_path: Path) -> None:
    own = make_stack("processes", tmp_path)
    assert isinstance(own, ProcessStack)
    own.settings_of["chat-hub"] = {"LIVECHAT_KEY_FILE": str(tmp_path / "state" / "another" / "livechat.key")}
    try:
        own.up()
        put(own, "hello.txt", b"hello")
        with logged_in(own.hub_port, "dana") as dana:
            until(lambda: "key" in own.logs().casefold(), within_s=30, what="the log says that the keys differ")
            assert not offers(dana, "hello.txt")
        own.settings_of.clear()
        own.stop("chat-hub")
        own.start("chat-hub")
        with logged_in(own.hub_port, "dana") as dana:
            until(lambda: offers(dana, "hello.txt"), within_s=40, what="with one key they talk")
    finally:
        own.down()


@pytest.mark.processes
@pytest.mark.parametrize(
    ("service", "faults"),
    [
        ("chat-hub", {"LIVECHAT_HUB_PORT": "many", "LIVECHAT_FLOOD_CONTROL": "perhaps"}),
        ("file-udp", {"LIVECHAT_FILES_PORT": "0", "LIVECHAT_LOG_FORMAT": "xml"}),
    ],
)
def test_bad_settings_are_all_named_at_once_with_status_2(
    tmp_path: Path, service: Service, faults: dict[str, str]
) -> None:
    own = ProcessStack(tmp_path, faults)
    status, output = own.run_to_its_end(service)
    assert status == 2
    for name in faults:
        assert name in output
    assert "Traceback" not in output
