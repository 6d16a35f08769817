"""How many people there are, counted as they come and go so that a welcome costs the same among thousands."""

from chat_hub.session import Session


class Census:
    """Counts over registered sessions; every change of what is counted goes through here."""

    def __init__(self) -> None:
        self.people = 0
        self.operators = 0
        self.invisible = 0
        self.most_people = 0

    def add(self, session: Session) -> None:
        """Count `session`, which is registered from now on."""
        session.registered = True
        self.people += 1
        self.most_people = max(self.most_people, self.people)

    def remove(self, session: Session) -> None:
        """Take `session` out of every count it was in."""
        self.set_operator(session, on=False)
        self.set_invisible(session, on=False)
        self.people -= session.registered

    def set_operator(self, session: Session, *, on: bool) -> None:
        """Make `session` an operator, or no longer one."""
        self.operators += on - session.operator
        session.operator = on

    def set_invisible(self, session: Session, *, on: bool) -> None:
        """Hide `session` from those who share no channel with it, or show it."""
        self.invisible += on - session.invisible
        session.invisible = on
