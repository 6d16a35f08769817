""".env.example, the compose file and the code name the same settings, with the same defaults."""

import ast
import re
from pathlib import Path

from scripts.dotenv import parse

ROOT = Path(__file__).resolve().parents[3]
NAME = re.compile(r"LIVECHAT_[A-Z_]+|BASE_IMAGE")
VARIABLE = re.compile(r"\$\{(LIVECHAT_[A-Z_]+|BASE_IMAGE)(?::-([^}$]*))?")
SOURCES = (ROOT / "shared" / "src", ROOT / "services", ROOT / "scripts")


def documented() -> dict[str, str]:
    return parse((ROOT / ".env.example").read_text())


def compose_text() -> str:
    lines = (ROOT / "docker-compose.yml").read_text().splitlines()
    return "\n".join(line.partition(" #")[0] for line in lines if not line.strip().startswith("#"))


def names_in_code() -> set[str]:
    """Every setting's name that stands as a string by itself in the services, the client and the scripts."""
    found: set[str] = set()
    for folder in SOURCES:
        for file in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and NAME.fullmatch(node.value)
                ):
                    found.add(node.value)
    return found


def test_each_setting_that_something_reads_is_documented_and_no_other() -> None:
    assert names_in_code() | {name for name, _ in VARIABLE.findall(compose_text())} == set(documented())


def test_compose_has_the_documented_defaults() -> None:
    example = documented()
    wrong = [
        (name, default, example[name])
        for name, default in VARIABLE.findall(compose_text())
        if default and default != example[name]
    ]
    assert wrong == []


def test_every_setting_has_its_comment() -> None:
    above = ""
    for line in (ROOT / ".env.example").read_text().splitlines():
        if NAME.match(line):
            assert above.startswith("#") or NAME.match(above), line
        above = line
