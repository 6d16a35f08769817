"""SASLprep: one form for passwords that people type in different ways (RFC 4013 over RFC 3454). Pure."""

import unicodedata

from livechat.errors import RemoteProtocolError


class UnfitPasswordError(RemoteProtocolError):
    """The text holds what SASLprep prohibits, or nothing."""


def saslprep(text: str) -> str:
    """`text` prepared; ASCII without controls stays as it is. Raises UnfitPasswordError."""
    if text.isascii():
        if not text or not text.isprintable():
            raise UnfitPasswordError("A password cannot be empty or hold control characters")
        return text
    import stringprep  # noqa: PLC0415  # tables that few passwords need: not at the start

    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char for char in text if not stringprep.in_table_b1(char)
    )
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    prohibited = (
        stringprep.in_table_a1, stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3,
        stringprep.in_table_c4, stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7,
        stringprep.in_table_c8, stringprep.in_table_c9,
    )  # fmt: skip
    if not prepared or any(table(char) for char in prepared for table in prohibited):
        raise UnfitPasswordError("The password holds characters that cannot be used in one")
    if any(map(stringprep.in_table_d1, prepared)):  # RFC 3454 section 6: right-to-left stays by itself
        whole = stringprep.in_table_d1(prepared[0]) and stringprep.in_table_d1(prepared[-1])
        if not whole or any(map(stringprep.in_table_d2, prepared)):
            raise UnfitPasswordError("The password mixes directions of writing in a way that cannot be used")
    return prepared
