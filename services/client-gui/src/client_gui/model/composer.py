"""What a person has typed to an intent: `/me waves` is an action, `/msg Dana hello` is for Dana alone.

Any other text is said as it stands, also where it starts with a slash: paths do.
"""

from client_gui.model.events import Kind
from client_gui.model.intents import Say


def compose(conversation: str, text: str, label: str) -> Say:
    """The intent for `text`, typed in `conversation`."""
    command, _, rest = text.partition(" ")
    rest = rest.strip()
    match command.lower():
        case "/me" if rest:
            return Say(conversation, rest, label, Kind.ACTION)
        case "/msg" | "/query":
            target, _, said = rest.partition(" ")
            if target and said.strip():
                return Say(target, said.strip(), label)
    return Say(conversation, text, label)
