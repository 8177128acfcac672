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
    images, labels, _ = npz.read(tmp_path, "mnist", "train")
    np.testing.assert_array_equal(images, _IMAGES)
    np.testing.assert_array_equal(labels, [1, 2])
    images, labels, _ = npz.read(tmp_path, "mnist", "test")
    assert len(images) == 1 and labels is None
    images = npz.read(tmp_path, "mnist", "validation").images
    np.testing.assert_array_equal(images, _IMAGES[1:])


def test_images_without_split_are_for_training(tmp_path):
    np.savez(tmp_path / "any.npz", images=_IMAGES, labels=[1, 2])
    images, labels, _ = npz.read(tmp_path, "mnist", "train")
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


def test_captions_belong_to_their_split(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        x_train=_IMAGES,
        captions_train=np.array([["a cat", "cat"], [" a dog ", ""]]),
        x_test=_IMAGES[:1],
        captions_test=np.array(["\u732b"]),
        x_val=_IMAGES,
    )
    train = npz.read(tmp_path, "a", "train")
    assert train.captions == (("a cat", "cat"), ("a dog",))
    assert npz.read(tmp_path, "a", "test").captions == (("\u732b",),)
    assert npz.read(tmp_path, "a", "val").captions is None


@pytest.mark.parametrize("key", ["x_train", "images"])
def test_captions_of_a_single_split_need_no_name(tmp_path, key):
    captions = np.array([b"a cat", b"a dog"])
    np.savez(tmp_path / "a.npz", **{key: _IMAGES}, captions=captions)
    found = npz.read(tmp_path, "a", "train").captions
    assert found == (("a cat",), ("a dog",))


def test_captions_of_several_splits_need_a_name(tmp_path):
    np.savez(
        tmp_path / "a.npz", x_train=_IMAGES, x_test=_IMAGES, captions=["a", "b"]
    )
    with pytest.raises(DataError, match="x_train, x_test.*`captions_test`"):
        npz.read(tmp_path, "a", "test")


@pytest.mark.parametrize(
    ("captions", "message"),
    [
        (["a cat"], "as many captions as images. Received 1 for 2"),
        ([1, 2], r"array of texts, \[N\] or \[N, K\].*\[2\] int64"),
        (np.array("a cat"), r"array of texts.*\[\] <U5"),
        (["a cat", ""], "That of image 1 is empty"),
        (["a cat", " "], "Caption 1 of .*a.npz is an empty caption"),
        ([b"a cat", b"\xff"], "Caption 1 of .*a.npz is not UTF-8"),
    ],
)
def test_captions_that_do_not_fit_are_refused(tmp_path, captions, message):
    np.savez(tmp_path / "a.npz", images=_IMAGES, captions=captions)
    with pytest.raises(DataError, match=message):
        npz.read(tmp_path, "a", "train")
