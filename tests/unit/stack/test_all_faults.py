"""scripts.service_settings, stack_settings, stack: every bad setting is named, before anything starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import service_settings, stack, stack_settings
from scripts.console import Trouble
from scripts.paths import ROOT

BAD = {"LIVECHAT_HUB_PORT": "abc", "LIVECHAT_FILES_PORT": "99999", "LIVECHAT_FLOOD_CONTROL": "perhaps"}


@pytest.mark.parametrize("containers", [False, True])
def test_faults_of_both_services_and_of_the_stack_come_together(containers: bool, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(Trouble) as caught:
        stack.refuse_faults({**BAD, "LIVECHAT_SHARE": str(file)}, containers=containers)
    for name in (*BAD, "LIVECHAT_SHARE"):
        assert str(caught.value).count(f"{name}: ") == 1


def test_what_both_services_read_is_named_once() -> None:
    assert len(service_settings.faults({"LIVECHAT_LOG_LEVEL": "loud"})) == 1


def test_a_bad_control_address_says_what_it_must_be() -> None:
    environ = {"LIVECHAT_CONTROL_LISTEN": "nonsense"}
    with pytest.raises(Trouble, match="LIVECHAT_CONTROL_LISTEN: 'nonsense' must be HOST:PORT"):
        stack.refuse_faults(environ, containers=False)
    stack.refuse_faults(environ, containers=True)  # containers have an address of their own


@pytest.mark.parametrize(
    ("name", "value"),
    [("HUB_HOST", "chat.example"), ("FILES_HOST", "all"), ("HUB_MEMORY", "much"), ("CLIENT_MEMORY", "1x")],
)
def test_what_compose_would_choke_on_is_a_sentence(name: str, value: str) -> None:
    faults = stack_settings.faults({f"LIVECHAT_{name}": value}, containers=True)
    assert len(faults) == 1
    assert faults[0].startswith(f"LIVECHAT_{name}: {value!r} must be ")


@pytest.mark.parametrize("value", ["1g", "512m", "0", "1.5G", "2gb", "1048576"])
def test_bounds_of_memory_that_compose_knows_are_let_through(value: str) -> None:
    assert stack_settings.faults({"LIVECHAT_HUB_MEMORY": value}, containers=True) == []


def test_a_share_that_cannot_be_made_is_a_sentence() -> None:
    with pytest.raises(Trouble, match="/proc/nope/x cannot be made"):
        stack_settings.make_share(Path("/proc/nope/x"))
    with pytest.raises(Trouble, match="LIVECHAT_SHARE"):
        stack_settings.faults({"LIVECHAT_SHARE": "~nobody-of-that-name/x"}, containers=False)


def test_a_fingerprint_changes_with_what_the_service_reads_and_with_nothing_else() -> None:
    hub, files = service_settings.HUB, service_settings.FILES
    assert service_settings.fingerprint(hub, {}) == service_settings.fingerprint(
        hub, {"LIVECHAT_HUB_PORT": "6667", "LIVECHAT_FILES_PORT": "7000", "HOME": "elsewhere"}
    )
    for name, value in (("HUB_PORT", "7000"), ("SERVER_PASSWORD", "secret")):
        changed = {f"LIVECHAT_{name}": value}
        assert service_settings.fingerprint(hub, changed) != service_settings.fingerprint(hub, {})
        assert service_settings.fingerprint(files, changed) == service_settings.fingerprint(files, {})


def test_settings_are_read_without_anything_installed() -> None:
    code = f"from scripts import service_settings; print(service_settings.faults({BAD!r}))"
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    for name in BAD:
        assert name in ran.stdout
