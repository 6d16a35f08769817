"""EXTERNAL over a real TLS connection: the certificate of the client is the login."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificates import issued_by_an_authority
from tests.support.hub_process import Process, free_port
from tests.support.login import PASSWORD


@pytest.fixture
def hub_with_tls(tmp_path: Path) -> Iterator[tuple[Process, int]]:
    tls_port = free_port()
    process = Process(tmp_path, LIVECHAT_HUB_TLS_PORT=str(tls_port))
    process.until_logged("certificate loaded")
    yield process, tls_port
    assert process.end() == 0


def with_certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A client that trusts any server and shows a certificate of its own."""
    chain, key = folder / f"{name}.pem", folder / f"{name}.key"
    issued_by_an_authority(chain, key)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(chain, key)
    return context


def test_the_certificate_that_an_account_was_made_with_logs_in(
    hub_with_tls: tuple[Process, int], tmp_path: Path
) -> None:
    hub, port = hub_with_tls
    own = with_certificate(tmp_path, "own")
    ann = hub.connect(port=port, context=own)
    ann.send("NICK ann", "USER ann 0 * :Ann", f"REGISTER * * :{PASSWORD}")
    ann.until("REGISTER SUCCESS ann")
    ann.send("QUIT")
    again = hub.connect(port=port, context=own)
    again.send("CAP LS 302")
    assert "sasl=EXTERNAL,PLAIN,SCRAM-SHA-256" in again.until("sasl")
    again.send(
        "CAP REQ :sasl", "NICK ann", "USER ann 0 * :Ann", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +", "CAP END"
    )
    again.until(" 900 .* ann ")
    again.until(" 001 ann ")
    thief = hub.connect(port=port, context=with_certificate(tmp_path, "other"))
    thief.send("CAP REQ :sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    assert "no account knows this certificate" in thief.until(" 904 ")
