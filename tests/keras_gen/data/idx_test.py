"""IDX files: round trips and damage."""

import gzip
import struct

import numpy as np
import pytest

from keras_gen.data import idx
from keras_gen.data.examples import DataError

_IMAGES = np.random.default_rng(0).integers(0, 256, (5, 3, 4), np.uint8)
_LABELS = np.arange(5, dtype=np.uint8)


def _encode(array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(
    ("split", "stem"), [("train", "train"), ("test", "t10k")]
)
def test_round_trip(tmp_path, suffix, split, stem):
    pack = gzip.compress if suffix else bytes
    for kind, array in (("images-idx3", _IMAGES), ("labels-idx1", _LABELS)):
        path = tmp_path / f"{stem}-{kind}-ubyte{suffix}"
        path.write_bytes(pack(_encode(array)))
    images, labels = idx.read(tmp_path, split)
    np.testing.assert_array_equal(images, _IMAGES)
    np.testing.assert_array_equal(labels, _LABELS)


def test_labels_may_be_missing(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(_encode(_IMAGES))
    assert idx.read(tmp_path, "train")[1] is None


def test_nothing_there(tmp_path):
    assert idx.read(tmp_path, "train") is None


@pytest.mark.parametrize("split", ["test", "validation"])
def test_a_missing_split_is_named(tmp_path, split):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(_encode(_IMAGES))
    with pytest.raises(DataError, match=f"train. Received '{split}'"):
        idx.read(tmp_path, split)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin with 00000803"),
        (_encode(_IMAGES)[:10], "must begin with"),
        (_encode(_LABELS), "must begin with 00000803 and not 00000801"),
        (_encode(_IMAGES)[:-1], r"promises \[5, 3, 4\], 60 bytes, and 59"),
        (_encode(_IMAGES) + b"x", "and 61 follow"),
    ],
)
def test_damage_is_named(tmp_path, content, message):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        idx.read(tmp_path, "train")
    assert "train-images-idx3-ubyte" in str(error.value)


@pytest.mark.parametrize(
    "content",
    [_encode(_IMAGES), gzip.compress(_encode(_IMAGES), mtime=0)[:40]],
    ids=["not compressed", "cut short"],
)
def test_damaged_compression_is_named(tmp_path, content):
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DataError, match="idx3-ubyte.gz.*cannot be read"):
        idx.read(tmp_path, "train")
