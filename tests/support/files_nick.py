"""What people get from the nick `files` in the chat: a list, and links."""

import re

from tests.support.irc_client import IrcClient
from tests.support.wait import until

_ID = r"[0-9a-hjkmnp-tv-z]{13}"
_LISTED_S = 30.0


def answer(client: IrcClient, question: str) -> str:
    """All lines that the nick `files` answers."""
    client.say("files", question)
    first = client.expect("NOTICE", lambda line: line.nick == "files").text
    rest = [line.text for line in client.sync() if line.command == "NOTICE" and line.nick == "files"]
    return "\n".join([first, *rest])


def link_to(client: IrcClient, name: str) -> str:
    """The link to the file `name`, as soon as it is offered."""
    in_list = re.compile(rf"^.*\b({_ID})\b.*{re.escape(name)}.*$", re.MULTILINE)
    row = until(lambda: in_list.search(answer(client, "list")), within_s=_LISTED_S, what=f"{name} is listed")
    said = answer(client, f"get {row[1]}")
    link = re.search(r"livechat://\S+", said)
    assert link is not None, said
    return link[0]


def without_other_addresses(link: str) -> str:
    """The same link, leading to its first address only."""
    return re.sub(r"&a=[^&]*", "", link)
