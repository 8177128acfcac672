"""Sealed files and directories: whole or absent, and no difference hides."""

import os
import pathlib
import random
import zipfile

import pytest

from keras_gen import artifacts

OLD, NEW = b"old content", b"new content, longer than the old one"
METADATA = {"step": 7, "name": "ä"}


def write_file(path, content=NEW, seal=True):
    with artifacts.atomic_file(path, seal=seal) as temporary:
        temporary.write_bytes(content)


def write_zip(path):
    with (
        artifacts.atomic_file(path) as temporary,
        zipfile.ZipFile(temporary, "w") as archive,
    ):
        archive.writestr("config.json", '{"a": 1}')
        archive.writestr("weights", bytes(range(100)))


def write_directory(path):
    with artifacts.atomic_directory(path, METADATA) as temporary:
        (temporary / "variables").mkdir()
        (temporary / "saved_model.pb").write_bytes(NEW)
        (temporary / "variables" / "data").write_bytes(OLD)
        (temporary / "empty").touch()


def names(directory):
    return sorted(each.name for each in directory.rglob("*"))


def test_a_sealed_file_begins_with_its_content(tmp_path):
    path = tmp_path / "new" / "folder" / "model.tflite"
    write_file(path)
    artifacts.verify_file(path)
    assert path.read_bytes().startswith(NEW)
    assert path.stat().st_mode & 0o777 == 0o644
    assert names(path.parent) == ["model.tflite"]


def test_text_is_written_without_a_seal(tmp_path):
    write_file(tmp_path / "card.md", seal=False)
    assert (tmp_path / "card.md").read_bytes() == NEW


def test_the_temporary_file_keeps_the_suffix(tmp_path):
    with artifacts.atomic_file(tmp_path / "model.keras") as temporary:
        assert temporary.suffix == ".keras"
        assert temporary.parent == tmp_path


def test_a_sealed_zip_archive_is_still_a_zip_archive(tmp_path):
    write_zip(tmp_path / "model.keras")
    artifacts.verify_file(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert archive.testzip() is None
        assert archive.read("weights") == bytes(range(100))
        assert archive.comment.startswith(b"keras_gen-sha256:")


def test_directory_round_trips_its_metadata(tmp_path):
    write_directory(tmp_path / "1")
    assert artifacts.verify_directory(tmp_path / "1") == METADATA
    files = ["data", "empty", "manifest.json", "saved_model.pb", "variables"]
    assert names(tmp_path / "1") == files
    assert names(tmp_path)[0] == "1"


def damaged(content):
    """Cut off, and with one bit flipped, at 200 places; and grown."""
    choose = random.Random(0)
    count = min(len(content), 200)
    for index in choose.sample(range(len(content)), count):
        yield content[:index]
        flipped = bytearray(content)
        flipped[index] ^= 1 << choose.randrange(8)
        yield bytes(flipped)
    yield content + b"\0"


@pytest.mark.parametrize("write", [write_file, write_zip])
def test_every_damage_of_a_file_is_found(tmp_path, write):
    path = tmp_path / "model.keras"
    write(path)
    for content in damaged(path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(artifacts.ArtifactError, match=str(path)):
            artifacts.verify_file(path)


@pytest.mark.parametrize(
    "name", ["saved_model.pb", "variables/data", "manifest.json"]
)
def test_every_damage_of_a_directory_is_found(tmp_path, name):
    write_directory(tmp_path / "1")
    path = tmp_path / "1" / name
    for content in damaged(path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(artifacts.ArtifactError, match=str(path)):
            artifacts.verify_directory(tmp_path / "1")


def test_a_missing_or_grown_file_of_a_directory_is_found(tmp_path):
    write_directory(tmp_path / "1")
    (tmp_path / "1" / "empty").write_bytes(b"x")
    with pytest.raises(
        artifacts.ArtifactError, match="expected 0 bytes, found 1 bytes"
    ):
        artifacts.verify_directory(tmp_path / "1")
    (tmp_path / "1" / "empty").unlink()
    with pytest.raises(artifacts.ArtifactError, match="No such file"):
        artifacts.verify_directory(tmp_path / "1")


@pytest.mark.parametrize("name", ["saved_model.pbtxt", "variables/more"])
def test_a_file_that_was_added_later_is_found(tmp_path, name):
    write_directory(tmp_path / "1")
    (tmp_path / "1" / name).write_bytes(NEW)
    with pytest.raises(
        artifacts.ArtifactError, match=f"{name} is not listed .* added later"
    ):
        artifacts.verify_directory(tmp_path / "1")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"files": {}, "metadata": {}}', "\xff"]
)
def test_a_foreign_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, encoding="latin-1")
    with pytest.raises(artifacts.ArtifactError, match="is damaged"):
        artifacts.verify_directory(tmp_path)


