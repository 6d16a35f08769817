"""The letters and parameters of MODE, read into changes and written back; pure (Modern IRC, "MODE message").

Which letters take a parameter is ISUPPORT CHANMODES and PREFIX: the tables of `ranks`. What a change does
and who may do it is decided elsewhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chat_hub import limits, ranks

KNOWN = frozenset([*ranks.LISTS, *ranks.KEYS, *ranks.LIMITS, *ranks.FLAGS, *ranks.RANK_BITS])
_PARAMETER_ALWAYS = frozenset([*ranks.LISTS, *ranks.KEYS, *ranks.RANK_BITS])
_PARAMETER_TO_SET = frozenset(ranks.LIMITS)


@dataclass(frozen=True, slots=True)
class Change:
    """One letter: set (`on`) or not, with its parameter; None where it has none or none was given."""

    on: bool
    letter: str
    param: str | None = None

    @property
    def lacks_parameter(self) -> bool:
        """Whether a parameter is needed and was not given; a list without one is a question."""
        return self.param is None and takes_parameter(self.letter, on=self.on)


def takes_parameter(letter: str, *, on: bool) -> bool:
    """Whether `letter` has a parameter with this sign."""
    return letter in _PARAMETER_ALWAYS or (on and letter in _PARAMETER_TO_SET)


def parse(letters: str, params: Sequence[str]) -> list[Change]:
    """The changes in `letters`, each with the parameter that belongs to it.

    At most `MODE_LETTERS_PER_COMMAND` letters are read and at most `MODES_PER_COMMAND` of them take a parameter
    (ISUPPORT MODES); further ones that want a parameter are left out with theirs.
    """
    changes: list[Change] = []
    rest, on, used = iter(params), True, 0
    for letter in letters[: limits.MODE_LETTERS_PER_COMMAND]:
        if letter in "+-":
            on = letter == "+"
        elif not takes_parameter(letter, on=on):
            changes.append(Change(on, letter))
        else:
            param = next(rest, None)
            used += param is not None
            if used <= limits.MODES_PER_COMMAND:
                changes.append(Change(on, letter, param or None))
    return changes


def write(changes: Iterable[Change], room_bytes: int) -> Iterator[list[str]]:
    """`changes` as MODE tells them, letters with signs, then parameters; lines of at most `room_bytes`."""
    letters, params, sign, size = "", list[str](), "", 0
    for change in changes:
        mark = "+" if change.on else "-"
        new = change.letter if mark == sign else mark + change.letter
        cost = len(new) + (len(change.param.encode()) + 1 if change.param is not None else 0)
        if letters and size + cost > room_bytes:
            yield [letters, *params]
            letters, params, size = "", [], 0
            new = mark + change.letter
            cost += len(new) - 1
        letters, sign, size = letters + new, mark, size + cost
        if change.param is not None:
            params.append(change.param)
    if letters:
        yield [letters, *params]
