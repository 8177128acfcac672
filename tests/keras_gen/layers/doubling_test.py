"""Twice the size by nearest neighbours."""

import keras
import numpy as np

from keras_gen import layers


def test_it_is_what_keras_does_for_any_size_and_type():
    images = keras.Input((None, None, 3))
    network = keras.Model(images, layers.Doubling2D()(images))
    for shape in ((2, 3, 4, 3), (1, 5, 1, 3)):
        rows = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        expected = keras.layers.UpSampling2D()(rows)
        np.testing.assert_array_equal(network(rows), expected)
    assert network.output_shape == (None, None, None, 3)
    policy = keras.DTypePolicy("mixed_bfloat16")
    copy = keras.layers.deserialize(
        keras.layers.serialize(layers.Doubling2D(dtype=policy))
    )
    assert copy.compute_dtype == "bfloat16"
    half = layers.Doubling2D(dtype="mixed_bfloat16")(np.ones((1, 2, 2, 1)))
    assert keras.backend.standardize_dtype(half.dtype) == "bfloat16"
