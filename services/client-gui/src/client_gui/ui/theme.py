"""The styled window, and helpers that depend on ttkbootstrap: the one module that knows it.

Everything else in `ui` uses plain tkinter and ttk with the names from `palette` and `styles`, so the look can
change in one place. No state is kept here.
"""

import sys
import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import font as tkfont
from tkinter import ttk
from typing import Any

import ttkbootstrap
from livechat.errors import LiveChatError
from ttkbootstrap.utils import scale_size

from client_gui.ui.palette import BODY, BOLD, HEADING, PALETTE, SMALL, TITLE_FONT
from client_gui.ui.styles import define_styles

TITLE = "Social Live Chat"

# Looked for in this order on X11, where Tk's own default is often a bitmap-era face. Only names are compared: a
# family is never measured before it is chosen, because measuring a colour emoji family can end the process.
_X11_FAMILIES = ("Inter", "Cantarell", "Ubuntu", "Noto Sans", "Open Sans", "Liberation Sans", "DejaVu Sans")


class DisplayError(LiveChatError):
    """No window can be opened here; the text says what is missing."""


def create_root() -> tk.Tk:
    """Open the application's window, styled but empty. Raises DisplayError where there is no display."""
    theme = ttkbootstrap.Theme(
        name="livechat",
        primary=PALETTE.accent,
        success=PALETTE.success,
        info="#006c75",
        warning="#d98e04",
        danger=PALETTE.danger,
        neutral="#9aa5b4",
        light={"background": PALETTE.surface, "foreground": PALETTE.text},
    )
    theme.register()  # type: ignore[no-untyped-call]  # the package leaves it untyped
    try:
        # high_dpi asks Windows for real pixels, which only counts before the first window exists.
        root: tk.Tk = ttkbootstrap.App(title=TITLE, theme="livechat-light", iconphoto=None, high_dpi=True)
    except tk.TclError as error:
        raise DisplayError(_no_display(str(error))) from error
    root.withdraw()
    root.configure(background=PALETTE.surface)
    _define_fonts(root)
    define_styles(root, partial(px, root))
    root.iconphoto(True, _icon(root))
    return root


def px(widget: tk.Misc, logical: float) -> int:
    """`logical` pixels at 96 dpi as pixels of this screen."""
    return int(scale_size(widget, logical))  # type: ignore[no-untyped-call]  # the package leaves it untyped


def accent(button: ttk.Button, look: str = "primary") -> ttk.Button:
    """Give a button one of the looks of the theme: `primary`, `secondary-outline`."""
    style = ttkbootstrap.apply_bootstyle(button, look)
    # The theme's own disabled look is too faint to read.
    ttk.Style(button).map(
        style,
        background=[("disabled", PALETTE.hover), *_states(button, style, "background")],
        bordercolor=[("disabled", PALETTE.hover), *_states(button, style, "bordercolor")],
        lightcolor=[("disabled", PALETTE.hover), *_states(button, style, "lightcolor")],
        darkcolor=[("disabled", PALETTE.hover), *_states(button, style, "darkcolor")],
        foreground=[("disabled", PALETTE.faint), *_states(button, style, "foreground")],
    )
    return button


def _states(widget: tk.Misc, style: str, option: str) -> list[Any]:
    """The state map as it stands, without its first word on being disabled."""
    known = ttk.Style(widget).map(style, option)
    return [tuple(entry) for entry in known if entry[0] != "disabled"]


def _no_display(reason: str) -> str:
    if not sys.platform.startswith(("win", "darwin")):
        return f"No display to open a window on ({reason}). Start it in a desktop session, or set DISPLAY."
    return f"The window cannot be opened: {reason}."


def _define_fonts(root: tk.Tk) -> None:
    default = tkfont.nametofont("TkDefaultFont", root)
    family, size = str(default.actual("family")), int(default.actual("size"))
    if root.tk.call("tk", "windowingsystem") == "x11":
        offered = set(tkfont.families(root))
        family = next((name for name in _X11_FAMILIES if name in offered), family)
        size = 10
        for name in ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkHeadingFont", "TkTooltipFont"):
            tkfont.nametofont(name, root).configure(family=family, size=size, weight="normal")
    sizes = {BODY: size, SMALL: size - 1, BOLD: size, HEADING: size + 2, TITLE_FONT: size + 8}
    # tkinter deletes a named font when its object goes away, so the window keeps them.
    kept = [
        tkfont.Font(
            root, name=name, family=family, size=points, weight="normal" if name in {BODY, SMALL} else "bold"
        )
        for name, points in sizes.items()
    ]
    vars(root)["_livechat_fonts"] = kept


def _icon(root: tk.Tk) -> tk.PhotoImage:
    """A speech bubble, 32 × 32, drawn here so that no file has to be found at run time."""
    size, left, top, right, bottom, corner = 32, 2, 4, 29, 23, 6
    image = tk.PhotoImage(master=root, width=size, height=size)
    for y in range(top, bottom + 1):
        # Cut the corners by the circle's height there.
        depth = max(corner - (y - top), corner - (bottom - y), 0)
        inset = corner - round((corner**2 - depth**2) ** 0.5)
        image.put(PALETTE.accent, to=(left + inset, y, right - inset + 1, y + 1))
    for step in range(7):
        image.put(PALETTE.accent, to=(8, bottom + step, 16 - step, bottom + step + 1))
    for x in (9, 15, 21):
        image.put("#ffffff", to=(x, 12, x + 3, 15))
    vars(root)["_livechat_icon"] = image
    return image


def show_focus(tree: ttk.Treeview) -> None:
    """Choose the first row when the keyboard comes to a list without a choice: then the focus is seen."""

    def choose(_event: "tk.Event[tk.Misc]") -> None:
        rows = tree.get_children()
        if rows and not tree.selection():
            tree.selection_set(rows[0])
            tree.focus(rows[0])

    tree.bind("<FocusIn>", choose, add="+")


def attach_scrollbar(holder: tk.Misc, view: ttk.Treeview | tk.Text | tk.Canvas) -> ttk.Scrollbar:
    """Put a slim scrollbar into column 1 of `holder`, hidden while everything is in view."""
    bar = ttk.Scrollbar(holder, orient="vertical", command=view.yview)
    accent_scrollbar(bar)

    def show(first: float, last: float) -> None:
        if float(first) <= 0.0 and float(last) >= 1.0:
            bar.grid_remove()
        else:
            bar.grid(row=0, column=1, sticky="ns")
        bar.set(first, last)

    view.configure(yscrollcommand=show)
    return bar


def accent_scrollbar(bar: ttk.Scrollbar) -> None:
    """The theme's quiet round look."""
    bar.configure(takefocus=False)
    ttkbootstrap.apply_bootstyle(bar, "round")


def tooltip(widget: tk.Misc) -> Callable[[str], None]:
    """Give `widget` a tooltip; call the result with its text, or with none to take it away."""
    tip: list[ttkbootstrap.ToolTip] = []

    def say(text: str) -> None:
        if tip and not text:
            tip.pop().destroy()
        elif tip:
            tip[0].configure(text=text)
        elif text:
            width = px(widget, 480)
            made = ttkbootstrap.ToolTip(
                widget, text=text, wraplength=width, delay=400, bootstyle="inverse-dark"
            )
            tip.append(made)

    return say
