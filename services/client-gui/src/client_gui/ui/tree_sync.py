"""Makes a flat ttk.Treeview show a list of rows by changing only what differs.

The selection, the scroll position and the focus of rows that stay are kept. What the rows say comes from the
caller each time; only the rows as drawn last are remembered here, to see what changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from tkinter import ttk


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `iid` is plain ASCII and stays the same for the same thing; `image` names a Tk image."""

    iid: str
    text: str
    values: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    image: str = ""


def row_id(key: str) -> str:
    """A row's `iid` from any text: Tk gives special meaning to spaces and braces."""
    return "r" + key.encode("utf-8", "replace").hex()


class TreeSync:
    """Keeps one Treeview equal to the rows it was given last."""

    def __init__(self, tree: ttk.Treeview) -> None:
        self._tree = tree
        self._drawn: dict[str, Row] = {}

    def show(self, rows: Sequence[Row]) -> None:
        """Draw `rows` in this order; their ids are unique."""
        wanted = {row.iid: row for row in rows}
        vanished = [iid for iid in self._drawn if iid not in wanted]
        if vanished:
            self._tree.delete(*vanished)
        stayed = [iid for iid in self._drawn if iid in wanted]
        in_order = stayed == [iid for iid in wanted if iid in self._drawn]
        for position, row in enumerate(rows):
            self._put(row, position, move=not in_order)
        self._drawn = wanted

    def _put(self, row: Row, position: int, *, move: bool) -> None:
        drawn = self._drawn.get(row.iid)
        if drawn is None:
            self._tree.insert(
                "", position, iid=row.iid, text=row.text, values=row.values, tags=row.tags, image=row.image
            )
            return
        if drawn != row:
            self._tree.item(row.iid, text=row.text, values=row.values, tags=row.tags, image=row.image)
        if move:
            self._tree.move(row.iid, "", position)
