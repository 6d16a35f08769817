"""What the containers may and may not do, as the engine sees it."""

import pytest

from tests.support.stack import SERVICES, Service
from tests.support.stack_compose import ComposeStack

USERS = {"chat-hub": "10001", "file-udp": "10002"}

pytestmark = [
    pytest.mark.compose,
    pytest.mark.parametrize("session_stack", ["compose"], indirect=True, scope="session"),
    pytest.mark.parametrize("service", SERVICES),
]


def test_it_runs_as_a_user_of_its_own_in_the_shared_group(
    compose_stack: ComposeStack, service: Service
) -> None:
    status, output = compose_stack.run_in(service, "id", "-u")
    assert (status, output.strip()) == (0, USERS[service])
    assert compose_stack.run_in(service, "id", "-G")[1].split() == ["10000"]


def test_it_has_no_capabilities_and_gains_none(compose_stack: ComposeStack, service: Service) -> None:
    host = compose_stack.inspect(service)["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert not host["Privileged"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    own = compose_stack.run_in(service, "cat", "/proc/self/status")[1]
    effective = next(line for line in own.splitlines() if line.startswith("CapEff"))
    assert int(effective.split()[1], 16) == 0


def test_it_can_write_to_its_own_places_only(compose_stack: ComposeStack, service: Service) -> None:
    assert compose_stack.inspect(service)["HostConfig"]["ReadonlyRootfs"]
    for folder in ("/", "/opt/livechat", "/etc", "/var/lib/livechat"):
        assert compose_stack.run_in(service, "touch", f"{folder}/mark")[0] != 0
    assert compose_stack.run_in(service, "touch", "/tmp/mark")[0] == 0


def test_it_has_bounds(compose_stack: ComposeStack, service: Service) -> None:
    host = compose_stack.inspect(service)["HostConfig"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert host["Init"] is True
    assert host["RestartPolicy"]["Name"] == "unless-stopped"


def test_the_control_port_is_not_published(compose_stack: ComposeStack, service: Service) -> None:
    published = {
        int(binding["HostPort"])
        for bindings in compose_stack.inspect(service)["NetworkSettings"]["Ports"].values()
        for binding in bindings or []
    }
    hub_ports = {compose_stack.hub_port, compose_stack.tls_port}
    assert published == (hub_ports if service == "chat-hub" else {compose_stack.files_port})


def test_the_control_network_leads_nowhere_else(compose_stack: ComposeStack, service: Service) -> None:
    assert compose_stack.network("control").attrs["Internal"] is True
    assert len(compose_stack.inspect(service)["NetworkSettings"]["Networks"]) == 2


def test_the_share_cannot_be_written_and_the_key_is_on_a_volume_of_its_own(
    compose_stack: ComposeStack, service: Service
) -> None:
    mounts = {mount["Destination"]: mount for mount in compose_stack.inspect(service)["Mounts"]}
    assert mounts["/var/lib/livechat/keys"]["Type"] == "volume"
    if service == "file-udp":
        assert mounts["/srv/share"]["RW"] is False
        assert compose_stack.run_in(service, "touch", "/srv/share/mark")[0] != 0
    else:
        assert "/srv/share" not in mounts
