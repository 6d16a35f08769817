"""`up`, `down`, `status`, `logs`: chooses between containers and processes, and says what to type next."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from scripts import compose_stack, dotenv, engine, process_stack, service_settings, stack_settings
from scripts.console import Trouble, say
from scripts.lan import lan_address
from scripts.paths import DOTENV
from scripts.where import next_steps, others, status_lines

_SHAPES = ("", "compose", "processes")

# containers have values of their own for these (.env.example, "plain processes only")
_PROCESSES_ONLY = frozenset(
    {
        "LIVECHAT_HUB_DATA_DIR",
        "LIVECHAT_FILES_DATA_DIR",
        "LIVECHAT_FILES_DIR",
        "LIVECHAT_KEY_FILE",
        "LIVECHAT_CONTROL_LISTEN",
        "LIVECHAT_CONTROL_CONNECT",
    }
)


@dataclass(frozen=True)
class Choice:
    """Which shape to start; `because` is a sentence when it is not the usual one."""

    shape: str
    because: str = ""


def choose(wanted: str, found: engine.Engine, *, processes_run: bool) -> Choice:
    """The shape to start for what was asked (`""`: whichever fits). Raises Trouble."""
    if wanted not in _SHAPES:
        raise Trouble(f"STACK={wanted}: it must be compose or processes.")
    if wanted == "compose" and not found.answers:
        raise Trouble(f"STACK=compose is not possible. {found.why_not}")
    if wanted:
        return Choice(wanted)
    if processes_run:
        return Choice("processes", "They run as plain processes already (`make down` first to change that).")
    if found.answers:
        return Choice("compose")
    return Choice("processes", f"{found.why_not} So the services run as plain processes.")


def up(wanted: str) -> None:
    """Start the stack and print what to type next. Raises Trouble."""
    environ = dotenv.settings(os.environ, DOTENV)
    found = engine.look()
    choice = choose(wanted, found, processes_run=process_stack.running())
    if choice.because:
        say(choice.because)
    refuse_faults(environ, containers=choice.shape == "compose")
    _refuse_both_shapes(choice.shape, found)
    address = lan_address()
    environ = {**environ, **advertised(environ, address)}
    if choice.shape == "compose":
        compose_stack.up(environ)
    else:
        process_stack.up(environ)
    for line in next_steps(stack_settings.read(environ), address, environ):
        say(line)


def refuse_faults(environ: Mapping[str, str], *, containers: bool) -> None:
    """Raise Trouble with every setting that cannot be used, before anything is touched."""
    read = {name: value for name, value in environ.items() if not (containers and name in _PROCESSES_ONLY)}
    faults = [*service_settings.faults(read), *stack_settings.faults(read, containers=containers)]
    if faults:
        raise Trouble("\n".join(["Nothing was started: these settings cannot be used.", *faults]))


def _refuse_both_shapes(shape: str, found: engine.Engine) -> None:
    if shape == "compose" and process_stack.running():
        raise Trouble("The services run as plain processes already: `make down` ends them.")
    if shape == "processes" and found.answers and compose_stack.running():
        raise Trouble("The services run in containers already: `make down` ends them.")


def advertised(environ: Mapping[str, str], lan: str | None) -> dict[str, str]:
    """What to add for this run only: links that the hub gives out must lead here from other machines too."""
    address = others(stack_settings.read(environ).files_host, lan)
    if address is None or environ.get("LIVECHAT_FILES_ADVERTISE"):
        return {}
    return {"LIVECHAT_FILES_ADVERTISE": address}


def down() -> None:
    """End whichever shape runs."""
    ended = process_stack.down()
    if engine.look().answers:
        ended = compose_stack.down() or ended
    say("Stopped." if ended else "Nothing was running.")


def status() -> None:
    """Say what runs, from what runs: the settings of whoever asks play no part."""
    lines: list[str] = []
    if process_stack.running():
        lines = [*process_stack.status(), *status_lines(process_stack.where(), lan_address())]
    elif engine.look().answers:
        found = compose_stack.containers()
        lines = [*compose_stack.status(found), *status_lines(compose_stack.where(found), lan_address())]
    for line in lines or ["Nothing is running: make up starts it."]:
        say(line)


def logs(*, follow: bool) -> None:
    """Show the logs of whichever shape runs, or of the processes that ran last."""
    if not process_stack.running() and engine.look().answers and compose_stack.containers():
        compose_stack.show_logs(follow=follow)
    else:
        process_stack.show_logs(follow=follow)
