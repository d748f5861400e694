"""A user's file is read as text or refused by name; what is written is whole or not there."""

import errno
import os

import pytest

from pricing.errors import InputError, StorageError
from pricing.text_files import read_text, require_absent, write_whole, written_aside


def test_a_byte_order_mark_is_no_text(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(b"\xef\xbb\xbfmodel\n")
    assert read_text(file) == "model\n"


@pytest.mark.parametrize(
    ("content", "words"), [(b"\xff\xfe", "is not UTF-8 text"), (b"x" * 11, "larger than 10 bytes")]
)
def test_what_is_no_text_or_too_large_is_refused(tmp_path, content, words):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=words) as refused:
        read_text(file, most_bytes=10, too_large="Give a sample.")
    assert refused.value.problems[0].field == "a.csv"


def test_a_file_that_was_misnamed_is_bad_input_with_what_is_there(tmp_path):
    (tmp_path / "usage.csv").touch()
    for path, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "usge.csv", r"does not exist. Did you mean '.*usage.csv'"),
        (tmp_path / "quite-another.toml", "does not exist. Check the path"),
        (tmp_path / "none" / "usage.csv", "There is no folder"),
    ):
        with pytest.raises(InputError, match=words):
            read_text(path)


def test_a_file_that_storage_does_not_give_is_a_fault_of_the_storage(tmp_path):
    through_a_file = tmp_path / "usage.csv"
    through_a_file.touch()
    with pytest.raises(StorageError, match="cannot be read: Not a directory"):
        read_text(through_a_file / "x.csv")


def test_a_file_in_the_way_is_not_replaced_unasked(tmp_path):
    require_absent(tmp_path / "a.csv")
    (tmp_path / "a.csv").touch()
    with pytest.raises(StorageError, match="exists already"):
        require_absent(tmp_path / "a.csv")


def test_what_is_written_takes_the_place_of_what_was_there(tmp_path):
    for content in ("first, λ", b"second"):
        write_whole(tmp_path / "a.csv", content)
        assert (tmp_path / "a.csv").read_bytes() == (
            content.encode() if isinstance(content, str) else content
        )
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def _full(*_arguments):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch, step):
    write_whole(tmp_path / "a.csv", "old")
    monkeypatch.setattr(os, step, _full)
    if step == "replace":
        monkeypatch.setattr("pathlib.Path.replace", _full)
    with pytest.raises(StorageError, match="No space left"):
        write_whole(tmp_path / "a.csv", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "old")]


def test_a_writer_that_is_stopped_half_way_leaves_the_old_file(tmp_path):
    write_whole(tmp_path / "a.csv", "old")

    def write_half():
        with written_aside(tmp_path / "a.csv") as beside:
            beside.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "old")]
