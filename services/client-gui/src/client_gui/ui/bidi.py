"""Right-to-left text for windowing systems that draw characters in the order they are given (X11).

Implements the implicit part of the Unicode Bidirectional Algorithm (UAX #9, rules P2 to P3, W1 to W7, N1 to N2,
I1 to I2, L1 to L4) and the joining of Arabic letters through their presentation forms. Explicit embeddings and
isolates are not supported: `emoji_guard.clean` has taken them out before. Bracket pairing (N0) is left out; a
bracket takes the direction of what stands around it. Pure functions over strings.
"""

import unicodedata
from functools import cache

_STRONG_RTL = {"R", "AL"}
_NEUTRAL = {"B", "S", "WS", "ON", "BN"}
_MIRROR = str.maketrans("()[]{}<>«»‹›≤≥", ")(][}{><»«›‹≥≤")


def has_rtl(text: str) -> bool:
    """Whether any character needs this module at all."""
    return not text.isascii() and any(unicodedata.bidirectional(char) in _STRONG_RTL for char in text)


def is_rtl(text: str) -> bool:
    """Whether the paragraph reads right to left: its first strong character does (P2, P3)."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind == "L":
            return False
        if kind in _STRONG_RTL:
            return True
    return False


def visual(text: str, *, rtl: bool | None = None) -> str:
    """One line in the order in which it is to be drawn from left to right.

    `rtl` is the direction of the paragraph that the line belongs to, its own when None. Wrap before calling:
    a line that is broken afterwards shows its end first.
    """
    if not rtl and not has_rtl(text):
        return text
    base = int(is_rtl(text) if rtl is None else rtl)
    shaped = shape_arabic(text)
    levels = _levels(shaped, base)
    return _reorder(shaped, levels)


def _levels(text: str, base: int) -> list[int]:
    kinds = [unicodedata.bidirectional(char) or "L" for char in text]
    edge = "R" if base else "L"
    _resolve_weak(kinds, edge)
    _resolve_neutral(kinds, edge)
    levels = [_level(kind, base) for kind in kinds]
    # L1: white space at the end of the line takes the level of the paragraph.
    for index in range(len(text) - 1, -1, -1):
        if unicodedata.bidirectional(text[index]) not in {"WS", "S", "B", "BN"}:
            break
        levels[index] = base
    return levels


def _level(kind: str, base: int) -> int:
    """I1 and I2."""
    if base:
        return 1 if kind == "R" else 2
    return {"R": 1, "AN": 2, "EN": 2}.get(kind, 0)


def _resolve_weak(kinds: list[str], edge: str) -> None:
    """W1 to W7, in place."""
    previous = strong = edge
    for index, kind in enumerate(kinds):
        if kind == "NSM":  # W1
            kind = previous
        elif kind == "EN" and strong == "AL":  # W2
            kind = "AN"
        if kind in {"L", "R", "AL"}:
            strong = kind
        kinds[index] = previous = kind
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for index in range(1, len(kinds) - 1):  # W4
        before, after = kinds[index - 1], kinds[index + 1]
        if before == after and (
            (kinds[index] == "ES" and before == "EN") or (kinds[index] == "CS" and before in {"EN", "AN"})
        ):
            kinds[index] = before
    _resolve_terminators(kinds)
    strong = edge
    for index, kind in enumerate(kinds):  # W7
        if kind in {"L", "R"}:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[index] = "L"


def _resolve_terminators(kinds: list[str]) -> None:
    """W5: signs beside a number belong to it. W6: other separators are neutral."""
    for start, end in _runs(kinds, {"ET"}):
        if (start and kinds[start - 1] == "EN") or (end < len(kinds) and kinds[end] == "EN"):
            kinds[start:end] = ["EN"] * (end - start)
    for index, kind in enumerate(kinds):
        if kind in {"ES", "ET", "CS"}:
            kinds[index] = "ON"


def _resolve_neutral(kinds: list[str], edge: str) -> None:
    """N1 and N2, in place: between two of one direction that direction, else the paragraph's."""
    for start, end in _runs(kinds, _NEUTRAL):
        before = _side(kinds[start - 1]) if start else edge
        after = _side(kinds[end]) if end < len(kinds) else edge
        kinds[start:end] = [before if before == after else edge] * (end - start)


