"""Reflection padding is that of TensorFlow."""

import keras
import numpy as np
import tensorflow as tf

from keras_gen import layers


def test_it_mirrors_without_repeating_the_edge():
    layer = layers.ReflectionPadding2D(2)
    rows = np.random.default_rng(0).normal(size=(2, 4, 5, 3))
    pads = [[0, 0], [2, 2], [2, 2], [0, 0]]
    expected = tf.pad(rows.astype(np.float32), pads, mode="REFLECT")
    np.testing.assert_array_equal(layer(rows), expected)
    assert layer.compute_output_shape((None, None, 5, 3)) == (
        None,
        None,
        9,
        3,
    )
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    np.testing.assert_array_equal(copy(rows), expected)
