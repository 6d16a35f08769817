"""The dialog that asks who, where and which port."""

import pytest
from client_gui.model import events as ev
from client_gui.model.intents import LogIn, LogOut
from client_gui.ui.login_dialog import Fault, LoginForm, check

from tests.support.gui import Scene, screenshot, type_text

pytestmark = pytest.mark.gui


def test_first_time_it_offers_localhost_and_the_usual_port(scene: Scene) -> None:
    scene.open()
    assert [scene.login.fields[field].get() for field in ("name", "host", "port")] == ["", "localhost", "6667"]
    assert scene.root.title() == "Social Live Chat"


def test_focus_is_on_the_first_empty_field(scene: Scene) -> None:
    scene.open()
    assert scene.root.focus_get() is scene.login.fields["name"]


def test_typing_a_name_and_enter_logs_in(scene: Scene) -> None:
    scene.open()
    type_text(scene.login.fields["name"], "Dana", enter=True)
    assert scene.posted == [LogIn("Dana", "localhost", 6667)]
    assert scene.remembered == [("Dana", "localhost", 6667)]


@pytest.mark.parametrize(
    ("name", "host", "port", "field"),
    [
        ("", "localhost", "6667", "name"),
        ("two words", "localhost", "6667", "name"),
        ("x" * 33, "localhost", "6667", "name"),
        ("Dana", "", "6667", "host"),
        ("Dana", "no host", "6667", "host"),
        ("Dana", "localhost", "", "port"),
        ("Dana", "localhost", "seven", "port"),
        ("Dana", "localhost", "0", "port"),
        ("Dana", "localhost", "65536", "port"),
        ("Dana", "localhost", "٦٦٦٧", "port"),
    ],
)
def test_one_sentence_says_what_is_wrong(name: str, host: str, port: str, field: str) -> None:
    fault = check(name, host, port)
    assert isinstance(fault, Fault)
    assert fault.field == field
    assert fault.sentence.endswith(".")


@pytest.mark.parametrize(
    ("host", "port", "form"),
    [
        ("192.168.1.20", "6667", LoginForm("Dana", "192.168.1.20", 6667)),
        ("chat.example.org:7000", "6667", LoginForm("Dana", "chat.example.org", 7000)),
        ("[::1]:7000", "", LoginForm("Dana", "::1", 7000)),
        ("::1", "6667", LoginForm("Dana", "::1", 6667)),
    ],
)
def test_a_port_given_with_the_server_counts(host: str, port: str, form: LoginForm) -> None:
    assert check("Dana", host, port) == form


def test_a_fault_is_shown_inline_and_its_field_gets_the_focus(scene: Scene) -> None:
    scene.open()
    scene.login.fields["port"].delete(0, "end")
    type_text(scene.login.fields["name"], "Dana")
    scene.login.submit.invoke()
    assert "port" in scene.login.message["text"]
    assert scene.root.focus_get() is scene.login.fields["port"]
    assert scene.posted == []


def test_while_connecting_it_says_so_and_can_be_cancelled(scene: Scene) -> None:
    scene.open()
    scene.feed(ev.Connecting("localhost:6667", 1))
    assert scene.login.message["text"] == "Connecting to localhost:6667…"
    assert not scene.login.submit.winfo_viewable()
    scene.login.cancel.invoke()
    assert scene.posted == [LogOut()]
    scene.feed(ev.LoggedOut())
    assert scene.login.submit.winfo_viewable()


def test_a_refusal_is_shown_and_the_person_can_try_again(scene: Scene) -> None:
    scene.open()
    type_text(scene.login.fields["name"], "Dana", enter=True)
    scene.feed(
        ev.Connecting("localhost:6667", 1), ev.LoginRefused("The name Dana is taken.", name_refused=True)
    )
    assert scene.login.message["text"] == "The name Dana is taken."
    assert scene.root.focus_get() is scene.login.fields["name"]
    scene.login.submit.invoke()
    assert len(scene.posted) == 2


def test_after_a_refused_server_the_focus_is_on_the_server(scene: Scene) -> None:
    scene.open()
    scene.feed(ev.Connecting("nowhere:6667", 1), ev.LoginRefused("There is no server called nowhere."))
    assert scene.root.focus_get() is scene.login.fields["host"]


def test_no_password_is_asked_for_where_there_is_none(scene: Scene) -> None:
    scene.open()
    assert not scene.login.fields["password"].winfo_viewable()
    scene.feed(
        ev.Connecting("localhost:6667", 1), ev.LoginRefused("The name Dana is taken.", name_refused=True)
    )
    assert not scene.login.fields["password"].winfo_viewable()


def ask_for_password(scene: Scene) -> None:
    """The server has refused Dana for want of its password."""
    scene.open()
    type_text(scene.login.fields["name"], "Dana", enter=True)
    refused = ev.LoginRefused("This server asks for a password.", password_refused=True)
    scene.feed(ev.Connecting("localhost:6667", 1), refused)


def test_a_server_that_asks_for_its_password_gets_a_masked_field_with_the_focus(scene: Scene) -> None:
    ask_for_password(scene)
    field = scene.login.fields["password"]
    assert field.winfo_viewable()
    assert scene.root.focus_get() is field
    assert str(field["show"]) == "•"
    assert scene.login.message["text"] == "This server asks for a password."
    screenshot(scene.root, "login-password")
    type_text(field, "sesame", enter=True)
    assert scene.posted == [LogIn("Dana", "localhost", 6667), LogIn("Dana", "localhost", 6667, "sesame")]
    assert scene.remembered == [("Dana", "localhost", 6667)] * 2


def test_a_password_goes_to_no_other_server(scene: Scene) -> None:
    ask_for_password(scene)
    type_text(scene.login.fields["password"], "sesame")
    scene.login.fields["host"].insert("end", "2")
    scene.login.submit.invoke()
    assert scene.posted[-1] == LogIn("Dana", "localhost2", 6667)
    assert not scene.login.fields["password"].winfo_viewable()


def test_logging_out_leads_back_to_the_dialog(online: Scene) -> None:
    online.main.status.log_out.invoke()
    assert online.posted == [LogOut()]
    online.feed(ev.LoggedOut())
    assert online.login.winfo_viewable()
    assert not online.main.winfo_viewable()