def test_unsealed_and_missing_files_say_what_to_do(tmp_path):
    path = tmp_path / "model.keras"
    with pytest.raises(
        artifacts.ArtifactError,
        match="Cannot read .*model.keras: No such file.* Check the path",
    ):
        artifacts.verify_file(path)
    path.write_bytes(b"short")
    with pytest.raises(
        artifacts.ArtifactError,
        match="carries no keras_gen seal in its last 81 bytes.*Copy it again",
    ):
        artifacts.verify_file(path)
    with pytest.raises(artifacts.ArtifactError, match="Is a directory"):
        artifacts.verify_file(tmp_path)


def test_names_that_are_taken_are_refused(tmp_path):
    write_directory(tmp_path / "1")
    with pytest.raises(
        artifacts.ArtifactError, match="exists already and is never overwritten"
    ):
        write_directory(tmp_path / "1")
    with pytest.raises(
        artifacts.ArtifactError, match="a directory has that name"
    ):
        write_file(tmp_path / "1")
    assert artifacts.verify_directory(tmp_path / "1") == METADATA


@pytest.mark.parametrize("write", [write_file, write_directory])
def test_a_place_that_cannot_be_written_to_is_named(tmp_path, write):
    (tmp_path / "file").write_bytes(OLD)
    with pytest.raises(
        artifacts.ArtifactError, match="Cannot write .*file/model.* Nothing was"
    ):
        write(tmp_path / "file" / "model")
    assert (tmp_path / "file").read_bytes() == OLD


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_while_writing_changes_nothing(tmp_path, error):
    path = tmp_path / "model.keras"
    write_file(path, OLD)
    before = path.read_bytes()
    with pytest.raises(error), artifacts.atomic_file(path) as temporary:
        temporary.write_bytes(NEW)
        raise error
    with (
        pytest.raises(error),
        artifacts.atomic_directory(tmp_path / "1") as temporary,
    ):
        (temporary / "data").write_bytes(NEW)
        raise error
    assert path.read_bytes() == before
    assert names(tmp_path) == ["model.keras"]


class FailAt:
    """Makes call number `index` of some functions of `os` fail."""

    def __init__(self, monkeypatch, index):
        self.left = index
        for name in ("fsync", "replace", "rename", "chmod", "open"):
            real = getattr(os, name)
            monkeypatch.setattr(os, name, self.wrapped(real))

    def wrapped(self, real):
        def call(*args, **kwargs):
            self.left -= 1
            if self.left == -1:
                raise OSError(5, "Input/output error")
            return real(*args, **kwargs)

        return call


@pytest.mark.parametrize("write", [write_file, write_directory])
def test_a_failing_system_call_leaves_the_old_or_the_new(
    tmp_path, monkeypatch, write
):
    """The new one only where the flush of the rename itself fails."""
    states = []
    for index in range(100):
        home = tmp_path / str(index)
        home.mkdir()
        path = home / "model.keras"
        if write is write_file:
            write_file(path, OLD)
        with monkeypatch.context() as patch:
            failing = FailAt(patch, index)
            try:
                write(path)
            except artifacts.ArtifactError as error:
                assert "Input/output error" in str(error)
            if failing.left >= 0:
                break
        assert not list(home.glob(".incomplete-*"))
        states.append(state(path))
    assert index >= 6
    assert states[:-2] == ["old"] * (index - 2)
    assert states[-2:] == ["new", "new"]


def state(path: pathlib.Path) -> str:
    """Verified: "new", or "old" (for a directory: absent)."""
    if not path.exists():
        return "old"
    if path.is_dir():
        artifacts.verify_directory(path)
        return "new"
    artifacts.verify_file(path)
    return "old" if path.read_bytes().startswith(OLD) else "new"


def test_remove_incomplete_removes_only_that(tmp_path):
    (tmp_path / ".incomplete-abc").mkdir()
    (tmp_path / ".incomplete-abc" / "data").touch()
    (tmp_path / ".incomplete-def.keras").touch()
    write_directory(tmp_path / "1")
    artifacts.remove_incomplete(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["1"]
