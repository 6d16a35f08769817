"""The downloads: one card each, newest first, in a list that scrolls."""

import tkinter as tk
from tkinter import ttk

from client_gui.model.state import ClientState
from client_gui.ui import palette, theme
from client_gui.ui.actions import Actions
from client_gui.ui.display import TextShaper
from client_gui.ui.transfer_card import TransferCard

EMPTY = "Downloads appear here.\nChoose a file above and press Download."


class TransfersPanel(ttk.Frame):
    """A heading over the cards; `cards` holds them by transfer id."""

    def __init__(self, parent: tk.Misc, actions: Actions, shaper: TextShaper) -> None:
        super().__init__(parent, style="Side.TFrame")
        self._actions = actions
        self._shaper = shaper
        self.cards: dict[str, TransferCard] = {}
        gap = theme.px(self, palette.GAP)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        heading = ttk.Frame(self, style="Side.TFrame")
        heading.grid(row=0, column=0, sticky="ew", padx=gap, pady=gap)
        heading.columnconfigure(1, weight=1)
        ttk.Label(heading, text="Downloads", style="Heading.Side.TLabel").grid(row=0, column=0)
        self._build_list(gap)

    def _build_list(self, gap: int) -> None:
        holder = tk.Frame(self, background=palette.PALETTE.surface)
        holder.grid(row=1, column=0, sticky="nsew", padx=(0, gap), pady=(0, gap))
        holder.columnconfigure(0, weight=1)
        holder.rowconfigure(0, weight=1)
        self._canvas = tk.Canvas(
            holder, background=palette.PALETTE.surface, borderwidth=0, highlightthickness=0, height=1, width=1
        )
        self._canvas.grid(sticky="nsew")
        theme.attach_scrollbar(holder, self._canvas)
        self._list = ttk.Frame(self._canvas)
        self._list.columnconfigure(0, weight=1)
        window = self._canvas.create_window(0, 0, anchor="nw", window=self._list)
        self._list.bind("<Configure>", lambda _event: self._measure())
        self._canvas.bind("<Configure>", lambda event: self._widen(window, event.width))
        self._empty = ttk.Label(holder, style="Muted.TLabel", justify="center", text=EMPTY)
        for sequence in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
            self._canvas.bind(sequence, self._wheel)
            self._list.bind(sequence, self._wheel)

    def refresh(self, state: ClientState) -> None:
        """Show the transfers of `state`."""
        for gone in [key for key in self.cards if key not in state.transfers]:
            self.cards.pop(gone).destroy()
        for position, (key, transfer) in enumerate(reversed(state.transfers.items())):
            card = self.cards.get(key)
            if card is None:
                card = self.cards[key] = TransferCard(self._list, self._actions, self._shaper)
                for sequence in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
                    card.bind_inside(sequence, self._wheel)
            if card.grid_info().get("row") != position:
                card.grid(row=position, column=0, sticky="ew")
            card.show(transfer)
        if self.cards:
            self._empty.place_forget()
        else:
            self._empty.place(relx=0.5, rely=0.45, anchor="center")

    def _widen(self, window: int, width: int) -> None:
        self._canvas.itemconfigure(window, width=width)
        self._measure()

    def _measure(self) -> None:
        # As tall as the view at least, so that the wheel cannot push a short list out of it.
        height = max(self._list.winfo_reqheight(), self._canvas.winfo_height())
        self._canvas.configure(scrollregion=(0, 0, 0, height))

    def _wheel(self, event: "tk.Event[tk.Misc]") -> None:
        up = event.num == 4 or event.delta > 0
        self._canvas.yview_scroll(-2 if up else 2, "units")
