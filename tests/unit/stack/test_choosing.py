"""scripts.stack, where, engine, pythons, ports: which shape and Python, and what is said of what is missing."""

import socket
from pathlib import Path

import pytest

from scripts import engine, ports, pythons, stack, stack_settings, where
from scripts.console import Trouble
from scripts.engine import Engine
from scripts.pythons import Python

YES = Engine(True)
NO = Engine(False, "Docker is not installed.")


@pytest.mark.parametrize(
    ("wanted", "found", "shape"),
    [("", YES, "compose"), ("", NO, "processes"), ("compose", YES, "compose"), ("processes", YES, "processes")],
)
def test_the_engine_decides_unless_one_is_forced(wanted: str, found: Engine, shape: str) -> None:
    assert stack.choose(wanted, found, processes_run=False).shape == shape


def test_it_says_why_it_uses_plain_processes() -> None:
    assert "not installed" in stack.choose("", NO, processes_run=False).because
    assert stack.choose("", YES, processes_run=False).because == ""


def test_what_runs_already_is_not_started_in_the_other_shape() -> None:
    assert stack.choose("", YES, processes_run=True).shape == "processes"


@pytest.mark.parametrize(("wanted", "found"), [("compose", NO), ("podman", YES)])
def test_what_is_not_possible_is_a_sentence(wanted: str, found: Engine) -> None:
    with pytest.raises(Trouble, match="STACK="):
        stack.choose(wanted, found, processes_run=False)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Got permission denied while trying to connect to the Docker daemon socket", "usermod"),
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "no engine answers"),
        ("something\nnobody has seen", "nobody has seen"),
        ("", "no answer"),
    ],
)
def test_a_refusal_of_the_engine_is_explained(output: str, said: str) -> None:
    assert said in engine.explain_refusal(output)


def python(name: str, version: tuple[int, int] = (3, 11), *, venv: bool = True, tk: bool = True) -> Python:
    return Python(name, version, venv, tk)


def test_the_first_python_with_tk_is_taken_and_else_the_first() -> None:
    assert pythons.choose([python("a", tk=False), python("b"), python("c")]).program == "b"
    assert pythons.choose([python("a", tk=False), python("b", tk=False)]).program == "a"


def test_old_pythons_and_those_without_venv_are_passed_over() -> None:
    found = [python("old", (3, 10)), python("bare", venv=False), python("good", (3, 13), tk=False)]
    assert pythons.choose(found).program == "good"


@pytest.mark.parametrize(
    ("found", "package"),
    [([], "python3 "), ([python("a", (3, 9))], "3.11"), ([python("a", venv=False)], "python3-venv")],
)
def test_what_is_missing_is_named_with_its_package(found: list[Python], package: str) -> None:
    with pytest.raises(Trouble, match=package):
        pythons.choose(found)


def test_what_does_not_run_is_no_python(tmp_path: Path) -> None:
    assert pythons.probe(str(tmp_path / "missing")) is None


def settings_with(**values: str) -> stack_settings.StackSettings:
    return stack_settings.read({f"LIVECHAT_{name}": value for name, value in values.items()})


def test_a_busy_port_names_the_setting_that_changes_it() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("127.0.0.1", 0))
        busy = settings_with(
            HUB_HOST="127.0.0.1",
            HUB_PORT=str(tcp.getsockname()[1]),
            FILES_HOST="127.0.0.1",
            FILES_PORT=str(udp.getsockname()[1]),
        )
        with pytest.raises(Trouble, match=r"LIVECHAT_HUB_PORT.*\n.*LIVECHAT_FILES_PORT"):
            ports.check(busy, control=False)
        ports.check(busy, hub=False, files=False, control=False)
    ports.check(busy, control=False)


def test_defaults_hold_when_settings_are_empty() -> None:
    read = settings_with(HUB_PORT="", SHARE="")
    assert (read.hub_port, read.files_port, read.share.name) == (6667, 6969, "files")
    assert read.share.is_absolute()


def test_a_bad_port_is_a_sentence() -> None:
    with pytest.raises(Trouble, match="LIVECHAT_FILES_PORT"):
        settings_with(FILES_PORT="many")


def test_next_steps_tell_address_ports_folder_client_and_stop() -> None:
    text = "\n".join(where.next_steps(settings_with(HUB_PORT="7000", SHARE="/srv/x"), "192.0.2.7", {}))
    for word in ("192.0.2.7", "localhost", "7000", "6969", "/srv/x", "make client", "make down"):
        assert word in text


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_hub_on_loopback_is_not_offered_to_others(host: str) -> None:
    text = "\n".join(where.next_steps(settings_with(HUB_HOST=host, FILES_HOST=host), "192.0.2.7", {}))
    assert "only this machine can connect" in text
    assert "192.0.2.7" not in text
    assert "irewall" not in text


def test_a_hub_on_one_address_is_offered_there_and_only_there() -> None:
    text = "\n".join(where.next_steps(settings_with(HUB_HOST="192.0.2.9"), "192.0.2.7", {}))
    assert text.count("server 192.0.2.9") == 2
    assert "localhost" not in text


def test_links_name_an_address_that_leads_to_the_file_service() -> None:
    assert stack.advertised({}, "192.0.2.7") == {"LIVECHAT_FILES_ADVERTISE": "192.0.2.7"}
    assert stack.advertised({"LIVECHAT_FILES_HOST": "192.0.2.9"}, "192.0.2.7") == {
        "LIVECHAT_FILES_ADVERTISE": "192.0.2.9"
    }
    assert stack.advertised({"LIVECHAT_FILES_HOST": "127.0.0.1"}, "192.0.2.7") == {}
    assert stack.advertised({"LIVECHAT_FILES_ADVERTISE": "chat.example"}, "192.0.2.7") == {}


def test_status_names_only_what_runs() -> None:
    hub = where.Endpoint("0.0.0.0", 7000)
    assert where.status_lines(where.Where(), "192.0.2.7") == []
    assert where.status_lines(where.Where(hub=hub), "192.0.2.7") == ["address   server 192.0.2.7, port 7000"]
    alone = where.Where(where.Endpoint("127.0.0.1", 7000), where.Endpoint("127.0.0.1", 7001), "/srv/x")
    text = "\n".join(where.status_lines(alone, "192.0.2.7"))
    assert text.count("this machine only") == 2
    assert "/srv/x" in text


def test_a_host_that_is_no_address_is_a_sentence_and_not_a_wait() -> None:
    with pytest.raises(Trouble, match=r"is not an address of this machine.*LIVECHAT_HUB_HOST"):
        ports.check(
            settings_with(HUB_HOST="x" * 70, HUB_PORT="7000"), files=False, control=False
        )  # too long to ask for
