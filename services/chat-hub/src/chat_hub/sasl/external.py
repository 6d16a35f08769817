"""EXTERNAL: the TLS client certificate says who somebody is (RFC 4422 appendix A). Pure."""

from collections.abc import Callable

from chat_hub.sasl.plain import MALFORMED
from chat_hub.sasl.steps import Accepted, Mechanism, Rejected, Step

UNKNOWN_CERTIFICATE = "SASL authentication failed: no account knows this certificate"
NO_CERTIFICATE = "SASL authentication failed: you are not connected with a TLS client certificate"


def external(
    certfp: str | None, owner: Callable[[str], str | None], same: Callable[[str, str], bool]
) -> Mechanism:
    """The mechanism for a connection with the certificate fingerprint `certfp`.

    `owner` tells the account with a fingerprint, `same` whether two names are one account.
    """

    def step(message: bytes) -> Step:
        """The one message: the identity to act as, mostly empty."""
        try:
            authzid = message.decode()
        except UnicodeDecodeError:
            return Rejected(MALFORMED)
        if certfp is None:
            return Rejected(NO_CERTIFICATE)
        account = owner(certfp)
        if account is None or (authzid and not same(authzid, account)):
            return Rejected(UNKNOWN_CERTIFICATE, account, counts=True)
        return Accepted(account)

    return step
