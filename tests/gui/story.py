"""People, messages, files and downloads as they may come to pass, for scripted windows."""

import hashlib
import time
from pathlib import Path

from client_gui.model import events as ev
from client_gui.model.events import LOBBY, Kind, Person
from livechat.catalogue import FileEntry

from tests.support.gui import Scene

SERVER = "192.168.1.20:6667"
PEOPLE = ("Dana", "אורי", "Noa", "Yael_Ben-Ami", "Bartholomew-van-der-Meer-Smith", "مريم", "tom")
FILES = (
    ("Networks - week 4.pdf", 4_404_019),
    ("lab-recording-2025-03-03-full-session-camera-2.mp4", 1_288_490_188),
    ("exercise sheet 4.docx", 88_113),
    ("datasets/measurements.csv", 312_400),
    ("תקציר שיעור 4.pdf", 901_222),
    ("wireshark-capture.pcapng", 67_108_864),
    ("README.txt", 412),
    ("photos from the excursion.zip", 256_000_000),
)


def log_in(scene: Scene, *people: str) -> None:
    """Dana is online with `people`."""
    others = people or ("Noa", "tom")
    scene.feed(
        ev.Connecting(SERVER, 1),
        ev.Online("Dana", "SocialLiveChat"),
        ev.PeopleListed(LOBBY, tuple(Person(nick) for nick in ("Dana", *others))),
    )


def message(
    sender: str, text: str, when: float = 0.0, conversation: str = LOBBY, *, own: bool = False
) -> ev.MessageReceived:
    """Something said, now unless told otherwise."""
    return ev.MessageReceived(conversation, sender, text, when or time.time(), own=own)


def entry(name: str, size: int, *, days_ago: float = 0.0) -> FileEntry:
    """A file that was changed some days ago."""
    changed = int((time.time() - days_ago * 86_400) * 1000)
    return FileEntry.of(name, size, changed, hashlib.sha256(name.encode()).digest())


def tell(scene: Scene, folder: Path) -> None:
    """A lively morning: everything that the window can show, at once."""
    now = time.time() // 60 * 60
    scene.feed(
        ev.Connecting(SERVER, 1),
        ev.Online("Dana", "SocialLiveChat"),
        ev.PeopleListed(LOBBY, tuple(Person(nick, away=nick == "tom") for nick in PEOPLE)),
        message("Noa", "Good morning everyone! The slides for today are in the share.", now - 900),
        message("Noa", "It's the file called “Networks - week 4.pdf”.", now - 890),
        message("Dana", "Thanks Noa 🎉 downloading now", now - 840, own=True),
        message(
            "אורי",
            "בוקר טוב לכולם! הקובץ ירד אצלי תוך שתי שניות, נראה מצוין. מישהו יכול להסביר את שקף 12 על UDP?",
            now - 700,
        ),
        message(
            "Bartholomew-van-der-Meer-Smith",
            "Slide 12: the receiver asks for byte ranges, and the sender answers each request with one burst. "
            "If something is lost, only the holes are asked for again 👍",
            now - 620,
        ),
        ev.MessageReceived(LOBBY, "tom", "waves and goes for coffee", now - 610, kind=Kind.ACTION),
        message("مريم", "صباح الخير، شكراً على الملفات", now - 500),
        message(
            "Yael_Ben-Ami",
            "Can somebody check whether the lab recording plays? "
            "https://example.org/share/networks/2025/week-4/recording/camera-2/index.html",
            now - 300,
        ),
        message("Dana", "Plays fine here ✅", now - 200, own=True),
        ev.MessageQueued(LOBBY, "Dana", "I'll put the exercise sheet up after the break", time.time(), "L1"),
        message("Noa", "psst, are you coming to lunch?", now - 100, "Noa"),
        message("Noa", "12:30 at the usual place", now - 90, "Noa"),
        message("אורי", "יש לי שאלה קטנה", now - 80, "אורי"),
    )
    entries = [entry(name, size, days_ago=1.7 * index) for index, (name, size) in enumerate(FILES)]
    scene.feed(ev.FilesListed(tuple(entries)))
    scene.feed(*(ev.TransferStarted(f"t{index}", entries[index], folder) for index in (0, 7, 5, 1)))
    scene.feed(
        ev.TransferFinished("t0", folder / "Networks - week 4 (1).pdf", "9f" * 32),
        ev.TransferProgress("t7", 20_000_000, 256_000_000, 0, None),
        ev.TransferCancelled("t7"),
        ev.TransferFailed("t5", "The file is no longer shared."),
        ev.TransferProgress("t1", 541_165_878, 1_288_490_188, 11_744_051, 63.6),
    )
