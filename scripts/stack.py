"""`up`, `down`, `status`, `logs`: chooses between containers and processes, and says what to type next."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from scripts import compose_stack, dotenv, engine, process_stack, stack_settings
from scripts.console import Trouble, say
from scripts.lan import lan_address
from scripts.paths import DOTENV

_SHAPES = ("", "compose", "processes")


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
    choice = choose(wanted, engine.look(), processes_run=process_stack.running())
    if choice.because:
        say(choice.because)
    address = lan_address()
    if address and not environ.get("LIVECHAT_FILES_ADVERTISE"):
        # only for this run: links that the hub gives out must lead here from other machines too
        environ["LIVECHAT_FILES_ADVERTISE"] = address
    if choice.shape == "compose":
        if process_stack.running():
            raise Trouble("The services run as plain processes: `make down` first.")
        compose_stack.up(environ)
    else:
        process_stack.up(environ)
    for line in next_steps(stack_settings.read(environ), address, environ):
        say(line)


def next_steps(
    settings: stack_settings.StackSettings, address: str | None, environ: Mapping[str, str]
) -> list[str]:
    """What a person needs to know once it runs."""
    password = " and the server password" if environ.get("LIVECHAT_SERVER_PASSWORD") else ""
    others = address or "(no network found: this machine only)"
    if settings.hub_host not in {"0.0.0.0", "::"}:
        others = settings.hub_host
    over_tls = f" ({settings.tls_port} with TLS)" if settings.tls_port else ""
    return [
        "",
        "Social Live Chat is running.",
        f"  For others      server {others}, port {settings.hub_port}{over_tls}{password}",
        f"  On this machine server localhost, port {settings.hub_port}{over_tls}",
        f"  Files           put them into {settings.share}",
        "  Start a client  make client        (any IRC client works too)",
        "  Stop            make down          (make status, make logs)",
        f"  A firewall here must let in TCP {settings.hub_port}{over_tls} and UDP {settings.files_port}.",
    ]


def down() -> None:
    """End whichever shape runs."""
    ended = process_stack.down()
    if engine.look().answers:
        ended = compose_stack.down() or ended
    say("Stopped." if ended else "Nothing was running.")


def status() -> None:
    """Say what runs. Raises Trouble (exit status 1) when nothing does."""
    environ = dotenv.settings(os.environ, DOTENV)
    if process_stack.running():
        lines = list(process_stack.status(environ))
    elif engine.look().answers:
        lines = compose_stack.status()
    else:
        lines = []
    if not lines:
        raise Trouble("Nothing is running: make up starts it.")
    settings = stack_settings.read(environ)
    for line in lines:
        say(line)
    address = lan_address() or "localhost"
    say(f"address   server {address}, port {settings.hub_port}; files on UDP {settings.files_port}")
    say(f"share     {settings.share}")


def logs(*, follow: bool) -> None:
    """Show the logs of whichever shape runs, or of the processes that ran last."""
    if not process_stack.running() and engine.look().answers and compose_stack.containers():
        compose_stack.show_logs(follow=follow)
    else:
        process_stack.show_logs(follow=follow)
