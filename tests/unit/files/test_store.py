"""Opening, hashing and reading real files: never another file, never another version, never two mixed."""

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from file_udp import store as store_module
from file_udp.folder import NotServedError, open_file
from file_udp.hashing import Hashed, Moved, Unreadable, hash_file
from file_udp.offers import Offer, Offers
from file_udp.status import Status
from file_udp.store import FolderStore
from file_udp.tracker import Due
from livechat.catalogue import FileEntry
from livechat.transfer import manifest
from livechat.transfer.server import FileGone


def descriptors() -> list[str]:
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


def due(root: Path, name: str) -> Due:
    return Due(name, Status.of((root / name).stat()))


def offer(root: Path, name: str) -> Offer:
    """Hash the file and make its offer."""
    wanted = due(root, name)
    outcome = hash_file(root, wanted, lambda: False)
    assert isinstance(outcome, Hashed)
    status = wanted.status
    entry = FileEntry.of(name, status.size, status.modified_ms, manifest.root(outcome.manifest))
    return Offer(entry, status, outcome.manifest)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    root = tmp_path / "share"
    (root / "folder").mkdir(parents=True)
    (root / "folder" / "file").write_bytes(bytes(range(256)) * 8)
    return root


@pytest.fixture
def offered(share: Path) -> tuple[FolderStore, FileEntry]:
    offers = Offers()
    store = FolderStore(share, offers)
    one = offer(share, "folder/file")
    offers.put(one)
    return store, one.entry


def read(offered: tuple[FolderStore, FileEntry], offset: int = 0, length: int = 4) -> bytes:
    store, entry = offered
    return store.read(entry.file_id, entry.version, offset, length)


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_the_manifest_is_that_of_the_bytes_on_disk(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "f").write_bytes(data)
    decoded = manifest.decode(offer(tmp_path, "f").manifest)
    assert (decoded.name, decoded.size) == ("f", size)
    assert decoded.sha256 == hashlib.sha256(data).digest()
    pieces = [data[i : i + 2**20] for i in range(0, size, 2**20)]
    assert decoded.pieces == tuple(hashlib.sha256(piece).digest() for piece in pieces)


def test_a_file_that_changed_before_while_or_after_it_is_read_is_thrown_away(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(bytes(3 << 20))
    seen = due(tmp_path, "f")
    assert isinstance(hash_file(tmp_path, seen, lambda: True), Moved)

    def grow() -> bool:
        with file.open("ab") as handle:
            handle.write(b"x")
        return False

    assert isinstance(hash_file(tmp_path, seen, grow), Moved)
    assert isinstance(hash_file(tmp_path, seen, lambda: False), Moved)

    seen = due(tmp_path, "f")

    def cut() -> bool:
        os.truncate(file, 10)
        return False

    assert isinstance(hash_file(tmp_path, seen, cut), Moved)
    file.unlink()
    assert isinstance(hash_file(tmp_path, seen, lambda: False), Moved)


def test_what_is_not_a_regular_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    seen = due(tmp_path, "f").status
    (tmp_path / "link").symlink_to("f")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "f/x", "../f"):
        assert isinstance(hash_file(tmp_path, Due(name, seen), lambda: False), Unreadable), name


