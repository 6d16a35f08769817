"""Fixtures for the whole suite: the two stacks, their logs when a test fails, the property tests' profiles."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from scripts import engine
from tests.support.requirements import missing
from tests.support.stack import Stack, empty_share
from tests.support.stack_compose import ComposeStack
from tests.support.stack_processes import ProcessStack

# the same examples each time: what fails here fails everywhere; `make fuzz` is for finding new ones
settings.register_profile("everyday", deadline=None, derandomize=True)
settings.register_profile(
    "fuzz", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("everyday")

_LOG_TAIL = 20_000


@pytest.fixture(
    scope="session",
    params=[
        pytest.param("processes", marks=pytest.mark.processes),
        pytest.param("compose", marks=pytest.mark.compose),
    ],
)
def session_stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One running stack of each shape for the whole session; torn down always."""
    running = make_stack(request.param, tmp_path_factory.mktemp(f"stack-{request.param}"))
    try:
        running.up()
        yield running
    finally:
        running.down()


@pytest.fixture
def stack(session_stack: Stack) -> Stack:
    """The session's stack with an empty share."""
    empty_share(session_stack)
    return session_stack


@pytest.fixture(scope="session")
def compose_stack(session_stack: Stack) -> ComposeStack:
    """The session's stack for tests about containers, which ask for the shape `compose`."""
    assert isinstance(session_stack, ComposeStack)
    return session_stack


def make_stack(shape: str, folder: Path) -> Stack:
    """A stack of `shape` that is not started yet; skips or fails where this machine cannot have it."""
    if shape == "processes":
        return ProcessStack(folder)
    found = engine.look()
    if not found.answers:
        missing("compose", found.why_not)
    return ComposeStack(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the services' logs beside a failure."""
    report = yield
    running = getattr(item, "funcargs", {}).get("session_stack")
    if report.failed and running is not None:
        report.sections.append(("logs of the services", running.logs()[-_LOG_TAIL:]))
    return report
