"""Files' names and identifiers, and finding what a person means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livechat.catalogue import MAX_FILES, Catalogue, FileEntry, file_id_for, name_fault, parse_id, text_id
from livechat.errors import RemoteProtocolError


def entry(name: str, size: int = 1) -> FileEntry:
    return FileEntry.of(name, size, 1, bytes(range(32)))


@given(st.binary(min_size=8, max_size=8))
def test_an_identifier_reads_back_from_its_text_in_any_case(file_id: bytes) -> None:
    text = text_id(file_id)
    assert len(text) == 13
    assert parse_id(text) == parse_id(text.upper()) == file_id
    assert parse_id(text.replace("0", "o").replace("1", "l")) == file_id


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_texts_sort_as_identifiers_do(one: bytes, other: bytes) -> None:
    assert (one < other) == (text_id(one) < text_id(other))


@pytest.mark.parametrize("text", ["", "0", "g" + "0" * 12, "u" * 13, "0" * 14, "-" * 13, "0" * 12 + "é"])
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_id(text)


def test_the_identifier_of_a_name_never_changes() -> None:
    assert file_id_for("notes.txt").hex() == "e601c3cc31995d67"


@pytest.mark.parametrize(
    "name",
    [
        "a",
        " a ",
        "-rf",
        "ä/ö/ü.txt",
        "日本語.pdf",
        "עברית.txt",
        "e\u0301",
        "👩‍👩‍👧.png",
        "a/b/c/d/e/f/g/h",
        "x" * 255,
        "..a",
    ],
)
def test_names_of_any_script_are_fit(name: str) -> None:
    assert name_fault(name) is None
    assert entry(name).name == name


@pytest.mark.parametrize(
    "name",
    ["", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.", "a\\b", "a\nb", "a\x00b", "a\x7f", "a\x85",
     "\u2028", "x\u202egnp.exe", "\u2067x", "\ud800", "x" * 256, "é" * 128, "a/b/c/d/e/f/g/h/i"],
)  # fmt: skip
def test_names_that_could_harm_are_refused(name: str) -> None:
    assert name_fault(name)
    with pytest.raises(RemoteProtocolError):
        FileEntry(bytes(8), name, 1, 1, bytes(32))


@given(st.text(max_size=300))
def test_a_fit_name_stays_inside_the_folder_and_on_its_line(name: str) -> None:
    if name_fault(name) is None:
        assert not name.startswith("/")
        assert ".." not in name.split("/")
        assert not set(name) & set("\0\r\n\\")
        assert len(name.encode()) <= 255


@pytest.mark.parametrize(
    ("file_id", "size", "modified_ms", "root"),
    [
        (bytes(7), 1, 1, bytes(32)),
        (bytes(8), -1, 1, bytes(32)),
        (bytes(8), 2**63, 1, bytes(32)),
        (bytes(8), 1, -1, bytes(32)),
        (bytes(8), 1, 1, bytes(31)),
    ],
)
def test_an_entry_cannot_be_built_wrong(file_id: bytes, size: int, modified_ms: int, root: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        FileEntry(file_id, "a", size, modified_ms, root)


def test_the_version_of_an_entry_is_the_start_of_its_root() -> None:
    assert entry("a").version == bytes(range(8))


def test_iteration_is_sorted_by_name_and_follows_changes() -> None:
    catalogue = Catalogue([entry("b"), entry("a")])
    assert [e.name for e in catalogue] == ["a", "b"]
    catalogue.put(entry("aa"))
    assert catalogue.remove(file_id_for("b")) == entry("b")
    assert catalogue.remove(file_id_for("b")) is None
    catalogue.put(entry("a", size=5))
    assert [(e.name, e.size) for e in catalogue] == [("a", 5), ("aa", 1)]
    assert len(catalogue) == 2
    assert file_id_for("a") in catalogue


def test_a_full_catalogue_takes_new_versions_but_no_new_file() -> None:
    catalogue = Catalogue()
    assert not catalogue.replace_all(entry(str(n)) for n in range(MAX_FILES + 5))
    assert len(catalogue) == MAX_FILES
    assert not catalogue.put(entry("one more"))
    assert catalogue.put(entry("7", size=9))


def test_a_file_is_found_by_name_by_identifier_and_by_its_beginning() -> None:
    wanted, other = entry("Folder/Café.txt"), entry("other.txt")
    catalogue = Catalogue([wanted, other])
    text = text_id(wanted.file_id)
    for typed in ("Folder/Café.txt", text, text.upper(), text[:6], "folder/cafe\u0301.TXT", "CAFÉ.txt"):
        assert catalogue.find(typed) == [wanted], typed
    for typed in (text[:5], "", "..", "Folder", "nothing", "\n"):
        assert catalogue.find(typed) == [], typed


def test_an_exact_name_wins_over_everything_it_could_also_mean() -> None:
    target = entry("target")
    named_like_its_id = entry(text_id(target.file_id))
    catalogue = Catalogue([target, named_like_its_id, entry("x/target"), entry("TARGET")])
    assert catalogue.find(text_id(target.file_id)) == [named_like_its_id]
    assert catalogue.find("target") == [target]


def test_what_is_ambiguous_gives_all_that_it_may_mean() -> None:
    catalogue = Catalogue([entry("b/readme"), entry("a/README")])
    assert [e.name for e in catalogue.find("Readme")] == ["a/README", "b/readme"]
    same_start = [FileEntry(bytes([1, 2, 3, 4, n, 0, 0, 0]), f"{n}", 1, 1, bytes(32)) for n in range(3)]
    assert Catalogue(same_start).find(text_id(same_start[0].file_id)[:6]) == same_start
