"""The ranks in a channel and what each may do: tables only.

A member's rank is an integer of one bit for each prefix mode; the bits are ordered: `rank >= OP` asks whether
somebody is an operator or higher, whatever lower ones they have as well.
"""

VOICE = 1 << 0
HALFOP = 1 << 1
OP = 1 << 2
ADMIN = 1 << 3
FOUNDER = 1 << 4
SERVER_OPERATOR = 1 << 5  # no mode: the rank that operators of the server act with in every channel

# Highest first: letter of the mode, prefix in names, bit, and the rank that it takes to give or take it.
RANKS = (
    ("q", "~", FOUNDER, FOUNDER),
    ("a", "&", ADMIN, FOUNDER),
    ("o", "@", OP, OP),
    ("h", "%", HALFOP, OP),
    ("v", "+", VOICE, HALFOP),
)
LETTERS = "".join(letter for letter, _, _, _ in RANKS)
SIGNS = "".join(sign for _, sign, _, _ in RANKS)
RANK_BITS = {letter: bit for letter, _, bit, _ in RANKS}
GIVEN_BY = {letter: least for letter, _, _, least in RANKS}
SIGN_BITS = {sign: bit for _, sign, bit, _ in RANKS}

PREFIXES = tuple("".join(sign for _, sign, bit, _ in RANKS if rank & bit) for rank in range(FOUNDER * 2))

# The other modes, and the rank that it takes to change each.
LISTS = {"b": HALFOP, "e": HALFOP, "I": HALFOP}
FLAGS = {"C": OP, "M": OP, "R": OP, "i": OP, "m": HALFOP, "n": OP, "s": OP, "t": OP}
KEYS = {"k": OP}  # a parameter for both signs
LIMITS = {"l": OP}  # a parameter to set it only


def highest(rank: int) -> int:
    """The highest bit of `rank`; 0 for none."""
    return 1 << rank.bit_length() - 1 if rank else 0


def may_act_on(actor: int, target: int) -> bool:
    """Whether somebody of rank `actor` may kick or demote somebody of rank `target`.

    Operators and higher act on those who are not above them, halfops on those below them.
    """
    mine, theirs = highest(actor), highest(target)
    return mine >= theirs if mine >= OP else mine > theirs and mine >= HALFOP
