"""Tickets and the key agreement: what is genuine opens, and nothing else does."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livechat.errors import LocalProtocolError, RemoteProtocolError
from livechat.ticket import (
    MAX_TICKET_BYTES,
    ClientAgreement,
    Rights,
    Ticket,
    TicketError,
    TicketExpiredError,
    TicketSealer,
    agree_hub,
    key_id,
)

KEY = bytes(range(32))
SEALER = TicketSealer(KEY, secrets.token_bytes)

tickets = st.builds(
    Ticket,
    ticket_id=st.binary(min_size=8, max_size=8),
    nick=st.text(max_size=32).filter(
        lambda t: len(t.encode(errors="ignore")) == len(t.encode(errors="replace"))
    ),
    rights=st.sampled_from([Rights.NONE, Rights.DOWNLOAD, Rights.DOWNLOAD | Rights.UPLOAD]),
    rate_cap_bytes_s=st.integers(0, 2**64 - 1),
    expires_at=st.integers(1, 2**40),
    session_key=st.binary(min_size=32, max_size=32),
)
A_TICKET = Ticket(b"12345678", "ada", Rights.DOWNLOAD, 0, 1000, bytes(32))


@given(tickets)
def test_a_ticket_opens_to_what_was_sealed(ticket: Ticket) -> None:
    sealed = SEALER.seal(ticket)
    assert len(sealed) <= MAX_TICKET_BYTES
    assert SEALER.open(sealed, ticket.expires_at - 1) == ticket


def test_an_old_ticket_is_refused_and_says_whose_it_was() -> None:
    with pytest.raises(TicketExpiredError) as caught:
        SEALER.open(SEALER.seal(A_TICKET), 1000)
    assert caught.value.ticket == A_TICKET


@given(st.data())
def test_a_changed_or_shortened_ticket_is_refused(data: st.DataObject) -> None:
    sealed = SEALER.seal(A_TICKET)
    at = data.draw(st.integers(0, len(sealed) - 1))
    flipped = bytearray(sealed)
    flipped[at] ^= data.draw(st.integers(1, 255))
    for wrong in (bytes(flipped), sealed[:at], sealed + b"\0"):
        with pytest.raises(TicketError):
            SEALER.open(wrong, 0)


@given(st.binary(max_size=300))
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(TicketError):
        SEALER.open(garbage, 0)


def test_a_ticket_of_another_key_is_refused_even_under_the_same_key_id() -> None:
    same_id = next(k for i in range(10_000) if key_id(k := i.to_bytes(32, "big")) == key_id(KEY) and k != KEY)
    for key in (bytes(32), same_id):
        with pytest.raises(TicketError):
            TicketSealer(key, secrets.token_bytes).open(SEALER.seal(A_TICKET), 0)


def test_a_nick_that_does_not_fit_is_our_own_fault() -> None:
    with pytest.raises(LocalProtocolError):
        SEALER.seal(Ticket(b"12345678", "x" * 129, Rights.NONE, 0, 0, bytes(32)))


def test_both_sides_agree_on_a_key_and_a_listener_does_not() -> None:
    client, other = ClientAgreement(secrets.token_bytes), ClientAgreement(secrets.token_bytes)
    public, key = agree_hub(client.public, secrets.token_bytes)
    assert client.session_key(public) == key
    assert other.session_key(public) != key


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32), (1).to_bytes(32, "little")])
def test_unusable_public_keys_are_refused(public: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        agree_hub(public, secrets.token_bytes)
    with pytest.raises(RemoteProtocolError):
        ClientAgreement(secrets.token_bytes).session_key(public)
