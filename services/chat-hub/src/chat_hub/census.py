"""How many people there are, counted as they come and go so that a welcome costs the same among thousands.

Several sessions of one person count once; a connection that has not registered counts nowhere.
"""

from chat_hub.session import Session


class Census:
    """Counts over registered sessions; every change of what is counted goes through here."""

    def __init__(self) -> None:
        self.people = 0
        self.operators = 0
        self.invisible = 0
        self.most_people = 0

    def add(self, session: Session) -> None:
        """Count the person of `session`, which is registered from now on."""
        session.registered = True
        self.people += 1
        self.most_people = max(self.most_people, self.people)

    def remove(self, session: Session) -> None:
        """Take the person of `session`, its last one, out of every count."""
        self.set_operator(session, on=False)
        self.set_invisible(session, on=False)
        self.people -= session.registered

    def set_operator(self, session: Session, *, on: bool) -> None:
        """Make the person of `session` an operator, or no longer one."""
        self.operators += on - session.person.operator
        session.person.operator = on

    def set_invisible(self, session: Session, *, on: bool) -> None:
        """Hide the person of `session` from those who share no channel with it, or show it."""
        self.invisible += on - session.person.invisible
        session.person.invisible = on