def _side(kind: str) -> str:
    return "L" if kind == "L" else "R"


def _runs(kinds: list[str], wanted: set[str]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for index, kind in enumerate(kinds):
        if kind not in wanted:
            continue
        if runs and runs[-1][1] == index:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs


def _reorder(text: str, levels: list[int]) -> str:
    """L2 to L4: reverse runs from the highest level down, keep marks behind their letter, mirror brackets."""
    cells = [
        (char.translate(_MIRROR) if level % 2 else char, level)
        for char, level in zip(text, levels, strict=True)
    ]
    for level in range(max(levels), 0, -1):
        start = 0
        while start < len(cells):
            if cells[start][1] < level:
                start += 1
                continue
            end = start
            while end < len(cells) and cells[end][1] >= level:
                end += 1
            cells[start:end] = cells[start:end][::-1]
            start = end
    return _marks_behind("".join(char for char, _ in cells))


def _marks_behind(line: str) -> str:
    """After reversing, the marks of right-to-left letters stand before them; drawing wants them behind."""
    out: list[str] = []
    waiting: list[str] = []
    for char in line:
        if unicodedata.bidirectional(char) == "NSM" and (not out or waiting or _side_of(out[-1]) == "R"):
            waiting.append(char)
            continue
        out.append(char)
        out.extend(reversed(waiting))
        waiting.clear()
    return "".join(out + waiting)


def _side_of(char: str) -> str:
    return "R" if unicodedata.bidirectional(char) in {*_STRONG_RTL, "WS"} else "L"


# --- Arabic joining ---------------------------------------------------------------------------------------


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Letter (or lam-alef pair) → form name → presentation form, from the character database itself."""
    forms: dict[str, dict[str, str]] = {}
    for point in range(0xFB50, 0xFEFD):
        decomposition = unicodedata.decomposition(chr(point)).split()
        if len(decomposition) < 2 or decomposition[0] not in {"<isolated>", "<initial>", "<medial>", "<final>"}:
            continue
        letters = "".join(chr(int(code, 16)) for code in decomposition[1:])
        if len(letters) == 1 or (len(letters) == 2 and letters[0] == "ل" and letters[1] in "اأإآ"):
            forms.setdefault(letters, {}).setdefault(decomposition[0].strip("<>"), chr(point))
    return forms


def shape_arabic(text: str) -> str:
    """Replace Arabic letters by the form that joins them to their neighbours; other text stays as it is."""
    if not any("؀" <= char <= "ۿ" for char in text):
        return text
    units = _units(text)
    out: list[str] = []
    for index, unit in enumerate(units):
        forms = _forms().get(unit)
        if forms is None:
            out.append(unit)
            continue
        before = "initial" in _forms().get(_neighbour(units, index, -1), {}) and "final" in forms
        after = "initial" in forms and "final" in _forms().get(_neighbour(units, index, 1), {})
        wanted = ("medial" if after else "final") if before else ("initial" if after else "isolated")
        out.append(forms.get(wanted, unit))
    return "".join(out)


def _units(text: str) -> list[str]:
    """Characters, with lam and alef taken together where a ligature exists."""
    units: list[str] = []
    for char in text:
        if units and units[-1] + char in _forms():
            units[-1] += char
        else:
            units.append(char)
    return units


def _neighbour(units: list[str], index: int, step: int) -> str:
    """The next unit in that direction that is not a mark (marks do not break the joining)."""
    index += step
    while 0 <= index < len(units) and unicodedata.bidirectional(units[index][0]) == "NSM":
        index += step
    return units[index] if 0 <= index < len(units) else ""
