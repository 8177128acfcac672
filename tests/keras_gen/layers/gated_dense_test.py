"""The gated dense layer is a dense layer, a split and a GELU."""

import keras
import numpy as np
import tensorflow as tf

from keras_gen import layers

RANDOM = np.random.default_rng(0)
X = tf.constant(RANDOM.normal(size=(2, 3, 5)).astype(np.float32))


def by_parts(layer, x):
    values, gates = tf.split(
        tf.tensordot(x, layer.kernel, 1) + layer.bias, 2, -1
    )
    return values * keras.activations.gelu(gates)


def test_equals_its_parts_and_so_do_its_gradients():
    layer = layers.GatedDense(4)
    layer.build(X.shape)
    layer.bias.assign(RANDOM.normal(size=8))
    found = []
    for call in (layer, lambda x: by_parts(layer, x)):
        with tf.GradientTape() as tape:
            tape.watch(X)
            y = call(X)
            loss = tf.reduce_sum(tf.tanh(y))
        sources = [X, *(each.value for each in layer.trainable_variables)]
        found.append([y, *tape.gradient(loss, sources)])
    assert found[0][0].shape == layer.compute_output_shape(X.shape) == (2, 3, 4)
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_it_comes_back_from_its_config():
    layer = layers.GatedDense(4, name="feed")
    again = layers.GatedDense.from_config(layer.get_config())
    assert (again.units, again.name) == (4, "feed")
