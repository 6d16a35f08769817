"""Colours, fonts, spacing and widget styles: the one module that knows ttkbootstrap.

Everything else in `ui` uses plain tkinter and ttk with the style names, font names and colours from here, so
the look can change in one place. No widget of the program is made here and no state is kept here.
"""

import sys
import tkinter as tk
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from tkinter import font as tkfont
from tkinter import ttk
from typing import Any

import ttkbootstrap
from livechat.errors import LiveChatError
from ttkbootstrap.utils import scale_size

TITLE = "Social Live Chat"

# Spacing in logical pixels (96 dpi); `px` turns them into the pixels of this screen.
GAP_SMALL = 4
GAP = 8
GAP_LARGE = 16

BODY, SMALL, BOLD, HEADING, TITLE_FONT = "LcBody", "LcSmall", "LcBold", "LcHeading", "LcTitle"

BAR_RUNNING, BAR_IDLE, BAR_DONE, BAR_FAILED = (
    f"{look}.Horizontal.TProgressbar" for look in ("Running", "Idle", "Done", "Failed")
)

# Looked for in this order on X11, where Tk's own default is often a bitmap-era face. Only names are compared: a
# family is never measured before it is chosen, because measuring a colour emoji family can end the process.
_X11_FAMILIES = ("Inter", "Cantarell", "Ubuntu", "Noto Sans", "Open Sans", "Liberation Sans", "DejaVu Sans")


class DisplayError(LiveChatError):
    """No window can be opened here; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`; text colours keep a contrast of at least 4.5 on `surface` and `side`."""

    surface: str = "#ffffff"
    side: str = "#f4f6f8"
    line: str = "#dfe3e8"
    text: str = "#1c2430"
    muted: str = "#5d6878"
    faint: str = "#7d8795"
    """Of what cannot be used now; a contrast of 3 is enough there."""
    accent: str = "#1f66d1"
    accent_soft: str = "#dce8fb"
    accent_focus: str = "#bcd4f7"
    """What is chosen in the list that has the keyboard."""
    hover: str = "#e9edf2"
    success: str = "#0b7a4b"
    warning: str = "#9a5b00"
    danger: str = "#b3261e"


PALETTE = Palette()

# Dark enough for 4.5 on white, and far enough apart in hue to tell people from each other.
NAME_COLOURS = (
    "#b3261e", "#9c4a00", "#7a5c00", "#3f6b00", "#0b7048",
    "#006c75", "#0b63a8", "#3f4fc4", "#7440b8", "#a3257f",
)  # fmt: skip


def name_colour(nick: str) -> str:
    """The same colour for the same name on every machine and in every run."""
    return NAME_COLOURS[zlib.crc32(nick.casefold().encode("utf-8", "replace")) % len(NAME_COLOURS)]


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
    _define_styles(root)
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


def _define_styles(root: tk.Tk) -> None:
    style = ttk.Style(root)
    colours = PALETTE
    for name, background in (("", colours.surface), ("Side.", colours.side), ("Bar.", colours.side)):
        style.configure(f"{name}TFrame", background=background)
        style.configure(f"{name}TLabel", background=background, foreground=colours.text, font=BODY)
        style.configure(f"Muted.{name}TLabel", background=background, foreground=colours.muted, font=SMALL)
        style.configure(f"Quiet.{name}TLabel", background=background, foreground=colours.muted, font=BODY)
        style.configure(f"Caption.{name}TLabel", background=background, foreground=colours.muted, font=SMALL)
        style.configure(f"Heading.{name}TLabel", background=background, foreground=colours.text, font=HEADING)
        style.configure(f"Bold.{name}TLabel", background=background, foreground=colours.text, font=BOLD)
        style.configure(f"Danger.{name}TLabel", background=background, foreground=colours.danger, font=BODY)
        style.configure(
            f"DangerSmall.{name}TLabel", background=background, foreground=colours.danger, font=SMALL
        )
        style.configure(
            f"SuccessSmall.{name}TLabel", background=background, foreground=colours.success, font=SMALL
        )
    for name, background in (("", colours.surface), ("Bar.", colours.side)):
        _define_link(root, style, f"{name}Link.TButton", background)
    bars = {
        BAR_RUNNING: colours.accent,
        BAR_IDLE: colours.faint,
        BAR_DONE: colours.success,
        BAR_FAILED: colours.danger,
    }
    for name, colour in bars.items():
        _define_bar(root, style, name, colour)
    style.map(
        "TEntry",
        foreground=[("disabled", colours.faint)],
        selectbackground=[("!disabled", colours.accent_soft)],
        selectforeground=[("!disabled", colours.text)],
    )
    style.configure("Title.TLabel", background=colours.surface, foreground=colours.text, font=TITLE_FONT)
    style.configure("Line.TFrame", background=colours.line)
    style.configure("TButton", font=BODY)
    style.configure("TEntry", font=BODY)
    style.configure("TPanedwindow", background=colours.line)
    style.configure("Sash", sashthickness=px(root, 6), gripcount=0, background=colours.line)
    for name, background in (("Side.Treeview", colours.side), ("Plain.Treeview", colours.surface)):
        _define_tree(root, style, name, background)


