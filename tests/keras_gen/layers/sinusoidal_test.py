"""Waves of a number: closed form, order, and precision."""

import keras
import numpy as np
import pytest

from keras_gen import layers


def test_cosines_then_sines_of_falling_frequencies():
    times = np.float32([0, 0.3, -2, 999])
    angles = times[:, None] * 100.0 ** -np.float32([0, 1 / 3, 2 / 3])
    expected = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    found = layers.SinusoidalEmbedding(6, max_period=100.0)(times)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_zero_is_ones_and_zeros():
    found = layers.SinusoidalEmbedding(8)(np.zeros(1, np.float32))
    np.testing.assert_array_equal(found, [[1] * 4 + [0] * 4])


def test_times_are_not_rounded_under_mixed_precision():
    times = np.float32([997, 998, 999])
    layer = layers.SinusoidalEmbedding(32, dtype="mixed_bfloat16")
    found = layer(times)
    assert found.dtype == "bfloat16"
    expected = layers.SinusoidalEmbedding(32)(times)
    np.testing.assert_allclose(
        np.asarray(found, np.float32), expected, atol=0.01
    )


@pytest.mark.parametrize("size", [0, 5])
def test_a_size_that_cannot_be_halved_is_refused(size):
    with pytest.raises(ValueError, match=f"`size` must be even.*{size}"):
        layers.SinusoidalEmbedding(size)


def test_is_read_back_from_its_config():
    layer = layers.SinusoidalEmbedding(4, 50.0)
    written = keras.saving.serialize_keras_object(layer)
    read = keras.saving.deserialize_keras_object(written)
    assert read.get_config() == layer.get_config()
    times = np.float32([0.1, 7])
    np.testing.assert_array_equal(read(times), layer(times))
