"""The walls between the packages, read from the imports themselves (ARCHITECTURE.md, "Packages")."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = {
    "livechat": ROOT / "shared" / "src",
    "chat_hub": ROOT / "services" / "chat-hub" / "src",
    "file_udp": ROOT / "services" / "file-udp" / "src",
    "client_gui": ROOT / "services" / "client-gui" / "src",
}
SERVICES = {"chat_hub", "file_udp", "client_gui"}
MOST_LINES = 450

# protocol cores and pure state: bytes, events and `now` come in as arguments
PURE = (
    "livechat.irc",
    "livechat.transfer",
    "livechat.control",
    "livechat.ticket",
    "livechat.catalogue",
    "client_gui.model",
    *("chat_hub.caps", "chat_hub.census", "chat_hub.channel", "chat_hub.commands", "chat_hub.dispatch"),
    *(
        "chat_hub.accounts",
        "chat_hub.flood",
        "chat_hub.history",
        "chat_hub.hub",
        "chat_hub.outbox",
        "chat_hub.outgoing",
        "chat_hub.replies",
        "chat_hub.metadata",
        "chat_hub.person",
        "chat_hub.sasl",
        "chat_hub.playback",
        "chat_hub.session",
        "chat_hub.store.commit",
        "chat_hub.store.gathering",
        "chat_hub.store.history",
        "chat_hub.store.protocol",
    ),
    *("file_udp.offers", "file_udp.tracker"),
)
IMPURE = {
    *("socket", "selectors", "select", "ssl", "asyncio", "threading", "multiprocessing", "subprocess", "queue"),
    *(
        "time",
        "os",
        "sys",
        "random",
        "secrets",
        "uuid",
        "logging",
        "loguru",
        "gevent",
        "tkinter",
        "ttkbootstrap",
    ),
}
GEVENT_NEVER = ("livechat", "client_gui")
TK = {"tkinter", "ttkbootstrap", "_tkinter"}


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, and what it imports with the line."""

    name: str
    path: Path

    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"))

    def imports(self) -> Iterator[tuple[str, int]]:
        for node in ast.walk(self.tree()):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, node.lineno
            elif isinstance(node, ast.ImportFrom):
                yield from self._imports_from(node)

    def _imports_from(self, node: ast.ImportFrom) -> Iterator[tuple[str, int]]:
        base = node.module or ""
        if node.level:
            package = self.name.split(".") if self.path.name == "__init__.py" else self.name.split(".")[:-1]
            package = package[: len(package) - node.level + 1]
            base = ".".join([*package, *([base] if base else [])])
        for alias in node.names:
            # `from a import b` may name a module: both readings are looked at
            yield f"{base}.{alias.name}", node.lineno

    def within(self, *packages: str) -> bool:
        return any(self.name == package or self.name.startswith(f"{package}.") for package in packages)


def modules() -> list[Module]:
    found = []
    for folder in SOURCES.values():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(name, path))
    return found


MODULES = modules()


def offences(chosen: Iterator[Module], forbidden: set[str]) -> list[str]:
    """Every import in `chosen` of something in `forbidden` or below it."""
    return [
        f"{module.name}:{line} imports {imported}"
        for module in chosen
        for imported, line in module.imports()
        if any(imported == name or imported.startswith(f"{name}.") for name in forbidden)
    ]


def test_every_named_package_is_there_to_be_checked() -> None:
    names = {module.name for module in MODULES}
    assert {name.partition(".")[0] for name in names} == set(SOURCES)
    assert set(PURE) <= names


def test_pure_packages_touch_no_clock_socket_thread_file_or_log() -> None:
    assert offences((module for module in MODULES if module.within(*PURE)), IMPURE) == []


@pytest.mark.parametrize("package", sorted(SERVICES))
def test_services_never_import_each_other(package: str) -> None:
    own = (module for module in MODULES if module.within(package))
    assert offences(own, SERVICES - {package}) == []


def test_what_is_shared_imports_no_service() -> None:
    assert offences((module for module in MODULES if module.within("livechat")), SERVICES) == []


def test_gevent_stays_in_the_services() -> None:
    assert offences((module for module in MODULES if module.within(*GEVENT_NEVER)), {"gevent"}) == []


def test_nothing_is_monkey_patched() -> None:
    assert offences(iter(MODULES), {"gevent.monkey"}) == []


def test_tk_stays_in_the_windows_package() -> None:
    outside = (module for module in MODULES if not module.within("client_gui.ui"))
    assert offences(outside, TK) == []


def test_the_model_knows_neither_network_nor_window() -> None:
    own = (module for module in MODULES if module.within("client_gui.model"))
    assert offences(own, {"client_gui.net", "client_gui.ui", "client_gui.cli", "client_gui.app"}) == []


def test_the_network_knows_no_window() -> None:
    own = (module for module in MODULES if module.within("client_gui.net"))
    assert offences(own, {"client_gui.ui", "client_gui.cli", "client_gui.app"}) == []


def test_the_window_reaches_the_network_through_the_model_only() -> None:
    own = (module for module in MODULES if module.within("client_gui.ui"))
    assert offences(own, {"client_gui.net", "client_gui.cli", "client_gui.app"}) == []


def test_the_command_line_needs_no_window() -> None:
    own = (module for module in MODULES if module.within("client_gui.cli"))
    assert offences(own, {"client_gui.ui", "client_gui.app"} | TK) == []


def test_the_product_imports_nothing_of_scripts_and_tests() -> None:
    assert offences(iter(MODULES), {"scripts", "tests"}) == []


def test_no_module_is_longer_than_one_idea() -> None:
    more = [ROOT / "tests", ROOT / "scripts"]
    files = [module.path for module in MODULES] + [path for folder in more for path in folder.rglob("*.py")]
    long = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in files}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}


def test_tests_wait_for_conditions_and_never_sleep() -> None:
    sleeping = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr == "sleep")
        or (isinstance(node, ast.ImportFrom) and any(alias.name == "sleep" for alias in node.names))
    ]
    assert sleeping == []


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        module.name for module in MODULES if not ast.get_docstring(module.tree()) and module.path.read_text()
    ]
    assert silent == []