@pytest.mark.parametrize(
    "name",
    ["../outside", "folder/../../outside", "/etc/passwd", "", ".", "..", "folder/", "folder//file",
     "./folder/file", "folder", "link", "linked/secret", "pipe", "x\0y"],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(share: Path, name: str) -> None:
    outside = share.parent / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (share / "link").symlink_to(outside / "secret")
    (share / "linked").symlink_to(outside)
    os.mkfifo(share / "pipe")
    before = descriptors()
    with pytest.raises((NotServedError, OSError)):
        open_file(share, name)
    assert descriptors() == before


def test_a_folder_that_becomes_a_link_again_and_again_never_opens_the_other_file(share: Path) -> None:
    outside = share.parent / "outside"
    outside.mkdir()
    (outside / "file").write_text("secret")
    bait, aside, folder = share.parent / "bait", share.parent / "aside", share / "folder"
    bait.symlink_to(outside)
    inside = Status.of((share / "folder" / "file").stat()).inode
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            folder.rename(aside)
            bait.rename(folder)
            folder.rename(bait)
            aside.rename(folder)

    swapper = threading.Thread(target=swap)
    swapper.start()
    opened = 0
    try:
        for _ in range(3000):
            try:
                descriptor, status = open_file(share, "folder/file")
            except (NotServedError, OSError):
                continue
            os.close(descriptor)
            opened += 1
            assert status.inode == inside
    finally:
        stop.set()
        swapper.join()
    assert opened


def test_ranges_are_read_and_cut_at_the_end(offered: tuple[FolderStore, FileEntry]) -> None:
    assert read(offered, 256, 3) == b"\0\1\2"
    assert read(offered, 2046, 100) == b"\xfe\xff"
    assert read(offered, 2048, 100) == b""
    assert read(offered, 5000, 100) == b""
    store, entry = offered
    assert manifest.root(store.manifest(entry.file_id, entry.version)) == entry.root


def test_an_unknown_file_or_version_is_gone(offered: tuple[FolderStore, FileEntry]) -> None:
    store, entry = offered
    for file_id, version in ((bytes(8), entry.version), (entry.file_id, bytes(8))):
        with pytest.raises(FileGone):
            store.manifest(file_id, version)
        with pytest.raises(FileGone):
            store.read(file_id, version, 0, 1)


def rewrite(file: Path) -> None:
    """In place, with the same size."""
    stat = file.stat()
    file.write_bytes(b"x" * stat.st_size)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))


def replace(file: Path) -> None:
    """By another file of the same size and time."""
    stat = file.stat()
    other = file.with_name("new")
    other.write_bytes(b"x" * stat.st_size)
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.rename(file)


def turn_into_a_link(file: Path) -> None:
    moved = file.rename(file.with_name("moved"))
    file.symlink_to(moved)


CHANGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda file: os.truncate(file, 2047),
    "grown": lambda file: os.truncate(file, 2049),
    "rewritten": rewrite,
    "replaced": replace,
    "renamed": lambda file: file.rename(file.with_name("elsewhere")),
    "deleted": Path.unlink,
    "a link now": turn_into_a_link,
    "in a folder that was renamed": lambda file: file.parent.rename(file.parent.with_name("elsewhere")),
}


@pytest.mark.parametrize("opened_before", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_is_not_the_same_any_more_is_gone(
    share: Path, offered: tuple[FolderStore, FileEntry], change: str, opened_before: bool
) -> None:
    if opened_before:
        read(offered)
    CHANGES[change](share / "folder" / "file")
    for _ in range(2):
        with pytest.raises(FileGone):
            read(offered)


def test_a_new_version_is_read_from_the_new_file(share: Path) -> None:
    offers = Offers()
    store = FolderStore(share, offers)
    old = offer(share, "folder/file")
    offers.put(old)
    store.read(old.entry.file_id, old.entry.version, 0, 1)
    (share / "new").write_bytes(b"new")
    (share / "new").rename(share / "folder" / "file")
    new = offer(share, "folder/file")
    offers.withdraw(old.entry)
    offers.put(new)
    assert store.read(new.entry.file_id, new.entry.version, 0, 9) == b"new"
    with pytest.raises(FileGone):
        store.read(old.entry.file_id, old.entry.version, 0, 1)


def test_descriptors_are_bounded_and_closed(share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_OPEN_FILES", 3)
    before = descriptors()
    offers = Offers()
    store = FolderStore(share, offers)
    made = []
    for number in range(10):
        (share / f"{number}").write_text(f"{number}")
        made.append(offer(share, f"{number}"))
        offers.put(made[-1])
    for _ in range(2):
        for number, one in enumerate(made):
            assert store.read(one.entry.file_id, one.entry.version, 0, 1) == f"{number}".encode()
            assert len(descriptors()) <= len(before) + 3
    for one in made[:9]:
        offers.withdraw(one.entry)
    assert len(descriptors()) == len(before) + 1
    store.close()
    assert descriptors() == before
