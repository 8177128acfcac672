"""Examples are checked when they are made."""

import numpy as np
import pytest

from keras_gen import data


def _make(images, labels=None, captions=None):
    return data.Examples(
        images, labels, "noise", "train", "noise.npz", "", captions
    )


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


def test_captions_are_kept_and_can_be_required():
    captions = (("a cat", "cat"), ("a dog",))
    examples = _make(np.zeros((2, 4, 5, 1), np.uint8), captions=captions)
    assert examples.captions == examples.require_captions() == captions
    bare = _make(np.zeros((2, 4, 5, 1), np.uint8))
    assert bare.captions is None
    with pytest.raises(data.DataError) as error:
        bare.require_captions()
    message = str(error.value)
    assert "noise (train) from noise.npz has none" in message
    assert 'metadata.jsonl beside the images, with a line {"file_' in message


@pytest.mark.parametrize(
    ("captions", "message"),
    [
        ((("a",),), "tuple of 2, one.*Received tuple of 1 from noise.npz"),
        ([("a",), ("b",)], "Received list of 2"),
        ((("a",), ()), r"one text or more.*Received \(\) for image 1"),
        ((("a",), "b"), "Received 'b' for image 1 of noise.npz"),
        ((("a", " "), ("b",)), r"none of them empty.*\('a', ' '\) for image 0"),
        ((("a",), (b"b",)), "for image 1"),
    ],
)
def test_captions_must_be_texts_for_each_image(captions, message):
    with pytest.raises(data.DataError, match=message):
        _make(np.zeros((2, 4, 5, 1), np.uint8), captions=captions)
