"""Examples are checked when they are made."""

import numpy as np
import pytest

from keras_gen import data


def _make(images, labels=None):
    return data.Examples(images, labels, "noise", "train", "noise.npz", "")


def test_length_and_shape():
    examples = _make(np.zeros((3, 4, 5, 1), np.uint8))
    assert len(examples) == 3
    assert examples.image_shape == (4, 5, 1)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((3, 4, 5, 1)), None, "uint8.*float64 from noise.npz"),
        (np.zeros((3, 4), np.uint8), None, r"\[N, H, W, C\].*\[3, 4\]"),
        (np.zeros((0, 4, 5, 1), np.uint8), None, "must hold an example"),
        (
            np.zeros((3, 4, 5, 1), np.uint8),
            np.zeros(2, np.int32),
            r"\[3\] int32, one for each image.*\[2\]",
        ),
        (np.zeros((1, 4, 5, 1), np.uint8), np.zeros(1), "float64"),
    ],
)
def test_errors_name_the_field_and_the_source(images, labels, message):
    with pytest.raises(data.DataError, match=message):
        _make(images, labels)
