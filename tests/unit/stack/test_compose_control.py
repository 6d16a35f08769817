"""scripts.compose_stack: what runs is seen and ended through the engine, whatever `.env` says now."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts import compose_stack, ports, where
from scripts.console import Trouble


def row(service: str, **state: Any) -> dict[str, Any]:
    """One container as `docker inspect` shows it, cut down to what is read."""
    ports = {"6667/tcp": [{"HostIp": "0.0.0.0", "HostPort": "7000"}, {"HostIp": "::", "HostPort": "7000"}]}
    if service == "file-udp":
        ports = {"6969/udp": [{"HostIp": "127.0.0.1", "HostPort": "7001"}], "6970/tcp": None}  # type: ignore[dict-item]
    return {
        "Id": f"id-{service}",
        "Config": {"Labels": {"com.docker.compose.service": service}},
        "State": {"Status": "running", "Health": {"Status": "healthy"}, **state},
        "NetworkSettings": {"Ports": ports},
        "Mounts": [{"Source": "/srv/x", "Destination": "/srv/share"}] if service == "file-udp" else [],
    }


@pytest.fixture
def fake_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts a `docker` in front that runs a script; every call is noted in the file that comes back."""

    def install(script: str) -> Path:
        program, calls = tmp_path / "docker", tmp_path / "calls"
        program.write_text(f'#!/bin/sh\necho "$@" >>{calls}\n{script}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setenv("COMPOSE_PROJECT_NAME", "trial")
        return calls

    return install


def test_containers_are_read_with_what_really_is_published() -> None:
    hub, files = compose_stack.parse_inspect(json.dumps([row("file-udp"), row("chat-hub")]))
    assert (hub.service, hub.health, hub.share) == ("chat-hub", "healthy", None)
    assert ("0.0.0.0", 7000, "tcp") in hub.published
    assert files.published == frozenset({("127.0.0.1", 7001, "udp")})
    shown = compose_stack.where([hub, files])
    assert shown == where.Where(where.Endpoint("0.0.0.0", 7000), where.Endpoint("127.0.0.1", 7001), "/srv/x")


def test_one_without_health_and_ports_is_read_too() -> None:
    gone = row("chat-hub", Status="exited", Health=None)
    gone["NetworkSettings"]["Ports"] = {}
    (hub,) = compose_stack.parse_inspect(json.dumps([gone]))
    assert (hub.state, hub.health, hub.runs) == ("exited", "", False)
    assert compose_stack.where([hub]) == where.Where()


def test_one_that_is_started_again_and_again_counts_as_running() -> None:
    (hub,) = compose_stack.parse_inspect(json.dumps([row("chat-hub", Status="restarting")]))
    assert hub.runs


def test_an_engine_that_does_not_say_is_not_taken_for_nothing_running(
    fake_docker: Callable[[str], Path],
) -> None:
    fake_docker("echo 'the engine is on fire' >&2; exit 1")
    with pytest.raises(Trouble, match="the engine is on fire"):
        compose_stack.down()


def test_ending_does_not_depend_on_settings(
    fake_docker: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVECHAT_HUB_PORT", "abc")
    (tmp_path / "rows").write_text(json.dumps([row("chat-hub")]))
    calls = fake_docker(
        f"case $1 in ps) echo id-chat-hub;; inspect) cat {tmp_path}/rows;; "
        '*) test -z "$LIVECHAT_HUB_PORT";; esac'
    )
    assert compose_stack.down()
    asked, _, ended = calls.read_text().splitlines()
    assert "label=com.docker.compose.project=trial" in asked
    assert "--project-name trial --env-file /dev/null" in ended
    assert "--volumes" not in ended


def test_the_project_is_found_in_a_damaged_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMPOSE_PROJECT_NAME", raising=False)
    assert compose_stack.project() == "social-live-chat"
    dotenv = tmp_path / ".env"
    dotenv.write_text("this is no setting\nCOMPOSE_PROJECT_NAME='mine'\n")
    monkeypatch.setattr(compose_stack, "DOTENV", dotenv)
    assert compose_stack.project() == "mine"


def test_a_failed_start_stops_only_what_it_started(
    fake_docker: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub ran before; the file service is new and does not get healthy."""
    (tmp_path / "before").write_text(json.dumps([row("chat-hub")]))
    (tmp_path / "after").write_text(json.dumps([row("chat-hub"), row("file-udp", Status="restarting")]))
    calls = fake_docker(
        f"cd {tmp_path}; case $1 in ps) echo id;; inspect) cat before; cp after before;; compose) exit 1;; esac"
    )
    monkeypatch.setattr(ports, "check", lambda *_, **__: None)
    with pytest.raises(Trouble):
        compose_stack.up({**os.environ, "LIVECHAT_SHARE": str(tmp_path / "share")})
    assert "stop --time 5 id-file-udp" in calls.read_text().splitlines()