def _define_bar(root: tk.Tk, style: ttk.Style, name: str, colour: str) -> None:
    """A flat progress bar without the theme's images, each of which is a round trip to an X server."""
    for part in ("trough", "pbar"):
        if f"Flat.{part}" not in style.element_names():
            style.element_create(f"Flat.{part}", "from", "default", f"Horizontal.Progressbar.{part}")
    style.layout(
        name,
        [("Flat.trough", {"sticky": "nswe", "children": [
            ("Flat.pbar", {"side": "left", "sticky": "ns"}),
        ]})],
    )  # fmt: skip
    style.configure(
        name,
        background=colour,
        lightcolor=colour,
        darkcolor=colour,
        bordercolor=PALETTE.line,
        troughcolor=PALETTE.line,
        troughrelief="flat",
        borderwidth=0,
        pbarrelief="flat",
        thickness=px(root, 4),
    )


def _define_link(root: tk.Tk, style: ttk.Style, name: str, background: str) -> None:
    """A button that is only its words, for what is needed seldom."""
    colours = PALETTE
    style.configure(
        name,
        background=background,
        foreground=colours.accent,
        bordercolor=background,
        lightcolor=background,
        darkcolor=background,
        focuscolor=colours.accent,
        borderwidth=0,
        relief="flat",
        padding=(px(root, 6), px(root, 2)),
        font=SMALL,
    )
    look = [("pressed", colours.accent_soft), ("active", colours.hover)]
    style.map(
        name, background=look, bordercolor=look, lightcolor=look, darkcolor=look, foreground=[], focuscolor=[]
    )


def _define_tree(root: tk.Tk, style: ttk.Style, name: str, background: str) -> None:
    colours = PALETTE
    row = int(tkfont.nametofont(BODY, root).metrics("linespace")) + px(root, 10)
    style.configure(
        name,
        background=background,
        fieldbackground=background,
        foreground=colours.text,
        borderwidth=0,
        relief="flat",
        padding=0,
        rowheight=row,
        font=BODY,
        indent=0,
    )
    style.map(
        name,
        background=[("focus selected", colours.accent_focus), ("selected", colours.accent_soft)],
        foreground=[("disabled", colours.muted), ("selected", colours.text)],
    )
    style.configure(f"{name}.Item", padding=(px(root, 8), 0, 0, 0))
    style.configure(f"{name}.Cell", padding=(px(root, 4), 0, px(root, 8), 0))
    style.layout(name, [("Treeview.treearea", {"sticky": "nswe"})])
    # No indicator: these trees are flat lists, and its place would push the text to the right.
    style.layout(
        f"{name}.Item",
        [("Treeitem.padding", {"sticky": "nswe", "children": [
            ("Treeitem.image", {"side": "left", "sticky": ""}),
            ("Treeitem.text", {"sticky": "nswe"}),
        ]})],
    )  # fmt: skip
    style.configure(
        f"{name}.Heading",
        background=background,
        foreground=colours.muted,
        font=SMALL,
        relief="flat",
        borderwidth=0,
        padding=(px(root, 8), px(root, 5)),
    )
    style.map(f"{name}.Heading", background=[("active", colours.hover)], foreground=[("active", colours.text)])


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
            tip.append(
                ttkbootstrap.ToolTip(widget, text=text, wraplength=px(widget, 480), delay=400, bootstyle="dark")
            )

    return say
