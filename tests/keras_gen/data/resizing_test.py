"""Resizing crops the centre and keeps what need not change."""

import numpy as np
import pytest

from keras_gen.data import resizing


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_one_level_stays_one_level(channels):
    image = np.full((9, 6, channels), 77, np.uint8)
    image[..., 3:] = 255  # Opaque.
    resized = resizing.resize(image, (4, 5))
    assert resized.shape == (4, 5, channels)
    assert np.all(resized == image[:4, :5])


@pytest.mark.parametrize("axis", [0, 1])
def test_the_centre_is_kept(axis):
    parts = [np.full((4, 4, 1), level, np.uint8) for level in (0, 200, 90)]
    resized = resizing.resize(np.concatenate(parts, axis), (4, 4))
    np.testing.assert_array_equal(resized, parts[1])


def test_means_survive_shrinking():
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    resized = resizing.resize(image, (8, 8))
    assert abs(resized.mean() - image.mean()) < 1


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match="`image_size`.*1, 3 or 4.*Received 2"):
        resizing.resize(np.zeros((4, 4, 2), np.uint8), (2, 2))
    with pytest.raises(ValueError, match=r"`image_size` must be.*\(0, 2\)"):
        resizing.resize(np.zeros((4, 4, 3), np.uint8), (0, 2))
