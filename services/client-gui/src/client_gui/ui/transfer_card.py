"""One download: its name, a bar, what is going on, and the buttons that make sense now."""

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from tkinter import font as tkfont
from tkinter import ttk

from client_gui.model.rate import human_size
from client_gui.model.transfers import Transfer, TransferStatus
from client_gui.ui import formats, palette, theme
from client_gui.ui.actions import Actions
from client_gui.ui.display import Ruler, TextShaper

_S = TransferStatus


@dataclass(frozen=True, slots=True)
class _Look:
    """How a status is shown: the colour of bar and sentence, and the buttons in their order."""

    bar: str
    label: str
    buttons: tuple[str, ...]


_LOOKS = {
    _S.STARTING: _Look(palette.BAR_RUNNING, "Muted.TLabel", ("Cancel",)),
    _S.RUNNING: _Look(palette.BAR_RUNNING, "Muted.TLabel", ("Cancel",)),
    _S.WAITING: _Look(palette.BAR_IDLE, "Muted.TLabel", ("Cancel",)),
    _S.VERIFYING: _Look(palette.BAR_RUNNING, "Muted.TLabel", ("Cancel",)),
    _S.FINISHED: _Look(palette.BAR_DONE, "SuccessSmall.TLabel", ("Open folder", "Remove")),
    _S.FAILED: _Look(palette.BAR_FAILED, "DangerSmall.TLabel", ("Retry", "Remove")),
    _S.CANCELLED: _Look(palette.BAR_IDLE, "Muted.TLabel", ("Resume", "Remove")),
}


def describe(transfer: Transfer, *, short: bool = False) -> str:
    """The line under the bar; `short` leaves the byte counts out of a running one."""
    total = human_size(transfer.total)
    share = f"{formats.percent(transfer.done, transfer.total)} %"
    sentences = {
        _S.STARTING: f"Starting… {total}",
        _S.RUNNING: _running(transfer, share, "" if short else total),
        _S.WAITING: f"{share} · {transfer.reason or 'Waiting…'}",
        _S.VERIFYING: f"Verifying… {total}",
        _S.FINISHED: f"✓ Verified · {total}",
        _S.FAILED: transfer.reason or "The download has failed.",
        _S.CANCELLED: f"Cancelled at {share}" if transfer.done else "Cancelled",
    }
    return sentences[transfer.status]


def _running(transfer: Transfer, share: str, total: str) -> str:
    counted = f"{human_size(transfer.done)} of {total}" if total else ""
    parts = (share, counted, f"{human_size(transfer.rate)}/s", formats.time_left(transfer.eta_s))
    return " · ".join(part for part in parts if part)


def details(transfer: Transfer) -> str:
    """What the tooltip tells of a finished download."""
    if transfer.status is not _S.FINISHED:
        return ""
    return (
        f"{transfer.path}\nSHA-256 {transfer.sha256}\n"
        "Every byte was checked against the server's fingerprint of the file."
    )


class TransferCard(ttk.Frame):
    """Shows the transfer it was given last; `buttons` are those in view, by their text."""

    def __init__(self, parent: tk.Misc, actions: Actions, shaper: TextShaper) -> None:
        gap = theme.px(parent, palette.GAP)
        super().__init__(parent, padding=(gap, gap, gap, 0))
        self._actions = actions
        self._shaper = shaper
        self._transfer: Transfer | None = None
        self._look: _Look | None = None
        self.buttons: dict[str, ttk.Button] = {}
        self.columnconfigure(0, weight=1)
        self._ruler = Ruler(tkfont.nametofont(palette.BODY, self))
        self._small = Ruler(tkfont.nametofont(palette.SMALL, self))
        self._room = 80
        """Pixels for the line under the bar."""
        self.name = ttk.Label(self, style="TLabel", width=1)
        self.name.grid(row=0, column=0, columnspan=2, sticky="ew")
        self._holder = ttk.Frame(self)
        self._holder.grid(row=2, column=1, sticky="ne")
        self.bar = ttk.Progressbar(self, maximum=1000)
        self.bar.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(gap // 2, gap // 2))
        self.status = ttk.Label(self, style="Muted.TLabel", justify="left")
        self.status.grid(row=2, column=0, sticky="ew", pady=theme.px(parent, 2))
        ttk.Frame(self, style="Line.TFrame", height=1).grid(
            row=3, column=0, columnspan=2, sticky="ew", pady=(gap, 0)
        )
        self._tip = theme.tooltip(self.status)
        self.bind("<Configure>", lambda _event: self._fit())
        self._holder.bind("<Configure>", lambda _event: self._fit())
        self.name.bind("<Configure>", lambda _event: self._show_name())

    def show(self, transfer: Transfer) -> None:
        """Bring the card up to `transfer`."""
        if transfer is self._transfer:
            return
        look = _LOOKS[transfer.status]
        renamed = self._transfer is None or self._transfer.path != transfer.path
        self._transfer = transfer
        if look != self._look:
            self._look = look
            self.bar.configure(style=look.bar)
            self.status.configure(style=look.label)
            self._show_buttons(look.buttons)
        self.bar.configure(value=transfer.fraction * 1000)
        self._show_status()
        self._tip(details(transfer))
        if renamed:
            self._show_name()

    def bind_inside(self, sequence: str, action: "Callable[[tk.Event[tk.Misc]], None]") -> None:
        """Bind the card and what lies on it."""
        for widget in (self, self.name, self.bar, self.status):
            widget.bind(sequence, action, add="+")

    def _show_buttons(self, wanted: tuple[str, ...]) -> None:
        for button in self.buttons.values():
            button.destroy()
        self.buttons = {}
        for text in wanted:
            button = ttk.Button(
                self._holder, text=text, style="Link.TButton", command=partial(self._press, text)
            )
            button.pack(side="left")
            self.buttons[text] = button

    def _press(self, text: str) -> None:
        if self._transfer is None:
            return
        key = self._transfer.transfer_id
        if text == "Cancel":
            self._actions.cancel_download(key)
        elif text in {"Retry", "Resume"}:
            self._actions.retry_download(key)
        elif text == "Remove":
            self._actions.forget_download(key)
        elif self._transfer.path is not None:
            self._actions.open_folder(self._transfer.path)

    def _show_status(self) -> None:
        if self._transfer is None:
            return
        text = self._shaper.clean(describe(self._transfer))
        if self._small.width(text) > self._room:
            text = self._shaper.clean(describe(self._transfer, short=True))
        self.status.configure(text=text)

    def _show_name(self) -> None:
        if self._transfer is None:
            return
        path = self._transfer.path
        name = path.name if path is not None else self._transfer.entry.name.rpartition("/")[2]
        width = max(self.name.winfo_width() - theme.px(self, 4), theme.px(self, 60))
        self.name.configure(text=self._ruler.elide(self._shaper.label(name), width))

    def _fit(self) -> None:
        width = self.winfo_width()
        self._room = max(width - 2 * theme.px(self, palette.GAP) - self._holder.winfo_reqwidth(), 80)
        self.status.configure(wraplength=self._room)
        self._show_status()
