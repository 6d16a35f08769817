"""The command line: usage, exit codes and sentences, against servers that a real one cannot be made to be."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from client_gui.cli import get
from client_gui.cli import main as cli
from client_gui.cli.client import Client
from client_gui.cli.progress import Progress, Row, summary
from client_gui.cli.say import intent
from client_gui.cli.tail import line
from client_gui.model import events as ev
from client_gui.model.events import Kind
from client_gui.model.intents import Say
from client_gui.net.profile import Profile, ProfileStore
from livechat import __version__
from livechat.catalogue import FileEntry, text_id

from tests.support.scripted_hub import WELCOME, says, scripted_hub, stays

_COMMAND = [sys.executable, "-m", "client_gui.cli"]
_NAME_TAKEN = b":irc.test 433 * Dana :Nickname is already in use\r\n"


def _run(*arguments: str, home: Path, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        f"{before}\nfrom client_gui.cli.main import main\nraise SystemExit(main())",
    ]
    return subprocess.run(
        [*(command if before else _COMMAND), *arguments],
        env={**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "TZ": "UTC", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["get"],
        ["say"],
        ["tail", "--count", "0"],
        ["ls", "--server", "host:0"],
        ["ls", "--server", "host:notaport"],
        ["get", "x", "--patience", "soon"],
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)

    assert caught.value.code == 2
    assert "usage: livechat" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["get", "--help"], ["--version"]])
def test_help_and_version_end_with_0(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)

    assert caught.value.code == 0
    assert "livechat" in capsys.readouterr().out


def test_the_command_works_where_tk_cannot_be_imported(tmp_path: Path) -> None:
    without_tk = "import sys; sys.modules['tkinter'] = sys.modules['ttkbootstrap'] = None"
    with scripted_hub(says(_NAME_TAKEN)) as hub:
        version = _run("--version", home=tmp_path, before=without_tk)
        ls = _run("ls", "--server", hub.server, "--name", "Dana", home=tmp_path, before=without_tk)

    assert (version.returncode, version.stdout) == (0, f"livechat {__version__}\n")
    assert (ls.returncode, ls.stderr) == (1, "livechat: The name Dana is already taken; choose another.\n")


def test_telling_the_version_imports_no_network_and_no_cryptography() -> None:
    code = (
        "import sys\nfrom client_gui.cli.main import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit:\n    pass\n"
        "heavy = ('msgspec', 'cryptography', 'platformdirs', 'selectors', 'tkinter')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
    return port


@pytest.mark.parametrize("command", [["ls"], ["get", "x"], ["say", "x"], ["tail"]])
def test_a_server_that_is_not_there_is_one_line_and_1(command: list[str], tmp_path: Path) -> None:
    port = _closed_port()
    done = _run(*command, "--server", f"127.0.0.1:{port}", home=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"livechat: Nothing answers on 127.0.0.1 port {port}: is the server running, and is the port right?\n"
    )


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "answers, but it is not a Social Live Chat server."),
        (b"", "closed the connection without a word: is the server still starting?"),
    ],
)
def test_what_is_not_our_server_is_told_from_it(answer: bytes, sentence: str, tmp_path: Path) -> None:
    with scripted_hub(says(answer)) as hub:
        done = _run("ls", "--server", hub.server, home=tmp_path)

    assert done.returncode == 1
    assert done.stderr == f"livechat: 127.0.0.1 port {hub.port} {sentence}\n"


def test_a_name_that_was_asked_for_is_not_replaced(tmp_path: Path) -> None:
    with scripted_hub(says(_NAME_TAKEN), stays(WELCOME)) as hub:
        done = _run("say", "hi", "--server", hub.server, "--name", "Dana", home=tmp_path)

    assert (done.returncode, hub.connections) == (1, 1)


def test_a_name_that_was_not_asked_for_gets_a_number(tmp_path: Path) -> None:
    ProfileStore(tmp_path).save(Profile(name="Dana"))
    with scripted_hub(says(_NAME_TAKEN), stays(WELCOME.replace(b"Dana", b"Dana2"))) as hub:
        done = _run("say", "hi", "--server", hub.server, "--profile-dir", str(tmp_path), home=tmp_path)

    assert (done.returncode, done.stderr, hub.connections) == (0, "", 2)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("", "This server asks for a password."), ("guess", "The server's password is wrong.")],
)
@pytest.mark.parametrize("command", [["ls"], ["get", "x"], ["say", "x"], ["tail"]])
def test_a_refused_password_is_one_line_that_names_the_variable(
    command: list[str], password: str, sentence: str, tmp_path: Path
) -> None:
    with scripted_hub(says(b":s 464 * :Password incorrect\r\n")) as hub:
        done = _run(*command, "--server", hub.server, home=tmp_path, LIVECHAT_SERVER_PASSWORD=password)

    assert (done.returncode, hub.connections) == (1, 1)
    assert done.stderr == f"livechat: {sentence} It is read from LIVECHAT_SERVER_PASSWORD.\n"


def test_the_password_comes_from_the_environment(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(4096))
        connection.sendall(WELCOME)
        while connection.recv(4096):
            pass

    with scripted_hub(talk) as hub:
        done = _run("say", "hi", "--server", hub.server, home=tmp_path, LIVECHAT_SERVER_PASSWORD="open sesame")

    assert (done.returncode, done.stderr) == (0, "")
    assert b"PASS :open sesame\r\n" in heard[0]
    assert not list(tmp_path.rglob("*.json")), "nothing is written down"


def test_the_profile_tells_the_server_where_none_is_given(tmp_path: Path) -> None:
    with scripted_hub(says(b"ERROR :Closing Link: (No.)\r\n")) as hub:
        ProfileStore(tmp_path).save(Profile(name="Dana", host="127.0.0.1", port=hub.port))
        done = _run("ls", "--profile-dir", str(tmp_path), home=tmp_path)

    assert done.stderr == "livechat: The server refused the connection: No.\n"


def test_a_server_without_files_is_one_line_and_1(tmp_path: Path) -> None:
    with scripted_hub(stays(WELCOME)) as hub:
        done = _run("ls", "--server", hub.server, home=tmp_path)

    assert (done.returncode, done.stderr) == (1, "livechat: This server offers no files.\n")


def test_tail_prints_and_ends_after_the_count(tmp_path: Path) -> None:
    said = b"@time=2026-01-02T03:04:05Z :Eve!e@h PRIVMSG #lobby :one\x1b[2J\r\n:Eve!e@h PRIVMSG #lobby :two\r\n"
    with scripted_hub(stays(WELCOME + said)) as hub:
        done = _run("tail", "--count", "1", "--server", hub.server, home=tmp_path)

    assert done.returncode == 0
    assert done.stdout == "03:04:05 <Eve> one[2J\n" or done.stdout.endswith("<Eve> one[2J\n")


def test_tail_comes_back_by_itself_and_says_so(tmp_path: Path) -> None:
    said = b":Eve!e@h PRIVMSG #lobby :after\r\n"
    with scripted_hub(says(WELCOME), stays(WELCOME + said)) as hub:
        done = _run("tail", "--count", "1", "--server", hub.server, home=tmp_path)

    assert done.returncode == 0
    assert "The connection to the server broke off." in done.stderr
    assert "connected again as Dana" in done.stderr


@pytest.mark.parametrize(
    "link", ["livechat://", "livechat://host:1/x", "livechat://host:1/0000000000000?r=AA&t=AA&k=AA"]
)
def test_a_broken_link_is_one_line_and_1(link: str, tmp_path: Path) -> None:
    done = _run("get", link, home=tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith("livechat: The link cannot be used:")
    assert done.stderr.count("\n") == 1


def test_names_that_mean_nothing_are_told_and_the_others_are_tried(tmp_path: Path) -> None:
    entry = FileEntry.of("good.txt", 3, 0, bytes(32))
    listed = f"FILES ENTRY {text_id(entry.file_id)} 3 0 {'A' * 43} :good.txt\r\nFILES END 1\r\n".encode()
    capabilities = b":s CAP * LS :livechat/files\r\n:s CAP Dana ACK :livechat/files\r\n"

    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(capabilities + WELCOME + listed)
        while data := connection.recv(4096):
            if b"FILES TICKET" in data:
                connection.sendall(b"FAIL FILES NOT_PERMITTED TICKET :You may not fetch files.\r\n")

    with scripted_hub(talk) as hub:
        done = _run("get", "bad", "good.txt", "worse", "--server", hub.server, home=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "livechat: There is no file called bad.",
        "livechat: There is no file called worse.",
        "livechat: You may not fetch files.",
    ]


class _Told:
    """Stands for `cli.client.Client`: events, one after the other."""

    def __init__(self, *events: ev.Event) -> None:
        self._events = iter(events)

    def next_event(self) -> ev.Event:
        return next(self._events)


def test_a_hub_that_stays_away_is_told_once_for_each_reason(capsys: pytest.CaptureFixture[str]) -> None:
    away = [ev.ConnectionLost("Nothing answers.", delay) for delay in (0.5, 1.0, 2.0)]
    lost = ev.ConnectionLost("It broke off.", 0.5)
    told = _Told(lost, *away, ev.Online("Dana", "Net"), lost, *away, ev.TransferFinished("t", Path("f"), "0"))

    assert get._follow(cast("Client", told), 1) == 0
    once = [
        f"livechat: {reason} Downloads go on while the ticket lasts."
        for reason in ("It broke off.", "Nothing answers.")
    ]
    assert capsys.readouterr().err.splitlines() == [
        *once,
        "livechat: connected again as Dana.",
        *once,
    ]


def test_lines_of_a_tail_tell_who_and_where() -> None:
    def shown(conversation: str, kind: Kind) -> str:
        return line(ev.MessageReceived(conversation, "Eve", "hi", 0.0, kind=kind))[9:]

    assert shown(ev.LOBBY, Kind.TEXT) == "<Eve> hi"
    assert shown(ev.LOBBY, Kind.ACTION) == "* Eve hi"
    assert shown("Eve", Kind.NOTICE) == "[private] -Eve- hi"
    assert shown("#other", Kind.TEXT) == "[#other] <Eve> hi"


def test_the_progress_line_sums_up_all_downloads() -> None:
    one = Row("a.bin", 512, 1024, 256.0, 2.0)

    assert summary([one]) == "[############------------]  50% 512 B of 1.0 KiB 256 B/s 2 s left a.bin"
    assert summary([one, one]).endswith("50% 1.0 KiB of 2.0 KiB 512 B/s 2 s left 2 files")
    assert "verifying" in summary([Row("a", 1, 1, remark="verifying")])
    assert summary([Row("empty")]).startswith("[------------------------]   0%")
    assert Progress().rows == {}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hello", Say("#lobby", "hello", "L")),
        ("/me waves", Say("#lobby", "waves", "L", Kind.ACTION)),
        ("/me ", Say("#lobby", "/me ", "L")),
        ("/usr/bin/env", Say("#lobby", "/usr/bin/env", "L")),
    ],
)
def test_me_is_an_action_and_any_other_slash_is_text(typed: str, meant: Say) -> None:
    assert intent("", typed, "L") == meant
    assert intent("Eve", typed, "L").conversation == "Eve"
