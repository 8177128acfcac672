"""The two file formats of CIFAR-10, and damage."""

import pickle

import numpy as np
import pytest

from keras_gen.data import cifar
from keras_gen.data.examples import DataError

_IMAGES = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
_ROWS = _IMAGES.transpose(0, 3, 1, 2).reshape(2, 3072)


def _write(folder, number, stem=None):
    labels = [number, number + 1]
    stem = stem or f"data_batch_{number}"
    batch = {b"data": _ROWS, b"labels": labels, b"filenames": [b"a", b"b"]}
    if folder.name == "binary":
        rows = np.insert(_ROWS, 0, labels, axis=1)
        (folder / f"{stem}.bin").write_bytes(rows.tobytes())
    else:
        (folder / stem).write_bytes(pickle.dumps(batch, protocol=2))


@pytest.fixture(params=["binary", "python"])
def folder(request, tmp_path):
    path = tmp_path / request.param
    path.mkdir()
    for number in range(1, 6):
        _write(path, number)
    _write(path, 7, "test_batch")
    return path


def test_round_trip(folder):
    images, labels = cifar.read(folder, "train")
    np.testing.assert_array_equal(images, np.concatenate([_IMAGES] * 5))
    np.testing.assert_array_equal(labels, [1, 2, 2, 3, 3, 4, 4, 5, 5, 6])
    images, labels = cifar.read(folder, "test")
    np.testing.assert_array_equal(images, _IMAGES)
    np.testing.assert_array_equal(labels, [7, 8])


def test_nothing_there(tmp_path):
    assert cifar.read(tmp_path, "train") is None


def test_a_missing_part_is_named(folder):
    for path in folder.glob("data_batch_3*"):
        path.unlink()
    with pytest.raises(DataError, match="lacks data_batch_3"):
        cifar.read(folder, "train")
    with pytest.raises(DataError, match="one of train, test"):
        cifar.read(folder, "validation")


@pytest.mark.parametrize("size", [0, 100, 3074])
def test_damage_is_named(folder, size):
    path = next(folder.glob("test_batch*"))
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError, match="test_batch.* not a whole file"):
        cifar.read(folder, "test")


def test_a_pickle_runs_no_code(tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("executed",)

    (tmp_path / "test_batch").write_bytes(pickle.dumps(Evil(), protocol=2))
    with pytest.raises(DataError, match=r"refers to \w+.print"):
        cifar.read(tmp_path, "test")
