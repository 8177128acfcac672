"""A push is whole or has not happened, and numbers only rise."""

import concurrent.futures
import shutil

import pytest

from export import push, validate, versions
from keras_gen import artifacts
from tests.export import exported


@pytest.fixture
def unchecked(monkeypatch):
    """Leaves out the slow part of validation, which has tests of its own."""
    monkeypatch.setattr(validate, "require", lambda path: None)


def test_a_version_is_copied_validated_and_listed(tmp_path):
    pushed = push.push(exported.version(), tmp_path / "models/vae")
    assert pushed == tmp_path / "models/vae/1"
    assert artifacts.verify_directory(pushed) == artifacts.verify_directory(
        exported.version()
    )
    assert (tmp_path / "models/models.config").is_file()
    assert [each.name for each in pushed.parent.iterdir()] == ["1"]


def test_numbers_rise(tmp_path, unchecked):
    base = tmp_path / "vae"
    numbers = [
        push.push(exported.version(), base, number).name
        for number in (None, None, 5, None)
    ]
    assert numbers == ["1", "2", "5", "6"]
    with pytest.raises(artifacts.ArtifactError, match="Received: 3"):
        push.push(exported.version(), base, 3)
    assert versions.find(base) == [1, 2, 5, 6]


def test_many_pushes_at_once_get_a_number_each(tmp_path, unchecked):
    base = tmp_path / "vae"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        pushes = [
            pool.submit(push.push, exported.version(), base) for _ in range(8)
        ]
        pushed = [each.result() for each in pushes]
    assert sorted(int(each.name) for each in pushed) == list(range(1, 9))
    for each in pushed:
        artifacts.verify_directory(each)


def test_a_damaged_version_changes_nothing(tmp_path):
    shutil.copytree(exported.version(), tmp_path / "damaged")
    file = tmp_path / "damaged/saved_model.pb"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(
        artifacts.ArtifactError, match="saved_model.pb is damaged"
    ):
        push.push(tmp_path / "damaged", tmp_path / "models/vae")
    assert [each.name for each in tmp_path.iterdir()] == ["damaged"]


def test_an_invalid_version_changes_nothing(tmp_path):
    path = exported.changed(
        tmp_path / "invalid", lambda d: (d / "saved_model.pbtxt").touch()
    )
    with pytest.raises(artifacts.ArtifactError, match="saved_model.pbtxt"):
        push.push(path, tmp_path / "models/vae")
    assert [each.name for each in tmp_path.iterdir()] == ["invalid"]


def test_a_copy_that_differs_is_not_published(tmp_path, monkeypatch):
    def copy_badly(source, directory):
        shutil.copytree(source, directory, dirs_exist_ok=True)
        (directory / artifacts.MANIFEST).unlink()
        (directory / "MODEL_CARD.md").write_text("another")

    monkeypatch.setattr(push, "_copy", copy_badly)
    with pytest.raises(artifacts.ArtifactError, match="not copied faithfully"):
        push.push(exported.version(), tmp_path / "models/vae")
    assert not list(tmp_path.iterdir())
