"""The root of every error that this product raises on purpose.

A fault of the peer and a fault of our own are different types: the first is answered and logged, the second
is a bug and stays loud.
"""


class LiveChatError(Exception):
    """Root of all errors raised on purpose; `str()` of it is one sentence for a person."""


class ProtocolError(LiveChatError):
    """A rule of a protocol was broken."""


class RemoteProtocolError(ProtocolError):
    """The peer sent something that the protocol does not allow."""


class LocalProtocolError(ProtocolError):
    """Our own code asked for something that the protocol does not allow: a bug of the caller."""


class SettingsError(LiveChatError):
    """One or more settings cannot be used.

    `faults` has one sentence for each, in the order in which they were found.
    """

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
