"""The client's IRC core, and the server's half of the conversation, spoken by a test."""

from client_gui.model.events import LOBBY
from client_gui.model.irc.facts import Fact
from client_gui.model.irc.session import IrcSession

ALL_CAPABILITIES = (
    "message-tags server-time echo-message labeled-response batch away-notify setname multi-prefix "
    "extended-join userhost-in-names standard-replies cap-notify livechat/files"
)


class Talk:
    """A session and the server's half of the conversation, spoken by the test."""

    def __init__(self, name: str = "Dana", password: str = "") -> None:
        self.session = IrcSession(name, password, 0.0)
        self.now = 0.0

    def hear(self, *lines: str) -> list[Fact]:
        """What the session tells after `lines` of the server."""
        self.session.receive("".join(f"{line}\r\n" for line in lines).encode(), self.now, 1000.0)
        return self.facts()

    def facts(self) -> list[Fact]:
        """What it has to tell."""
        found = []
        while (fact := self.session.next_fact()) is not None:
            found.append(fact)
        return found

    def sent(self) -> list[str]:
        """The lines that it has sent."""
        return self.session.data_to_send().decode().splitlines()

    def online(self, caps: str = ALL_CAPABILITIES) -> "Talk":
        """Bring it into the lobby of a server that has the capabilities `caps`."""
        self.sent()
        if caps:
            self.hear(f":irc.test CAP * LS :{caps} sasl=PLAIN", f":irc.test CAP Dana ACK :{caps}")
        self.hear(
            ":irc.test 001 Dana :Welcome", ":irc.test 005 Dana NETWORK=TestNet PREFIX=(ov)@+ :are supported"
        )
        self.hear(
            f":Dana!dana@host JOIN {LOBBY} * :Dana"
            if "extended-join" in caps
            else f":Dana!dana@host JOIN {LOBBY}"
        )
        self.sent()
        return self
