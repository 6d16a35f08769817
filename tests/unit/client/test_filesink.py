"""Downloads on a real disk: resumable, verified, never over another file."""

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from client_gui.net.filesink import FileSink, SinkError
from livechat.catalogue import FileEntry
from livechat.transfer.manifest import Manifest, ManifestBuilder
from livechat.transfer.manifest import root as root_of

PIECE = 1 << 16


def _file(size: int, name: str = "folder/report.pdf") -> tuple[bytes, Manifest, FileEntry]:
    data = (hashlib.sha256(name.encode()).digest() * (size // 32 + 1))[:size]
    builder = ManifestBuilder(name, piece_bytes=PIECE)
    builder.update(data)
    manifest = builder.finish()
    return data, manifest, FileEntry.of(name, size, 0, root_of(manifest.encode()))


def _write(sink: FileSink, manifest: Manifest, data: bytes, indices: range) -> None:
    for index in indices:
        offset, length = manifest.piece_span(index)
        sink.write(index, offset, data[offset : offset + length])


def _fetch(folder: Path, size: int = 5 * PIECE + 7) -> Path:
    data, manifest, entry = _file(size)
    sink = FileSink.open(folder, entry)
    sink.begin(manifest, sink.verified_pieces(manifest))
    _write(sink, manifest, data, range(len(manifest.pieces)))
    path, sha256 = sink.finish()
    assert path.read_bytes() == data
    assert sha256 == hashlib.sha256(data).hexdigest()
    return path


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 9 * PIECE])
def test_a_finished_file_has_its_name_and_leaves_nothing_else(tmp_path: Path, size: int) -> None:
    path = _fetch(tmp_path / "new" / "folder", size)

    assert path.name == "report.pdf"
    assert [found.name for found in path.parent.iterdir()] == ["report.pdf"]


@pytest.mark.parametrize("hard_links", [True, False])
def test_no_file_is_ever_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hard_links: bool) -> None:
    if not hard_links:

        def no_link(*_args: object, **_kwargs: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", no_link)
    (tmp_path / "report.pdf").write_text("mine")
    (tmp_path / "report (1).pdf").symlink_to("nowhere")

    path = _fetch(tmp_path)

    assert path.name == "report (2).pdf"
    assert (tmp_path / "report.pdf").read_text() == "mine"
    assert (tmp_path / "report (1).pdf").is_symlink()
    assert len(list(tmp_path.iterdir())) == 3


def test_what_was_recorded_is_read_back_and_only_the_rest_is_missing(tmp_path: Path) -> None:
    data, manifest, entry = _file(8 * PIECE)
    sink = FileSink.open(tmp_path, entry)
    sink.begin(manifest, [])
    _write(sink, manifest, data, range(5))
    sink.close()

    again = FileSink.open(tmp_path, entry)
    pieces = again.verified_pieces(manifest)
    assert pieces == [0, 1, 2, 3, 4]
    again.begin(manifest, pieces)
    _write(again, manifest, data, range(5, 8))
    assert again.finish()[0].read_bytes() == data


def test_a_killed_client_resumes_from_its_last_record(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from tests.unit.client.test_filesink import FileSink, _file, _write, PIECE
        data, manifest, entry = _file(8 * PIECE)
        sink = FileSink.open(Path(sys.argv[1]), entry)
        sink.begin(manifest, [])
        _write(sink, manifest, data, range(3))
        sink.save_record()
        _write(sink, manifest, data, range(3, 6))
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, cwd=_root())
    assert done.returncode == -signal.SIGKILL

    _, manifest, entry = _file(8 * PIECE)
    sink = FileSink.open(tmp_path, entry)
    assert sink.verified_pieces(manifest) == [0, 1, 2]
    sink.close()


def test_a_tampered_partial_costs_its_piece_and_never_a_wrong_byte(tmp_path: Path) -> None:
    data, manifest, entry = _file(4 * PIECE)
    sink = FileSink.open(tmp_path, entry)
    sink.begin(manifest, [])
    _write(sink, manifest, data, range(4))
    sink.close()
    with sink.part.open("r+b") as part:
        part.seek(2 * PIECE + 5)
        part.write(b"tampered")

    again = FileSink.open(tmp_path, entry)
    assert again.verified_pieces(manifest) == [0, 1, 3]
    again.close()


def test_a_partial_changed_after_it_was_verified_never_becomes_the_file(tmp_path: Path) -> None:
    data, manifest, entry = _file(2 * PIECE)
    sink = FileSink.open(tmp_path, entry)
    sink.begin(manifest, [])
    _write(sink, manifest, data, range(2))
    with sink.part.open("r+b") as part:
        part.write(b"!")

    with pytest.raises(SinkError, match="does not match") as caught:
        sink.finish()
    sink.close()
    assert not caught.value.resumable
    assert not (tmp_path / "report.pdf").exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"format": 99}', "null", "\x00" * 300_000])
