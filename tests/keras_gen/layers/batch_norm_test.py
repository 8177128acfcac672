"""The fused kernel gives what Keras computes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import layers

INPUTS = tf.random.stateless_normal((6, 5, 4, 3), (0, 1)) * 2.0 + 1.0


def pair(**options):
    """(ours, Keras') with equal weights, not at their defaults."""
    options |= {
        "gamma_initializer": keras.initializers.RandomNormal(1, 0.2, seed=1),
        "beta_initializer": keras.initializers.RandomNormal(0, 0.2, seed=2),
    }
    both = (
        layers.BatchNorm(**options),
        keras.layers.BatchNormalization(**options),
    )
    for each in both:
        each.build(INPUTS.shape)
    return both


@pytest.mark.parametrize(
    "options",
    [{}, {"scale": False}, {"center": False}, {"epsilon": 1e-5}],
)
def test_outputs_averages_and_gradients_equal_keras(options):
    results = []
    for layer in pair(**options):
        with tf.GradientTape() as tape:
            tape.watch(INPUTS)
            outputs = layer(INPUTS, training=True)
            loss = tf.reduce_sum(outputs**3)
        sources = [INPUTS, *(v.value for v in layer.trainable_variables)]
        after = layer(INPUTS, training=False)
        gradients = tape.gradient(loss, sources)
        averages = [v.value for v in layer.non_trainable_variables]
        results.append([outputs, after, *gradients, *averages])
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-4, atol=2e-4)


def test_a_frozen_layer_uses_its_averages():
    layer, _ = pair()
    layer.trainable = False
    before = layer(INPUTS, training=False)
    np.testing.assert_array_equal(layer(INPUTS, training=True), before)


def test_vectors_are_left_to_keras():
    layer = layers.BatchNorm()
    vectors = tf.reshape(INPUTS, (-1, 3))
    mean = np.mean(layer(vectors, training=True), axis=0)
    np.testing.assert_allclose(mean, np.zeros(3), atol=1e-5)


def test_bfloat16_stays_bfloat16():
    layer = layers.BatchNorm(dtype="mixed_bfloat16")
    assert layer(INPUTS, training=True).dtype == tf.bfloat16
    assert {v.dtype for v in layer.variables} == {"float32"}
