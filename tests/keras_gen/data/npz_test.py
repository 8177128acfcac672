"""NumPy archives: keys, names and damage."""

import numpy as np
import pytest

from keras_gen.data import npz
from keras_gen.data.examples import DataError

_IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def test_reads_the_keys_of_keras(tmp_path):
    np.savez(
        tmp_path / "any.npz",
        x_train=_IMAGES,
        y_train=[1, 2],
        x_test=_IMAGES[:1],
        x_validation=_IMAGES[1:],
    )
    images, labels = npz.read(tmp_path, "mnist", "train")
    np.testing.assert_array_equal(images, _IMAGES)
    np.testing.assert_array_equal(labels, [1, 2])
    images, labels = npz.read(tmp_path, "mnist", "test")
    assert len(images) == 1 and labels is None
    images, _ = npz.read(tmp_path, "mnist", "validation")
    np.testing.assert_array_equal(images, _IMAGES[1:])


def test_images_without_split_are_for_training(tmp_path):
    np.savez(tmp_path / "any.npz", images=_IMAGES, labels=[1, 2])
    images, labels = npz.read(tmp_path, "mnist", "train")
    np.testing.assert_array_equal(images, _IMAGES)
    np.testing.assert_array_equal(labels, [1, 2])
    with pytest.raises(DataError, match="any.npz must hold the test images"):
        npz.read(tmp_path, "mnist", "test")


def test_a_file_may_be_a_split(tmp_path):
    np.savez(tmp_path / "train.npz", images=_IMAGES)
    np.savez(tmp_path / "test.npz", images=_IMAGES[:1])
    assert len(npz.read(tmp_path, "mnist", "train")[0]) == 2
    assert len(npz.read(tmp_path, "mnist", "test")[0]) == 1


def test_the_name_of_the_data_set_decides_among_archives(tmp_path):
    np.savez(tmp_path / "a.npz", images=_IMAGES)
    np.savez(tmp_path / "b.npz", images=_IMAGES[:1])
    assert len(npz.read(tmp_path, "b", "train")[0]) == 1
    with pytest.raises(DataError, match="mnist.npz.*Received a.npz, b.npz"):
        npz.read(tmp_path, "mnist", "train")


def test_nothing_there(tmp_path):
    assert npz.read(tmp_path, "mnist", "train") is None
    (tmp_path / "a.txt").write_text("")
    assert npz.read(tmp_path / "a.txt", "mnist", "train") is None


def test_other_keys_are_listed(tmp_path):
    np.savez(tmp_path / "faces.npz", faces=_IMAGES)
    with pytest.raises(DataError, match="`x_train` or `images`.*holds faces"):
        npz.read(tmp_path, "mnist", "train")


def _flip(content):
    return content[:200] + bytes([content[200] ^ 255]) + content[201:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"no archive",
        lambda content: content[: len(content) // 2],
        _flip,
    ],
)
def test_damage_is_named(tmp_path, damage):
    path = tmp_path / "mnist.npz"
    images = np.random.default_rng(0).integers(0, 256, (9, 9, 9), np.uint8)
    np.savez_compressed(path, images=images)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match="mnist.npz cannot be read"):
        npz.read(tmp_path, "mnist", "train")


def test_pickled_objects_are_refused(tmp_path):
    objects = np.array([{}, {}], dtype=object)
    np.savez(tmp_path / "mnist.npz", images=objects)
    with pytest.raises(DataError, match="plain arrays"):
        npz.read(tmp_path, "mnist", "train")


def test_an_array_that_is_no_archive_is_refused(tmp_path):
    with open(tmp_path / "mnist.npz", "wb") as file:
        np.save(file, _IMAGES)
    with pytest.raises(DataError, match="mnist.npz cannot be read"):
        npz.read(tmp_path, "mnist", "train")