def test_a_damaged_record_means_a_fresh_start(tmp_path: Path, damage: str) -> None:
    _, manifest, entry = _file(2 * PIECE)
    sink = FileSink.open(tmp_path, entry)
    sink.part.with_name(sink.part.name + ".json").write_text(damage)

    assert sink.verified_pieces(manifest) == []
    sink.close()


def test_a_record_that_promises_too_much_is_not_believed(tmp_path: Path) -> None:
    _, manifest, entry = _file(3 * PIECE)
    sink = FileSink.open(tmp_path, entry)
    sink.begin(manifest, [])
    sink.close()
    record = sink.part.with_name(sink.part.name + ".json")
    promised = json.loads(record.read_text()) | {"pieces": "ff" * 40}
    record.write_text(json.dumps(promised))

    again = FileSink.open(tmp_path, entry)
    assert again.verified_pieces(manifest) == []
    again.close()


def test_another_version_of_a_file_starts_afresh(tmp_path: Path) -> None:
    data, manifest, entry = _file(3 * PIECE)
    sink = FileSink.open(tmp_path, entry)
    sink.begin(manifest, [])
    _write(sink, manifest, data, range(3))
    sink.close()
    newer = FileEntry.of(entry.name, entry.size, 1, bytes(32))

    again = FileSink.open(tmp_path, newer)
    assert again.verified_pieces(manifest) == []
    again.close()


def test_two_clients_do_not_write_one_partial(tmp_path: Path) -> None:
    _, _, entry = _file(10)
    sink = FileSink.open(tmp_path, entry)

    with pytest.raises(SinkError, match="being downloaded into this folder already"):
        FileSink.open(tmp_path, entry)
    sink.close()
    FileSink.open(tmp_path, entry).close()


def test_a_link_in_the_place_of_the_partial_is_not_followed(tmp_path: Path) -> None:
    _, _, entry = _file(10)
    sink = FileSink.open(tmp_path, entry)
    sink.close()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    sink.part.unlink()
    sink.part.symlink_to(victim)

    with pytest.raises(SinkError, match="link"):
        FileSink.open(tmp_path, entry)
    assert victim.read_text() == "mine"


def test_a_folder_that_is_a_file_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SinkError, match="is not a folder"):
        FileSink.open(tmp_path / "file", _file(10)[2])


def test_a_file_larger_than_the_disk_is_refused_before_it_begins(tmp_path: Path) -> None:
    pieces = tuple(bytes(32) for _ in range(1 << 18))
    manifest = Manifest("huge", (1 << 18) * (1 << 24), 1 << 24, bytes(32), pieces)
    sink = FileSink.open(tmp_path, FileEntry.of("huge", manifest.size, 0, bytes(32)))

    with pytest.raises(SinkError, match="more on the disk") as caught:
        sink.begin(manifest, [])
    sink.close()
    assert caught.value.resumable


def test_a_write_that_the_system_refuses_leaves_a_partial_that_can_go_on(tmp_path: Path) -> None:
    data, manifest, entry = _file(8 * PIECE)
    sink = FileSink.open(tmp_path, entry)
    sink.begin(manifest, [])
    _write(sink, manifest, data, range(4))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5 * PIECE, hard))
    try:
        with pytest.raises(SinkError, match="what has arrived is kept") as caught:
            _write(sink, manifest, data, range(6, 7))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        sink.close()
    assert caught.value.resumable

    again = FileSink.open(tmp_path, entry)
    assert again.verified_pieces(manifest) == [0, 1, 2, 3]
    again.close()


def test_two_files_of_one_name_from_different_folders_have_partials_of_their_own(tmp_path: Path) -> None:
    first = FileSink.open(tmp_path, FileEntry.of("a/x.txt", 1, 0, bytes(32)))
    second = FileSink.open(tmp_path, FileEntry.of("b/x.txt", 1, 0, bytes(32)))

    assert first.part != second.part
    first.close()
    second.close()


def test_a_very_long_name_can_be_fetched(tmp_path: Path) -> None:
    name = "例" * 83 + ".txt"
    data, manifest, entry = _file(10, name)
    sink = FileSink.open(tmp_path, entry)
    sink.begin(manifest, [])
    _write(sink, manifest, data, range(1))

    assert sink.finish()[0].name == name


def _root() -> Path:
    return Path(__file__).resolve().parents[3]
