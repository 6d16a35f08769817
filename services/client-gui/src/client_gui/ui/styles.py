"""The ttk styles of the window: labels, links, bars, fields and lists. Plain ttk, no widget is made here."""

import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont
from tkinter import ttk

from client_gui.ui.palette import (
    BAR_DONE,
    BAR_FAILED,
    BAR_IDLE,
    BAR_RUNNING,
    BODY,
    HEADING,
    PALETTE,
    SMALL,
    TITLE_FONT,
)

Px = Callable[[float], int]
"""Logical pixels (96 dpi) to pixels of the screen."""


def define_styles(root: tk.Tk, px: Px) -> None:
    """Define every style that the widgets name; `px` turns logical pixels into those of the screen."""
    style = ttk.Style(root)
    colours = PALETTE
    for name, background in (("", colours.surface), ("Side.", colours.side), ("Bar.", colours.side)):
        style.configure(f"{name}TFrame", background=background)
        style.configure(f"{name}TLabel", background=background, foreground=colours.text, font=BODY)
        style.configure(f"Muted.{name}TLabel", background=background, foreground=colours.muted, font=SMALL)
        style.configure(f"Quiet.{name}TLabel", background=background, foreground=colours.muted, font=BODY)
        style.configure(f"Caption.{name}TLabel", background=background, foreground=colours.muted, font=SMALL)
        style.configure(f"Heading.{name}TLabel", background=background, foreground=colours.text, font=HEADING)
        style.configure(f"Danger.{name}TLabel", background=background, foreground=colours.danger, font=BODY)
        style.configure(
            f"DangerSmall.{name}TLabel", background=background, foreground=colours.danger, font=SMALL
        )
        style.configure(
            f"SuccessSmall.{name}TLabel", background=background, foreground=colours.success, font=SMALL
        )
    for name, background in (("", colours.surface), ("Bar.", colours.side)):
        _define_link(style, px, f"{name}Link.TButton", background)
    bars = {
        BAR_RUNNING: colours.accent,
        BAR_IDLE: colours.faint,
        BAR_DONE: colours.success,
        BAR_FAILED: colours.danger,
    }
    for name, colour in bars.items():
        _define_bar(style, px, name, colour)
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
    for name, background in (("Side.Treeview", colours.side), ("Plain.Treeview", colours.surface)):
        _define_tree(style, px, name, background)


def _define_bar(style: ttk.Style, px: Px, name: str, colour: str) -> None:
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
        thickness=px(4),
    )


def _define_link(style: ttk.Style, px: Px, name: str, background: str) -> None:
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
        padding=(px(6), px(2)),
        font=SMALL,
    )
    look = [("pressed", colours.accent_soft), ("active", colours.hover)]
    style.map(
        name, background=look, bordercolor=look, lightcolor=look, darkcolor=look, foreground=[], focuscolor=[]
    )


def _define_tree(style: ttk.Style, px: Px, name: str, background: str) -> None:
    colours = PALETTE
    row = int(tkfont.nametofont(BODY, style.master).metrics("linespace")) + px(10)
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
    style.configure(f"{name}.Item", padding=(px(8), 0, 0, 0))
    style.configure(f"{name}.Cell", padding=(px(4), 0, px(8), 0))
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
        padding=(px(8), px(5)),
    )
    style.map(f"{name}.Heading", background=[("active", colours.hover)], foreground=[("active", colours.text)])
