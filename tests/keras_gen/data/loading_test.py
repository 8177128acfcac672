"""The search for a data set, and what is found."""

import gzip
import sys

import numpy as np
import pytest

from keras_gen import data
from keras_gen.data import catalog


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch, tmp_path):
    """No cache of Keras, no system folder, no tensorflow_datasets."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    entry = catalog.find("fashion_mnist")
    object.__setattr__(entry, "system_dir", str(tmp_path / "system"))


def _write_npz(path, shape=(28, 28), count=4):
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(count)
    arrays = {}
    for split, size in (("train", count), ("test", 2)):
        arrays[f"x_{split}"] = random.integers(0, 256, (size, *shape), np.uint8)
        arrays[f"y_{split}"] = np.arange(size, dtype=np.uint8)
    np.savez_compressed(path, **arrays)
    return arrays


@pytest.mark.parametrize(("split", "count"), [("train", 1000), ("test", 200)])
def test_digits_ship_with_the_package(split, count):
    digits = data.load("digits", split)
    assert digits.image_shape == (28, 28, 1)
    assert np.bincount(digits.labels).tolist() == [count] * 10
    assert digits.name == "digits" and digits.split == split
    assert "LeCun" in digits.attribution
    assert "CC BY-SA 3.0" in digits.attribution
    assert digits.source.endswith("digits.npz")
    # Dark ground, bright strokes, as in MNIST.
    assert digits.images[:, 0].mean() < 1 < 30 < digits.images.mean() < 36


def test_digits_are_small():
    size = (
        catalog.__file__.removesuffix("catalog.py")
        + catalog.find("digits").embedded
    )
    with open(size, "rb") as file:
        assert file.seek(0, 2) <= 2_000_000


@pytest.mark.parametrize("given", ["", "mnist.npz"])
def test_data_dir_is_a_folder_or_a_file(tmp_path, given):
    arrays = _write_npz(tmp_path / "mnist.npz")
    mnist = data.load("mnist", "test", data_dir=tmp_path / given)
    np.testing.assert_array_equal(mnist.images[..., 0], arrays["x_test"])
    np.testing.assert_array_equal(mnist.labels, arrays["y_test"])
    assert mnist.labels.dtype == np.int32


def test_data_dir_may_hold_a_folder_of_the_name(tmp_path):
    _write_npz(tmp_path / "mnist" / "mnist.npz")
    _write_npz(tmp_path / "cifar10" / "some_subset.npz", (32, 32, 3), count=7)
    assert len(data.load("mnist", data_dir=tmp_path)) == 4
    cifar10 = data.load("cifar10", data_dir=str(tmp_path))
    assert len(cifar10) == 7
    assert cifar10.source == str(tmp_path / "cifar10")


def test_a_given_data_dir_is_the_only_place(tmp_path):
    _write_npz(tmp_path / "keras" / "datasets" / "mnist.npz")
    (tmp_path / "empty").mkdir()
    for name in ("mnist", "digits"):
        with pytest.raises(data.DataError, match="`data_dir` must hold") as e:
            data.load(name, data_dir=tmp_path / "empty")
        for looked_for in ("NAME.npz", "train-images-idx3-ubyte", "CLASS/"):
            assert looked_for in str(e.value)
    with pytest.raises(data.DataError, match="`data_dir` must exist"):
        data.load("mnist", data_dir=tmp_path / "nowhere")


def test_the_cache_of_keras_is_found(tmp_path):
    _write_npz(tmp_path / "keras" / "datasets" / "mnist.npz")
    assert len(data.load("mnist")) == 4


def test_the_system_folder_goes_before_the_cache_of_keras(tmp_path):
    cache = tmp_path / "keras" / "datasets" / "fashion-mnist"
    for folder, count in ((cache, 2), (tmp_path / "system", 3)):
        folder.mkdir(parents=True)
        header = bytes([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28])
        content = gzip.compress(header + bytes(count * 28 * 28))
        (folder / "train-images-idx3-ubyte.gz").write_bytes(content)
        assert len(data.load("fashion_mnist")) == count


def test_not_found_anywhere_says_where_and_what_to_do(tmp_path):
    with pytest.raises(data.DataError) as error:
        data.load("mnist")
    message = str(error.value)
    assert "\n" not in message
    assert str(tmp_path / "keras" / "datasets" / "mnist.npz") in message
    assert "pip install tensorflow-datasets" in message
    assert "--data_dir=" in message and "`digits`" in message


def test_images_of_another_shape_are_refused(tmp_path):
    _write_npz(tmp_path / "images.npz", (32, 32, 3))
    with pytest.raises(data.DataError, match=r"mnist has images of \[28, 28"):
        data.load("mnist", data_dir=tmp_path)
    assert len(data.load("folder", data_dir=tmp_path)) == 4


def test_folder_needs_a_data_dir():
    with pytest.raises(data.DataError, match="`data_dir` must be given"):
        data.load("folder")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="`name` must be one of digits"):
        data.load("minst")


def test_labels_in_a_column_become_a_vector(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        x_train=np.zeros((3, 2, 2, 3), np.uint8),
        y_train=np.array([[4], [5], [6]]),
    )
    examples = data.load("folder", data_dir=tmp_path)
    assert examples.labels.tolist() == [4, 5, 6]


def test_labels_must_be_whole_numbers(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        x_train=np.zeros((3, 2, 2, 3), np.uint8),
        y_train=np.zeros(3, np.float32),
    )
    with pytest.raises(data.DataError, match="whole numbers.*float32"):
        data.load("folder", data_dir=tmp_path)


def test_image_size_applies_to_arrays_too(tmp_path):
    _write_npz(tmp_path / "mnist.npz")
    mnist = data.load("mnist", data_dir=tmp_path, image_size=(14, 10))
    assert mnist.image_shape == (14, 10, 1)
    same = data.load("mnist", data_dir=tmp_path, image_size=(28, 28))
    untouched = data.load("mnist", data_dir=tmp_path)
    np.testing.assert_array_equal(same.images, untouched.images)
