"""Makes docs/protocol/transfer-vectors.json from fixed inputs, straight from the document.

Nothing of `livechat` is used here, on purpose: this is the second implementation, which checks the first.
Run `python -m tests.support.transfer_vectors` from the repository to write the file anew.
"""

import base64
import hashlib
import hmac
import json
import struct
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV

VECTORS = Path(__file__).parents[2] / "docs" / "protocol" / "transfer-vectors.json"


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, for at most 32 bytes."""
    extracted = hmac.new(salt or bytes(32), key, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()[:length]


def nonce(number: int) -> bytes:
    return bytes(4) + number.to_bytes(8, "big")


def make() -> dict[str, object]:
    """Every vector, as hexadecimal text or numbers."""
    out: dict[str, object] = {"comment": "Inputs are fixed; see docs/protocol/transfer.md for the layouts."}
    master = bytes(range(32))
    out["master_key"] = master.hex()
    key_id = hkdf(master, b"", b"livechat key id v1", 1)
    out["key_id"] = key_id.hex()

    # Section 3: session key
    client_private, hub_private = bytes(range(64, 96)), bytes(range(96, 128))
    client_key = X25519PrivateKey.from_private_bytes(client_private)
    hub_public = X25519PrivateKey.from_private_bytes(hub_private).public_key().public_bytes_raw()
    client_public = client_key.public_key().public_bytes_raw()
    shared = client_key.exchange(X25519PublicKey.from_public_bytes(hub_public))
    session = hkdf(shared, client_public + hub_public, b"livechat session v1", 32)
    out["agreement"] = {
        "client_private": client_private.hex(), "client_public": client_public.hex(),
        "hub_private": hub_private.hex(), "hub_public": hub_public.hex(), "session_key": session.hex(),
    }  # fmt: skip

    # Section 3: ticket
    ticket_id, nick, rights, cap, expires = b"ticketid", "Zoë", 1, 5_000_000, 1_700_000_600
    ticket_plain = ticket_id + struct.pack("!HQQ", rights, cap, expires) + session
    ticket_plain += struct.pack("!B", len(nick.encode())) + nick.encode()
    ticket_nonce = bytes(range(12))
    ticket_key = hkdf(master, b"", b"livechat ticket v1", 32)
    ticket = key_id + ticket_nonce + AESGCMSIV(ticket_key).encrypt(ticket_nonce, ticket_plain, key_id)
    out["ticket"] = {
        "ticket_id": ticket_id.hex(), "nick": nick, "rights": rights, "rate_cap_bytes_s": cap,
        "expires_at": expires, "nonce": ticket_nonce.hex(), "sealed": ticket.hex(),
    }  # fmt: skip

    # Section 4.2: keys
    client_nonce, epoch = bytes(range(160, 176)), bytes(range(200, 208))
    hello_key = hkdf(session, client_nonce, b"livechat transfer v1 hello", 16)
    up_key = hkdf(session, client_nonce + epoch, b"livechat transfer v1 client to server", 16)
    down_key = hkdf(session, client_nonce + epoch, b"livechat transfer v1 server to client", 16)
    out["keys"] = {
        "client_nonce": client_nonce.hex(), "epoch": epoch.hex(), "hello": hello_key.hex(),
        "client_to_server": up_key.hex(), "server_to_client": down_key.hex(),
    }  # fmt: skip

    # Section 8: manifest
    content = bytes(i * 7 % 256 for i in range(3000)) * 500  # 1,500,000 bytes: two pieces
    name = "bücher/a.bin"
    manifest = struct.pack("!4sIQ", b"LCM1", 1 << 20, len(content)) + hashlib.sha256(content).digest()
    manifest += struct.pack("!H", len(name.encode())) + name.encode()
    manifest += hashlib.sha256(content[: 1 << 20]).digest() + hashlib.sha256(content[1 << 20 :]).digest()
    root = hashlib.sha256(manifest).digest()
    file_id = b"\x01\x02\x03\x04\x05\x06\x07\x08"
    out["manifest"] = {
        "content": "byte i of the first 3000 is 7*i mod 256; all of it 500 times", "name": name,
        "encoded": manifest.hex(), "root": root.hex(),
    }  # fmt: skip

    # Section 5.1: HELLO, asking for the manifest
    request = 0x0102030405060708
    hello_head = struct.pack("!BBHQ", 1, 1, len(ticket), request) + client_nonce + ticket
    question = struct.pack("!BBHII", 2, 1, 1160, 1144, 0) + file_id + root[:8] + struct.pack("!QI", 0, 1144)
    question = question.ljust(1200 - len(hello_head) - 16, b"\0")
    hello = hello_head + AESGCM(hello_key).encrypt(nonce(0), question, hello_head)
    out["hello"] = {"request": request, "datagram": hello.hex()}

    # Section 4.3: path token, for 192.0.2.7 port 40000
    address = bytes(10) + b"\xff\xff" + bytes((192, 0, 2, 7)) + struct.pack("!H", 40000)
    token_plain = ticket_id + session + client_nonce + epoch + address
    token_plain += struct.pack("!dQHQ", 1_700_000_000.5, expires, rights, cap)
    token_nonce = bytes(range(20, 32))
    token_key = hkdf(master, b"", b"livechat path token v1", 32)
    token = key_id + token_nonce + AESGCMSIV(token_key).encrypt(token_nonce, token_plain, key_id)
    out["path_token"] = {
        "address": "192.0.2.7", "port": 40000, "hello_at": 1_700_000_000.5, "nonce": token_nonce.hex(),
        "sealed": token.hex(),
    }  # fmt: skip

    # Section 5.2: PATH, BUSY, GONE, ERROR
    def answer(kind: int, counter: int, body: bytes) -> str:
        head = struct.pack("!BBQ", kind, 0, request) + client_nonce + epoch + struct.pack("!Q", counter)
        return (head + AESGCM(down_key).encrypt(nonce(counter), body, head)).hex()

    path_body = struct.pack("!HIIHQB", 60, 599, 65536, 1200, cap, len(token)) + token
    out["answers"] = {
        "path": answer(2, 1, path_body),
        "busy": answer(6, 2, struct.pack("!IQ", 250, 1_000_000)),
        "gone": answer(7, 3, file_id + root[:8]),
        "error_expired": answer(8, 4, b"\x01"),
    }

    # Section 5.3: GET for two ranges, and REPAIR of slices 0 and 2
    def ask(kind: int, number: int, plain: bytes) -> str:
        head = struct.pack("!BBQ", kind, len(token), number) + token
        plain = plain.ljust(320 - len(head) - 16, b"\0")
        return (head + AESGCM(up_key).encrypt(nonce(number), plain, head)).hex()

    get_plain = struct.pack("!BBHII", 1, 2, 1160, 3464, 1500) + file_id + root[:8]
    get_plain += struct.pack("!QIQI", 0, 3464, 100_000, 1144)
    seal_counter = 0x1122
    repair_plain = struct.pack("!BBHII", 1, 0, 1160, 3464, 1600) + file_id + root[:8]
    repair_plain += struct.pack("!Q", 0) + epoch + struct.pack("!QQ", seal_counter, 0b101)
    out["get"] = {"request": request + 1, "datagram": ask(3, request + 1, get_plain)}
    out["repair"] = {"request": request + 2, "datagram": ask(5, request + 2, repair_plain)}

    # Sections 4.4 and 5.4: the chunk at 0 as DATA, 3,464 bytes in three slices
    aad = struct.pack("!BB", 4, 1) + file_id + root[:8] + struct.pack("!QI", 0, 3464)
    sealed = AESGCM(down_key).encrypt(nonce(seal_counter), content[:3464], aad)
    data = []
    for i in range(3):
        head = struct.pack("!BBBBIQQ", 4, i, 3, 0, 0, request + 1, 0) + epoch + struct.pack("!Q", seal_counter)
        data.append((head + sealed[i * 1160 : (i + 1) * 1160]).hex())
    out["data"] = {"counter": seal_counter, "associated_data": aad.hex(), "datagrams": data}

    # Section 5.5: RESET for the GET
    get_end = bytes.fromhex(ask(3, request + 1, get_plain))[-16:]
    out["reset"] = (struct.pack("!BBQ", 9, 1, request + 1) + get_end).hex()

    # Section 9: link
    def b64(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    out["link"] = (
        f"livechat://192.0.2.1:6969/0410610410410?r={b64(root)}&t={b64(ticket)}&k={b64(session)}"
        "&a=files.example:6969,[2001:db8::1]:7000"
    )
    return out


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(make(), indent=1, ensure_ascii=False) + "\n")
