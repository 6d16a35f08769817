"""Logging in as an IRC client does: SASL messages of a client, and accounts that are there already."""

import base64
import hashlib
import hmac

from livechat.irc.message import Message

from tests.support.hub_harness import Client, HubHarness

PASSWORD = "correct horse"
ACCOUNT_CAPS = (
    "sasl account-notify account-tag extended-join echo-message message-tags batch labeled-response"
    " standard-replies away-notify draft/account-registration"
)


def codes(messages: list[Message]) -> list[str]:
    """Their commands and numerics."""
    return [message.command for message in messages]


def offered(client: Client, line: str) -> list[str]:
    """The capabilities with their values, from as many lines as there are."""
    return " ".join(message.params[-1] for message in client.ask(line)).split()


def fail_code(messages: list[Message]) -> str:
    """The code of the only line, which is a FAIL."""
    assert [message.command for message in messages] == ["FAIL"], messages
    return messages[0].params[1]


def sasl_client(hub: HubHarness, address: str = "192.0.2.1") -> Client:
    """A connection that has negotiated sasl and nothing else that shows."""
    client = hub.connect(address)
    client.ask("CAP REQ :sasl standard-replies")
    return client


def register(hub: HubHarness, name: str, password: str = PASSWORD) -> None:
    """Make the account `name`; nobody stays connected."""
    client = hub.client(name)
    answer = client.ask(f"REGISTER * * :{password}")
    assert answer[0].params[:2] == ("SUCCESS", name), answer
    client.send("QUIT")


def plain_message(name: str, password: str) -> str:
    """The one message of PLAIN, as a parameter of AUTHENTICATE."""
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


def log_in_plain(client: Client, name: str, password: str = PASSWORD) -> list[Message]:
    """Log in with PLAIN; what the server says to the password."""
    client.ask("AUTHENTICATE PLAIN")
    return client.ask(f"AUTHENTICATE {plain_message(name, password)}")


def log_in_scram(client: Client, name: str, password: str = PASSWORD) -> list[Message]:
    """Log in with SCRAM-SHA-256; every line that the server says, the server's signature checked."""
    bare = f"n={name},r=clientnonce"
    got = client.ask("AUTHENTICATE SCRAM-SHA-256", f"AUTHENTICATE {_b64('n,,' + bare)}")
    server_first = base64.b64decode(got[-1].params[0]).decode()
    words = dict(word.split("=", 1) for word in server_first.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(words["s"]), int(words["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    without_proof = f"c=biws,r={words['r']}"
    auth = f"{bare},{server_first},{without_proof}".encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), auth, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    final = f"{without_proof},p={base64.b64encode(proof).decode()}"
    got = client.ask(f"AUTHENTICATE {_b64(final)}")
    if got[-1].command == "AUTHENTICATE":
        expected = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), auth, "sha256")
        assert base64.b64decode(got[-1].params[0]) == b"v=" + base64.b64encode(expected)
        got += client.ask("AUTHENTICATE +")
    return got


def member(
    hub: HubHarness, name: str, *, caps: str = ACCOUNT_CAPS, join: str = "", password: str = PASSWORD
) -> Client:
    """A registered client that is logged in to `name` and uses it as its nick; what it got is left out."""
    client = hub.connect()
    client.send(f"CAP REQ :{caps}", f"NICK {name}", f"USER {name[:8]} 0 * :{name}")
    log_in_plain(client, name, password)
    client.send("CAP END")
    assert client.session.registered, client.read()
    if join:
        client.send(f"JOIN {join}")
    client.read()
    return client


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
