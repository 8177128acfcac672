"""Group normalization from sums is Keras' own, but for the way there."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import layers

RANDOM = np.random.default_rng(0)


def pair(num_groups, shape, epsilon=1e-5):
    """The layer and Keras' own, with equal random parameters."""
    both = [
        layers.GroupNorm(num_groups, epsilon),
        keras.layers.GroupNormalization(num_groups, epsilon=epsilon),
    ]
    parameters = RANDOM.normal(size=(2, shape[-1])).astype(np.float32)
    for each in both:
        each.build(shape)
        each.set_weights(list(parameters))
    return both


def maps_of(*shape):
    return RANDOM.normal(0.5, 2, size=shape).astype(np.float32)


@pytest.mark.parametrize("num_groups", [1, 2, 6])
@pytest.mark.parametrize("shape", [(2, 5, 6), (2, 4, 3, 6), (2, 2, 3, 2, 6)])
def test_equals_keras(shape, num_groups):
    ours, theirs = pair(num_groups, shape)
    maps = maps_of(*shape)
    np.testing.assert_allclose(ours(maps), theirs(maps), atol=1e-5)


def test_gradients_equal_those_of_keras():
    maps, weights = tf.constant(maps_of(2, 4, 4, 6)), maps_of(2, 4, 4, 6)
    gradients = []
    for layer in pair(3, maps.shape):
        with tf.GradientTape() as tape:
            tape.watch(maps)
            loss = tf.reduce_sum(weights * tf.tanh(layer(maps)))
        variables = [maps, *(x.value for x in layer.trainable_variables)]
        gradients.append(tape.gradient(loss, variables))
    for ours, theirs in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_vectors_are_normalized_over_channels():
    vectors = maps_of(3, 8)
    found = layers.GroupNorm(2, 0.0)(vectors).numpy().reshape(3, 2, 4)
    np.testing.assert_allclose(found.mean(axis=-1), 0, atol=1e-5)
    np.testing.assert_allclose(found.std(axis=-1), 1, atol=1e-4)


def test_a_row_does_not_depend_on_its_batch_mates():
    layer, maps = layers.GroupNorm(2), maps_of(3, 4, 4, 6)
    np.testing.assert_allclose(layer(maps[:1])[0], layer(maps)[0], atol=1e-6)


def test_statistics_are_float32_under_mixed_precision():
    """A mean in bfloat16 would be off by more than the maps deviate."""
    maps = np.float32(RANDOM.choice([8.0, 8.0625], size=(2, 16, 16, 4)))
    layer = layers.GroupNorm(4, 1e-6, dtype="mixed_bfloat16")
    found = layer(maps)
    assert found.dtype == "bfloat16"
    assert [x.dtype for x in layer.variables] == ["float32"] * 2
    expected = layers.GroupNorm(4, 1e-6)(maps)
    np.testing.assert_allclose(
        np.asarray(found, np.float32), expected, atol=0.01
    )


def test_the_activation_comes_last():
    maps = maps_of(2, 3, 3, 4)
    found = layers.GroupNorm(2, activation="silu")(maps)
    plain = layers.GroupNorm(2)(maps).numpy()
    np.testing.assert_allclose(found, plain / (1 + np.exp(-plain)), atol=1e-5)


def test_constant_maps_become_the_shift():
    """The difference of two equal numbers must not be a negative variance."""
    layer = layers.GroupNorm(2, 1e-6)
    found = layer(np.full((1, 9, 9, 4), 77.7, np.float32)).numpy()
    np.testing.assert_allclose(found, 0, atol=0.05)


def test_unknown_sizes_in_a_graph():
    layer = layers.GroupNorm(2)
    maps = maps_of(2, 4, 6, 8)
    signature = [tf.TensorSpec([None, None, None, 8])]
    compiled = tf.function(layer.__call__, input_signature=signature)
    np.testing.assert_allclose(compiled(maps), layer(maps), atol=1e-6)


def test_groups_that_do_not_divide_are_refused():
    message = r"`num_groups` must divide .* num_groups=4 for 6 channels"
    with pytest.raises(ValueError, match=message):
        layers.GroupNorm(4)(maps_of(1, 2, 2, 6))


def test_is_read_back_from_its_config():
    layer = layers.GroupNorm(4, 1e-6, "silu", dtype="mixed_bfloat16")
    written = keras.saving.serialize_keras_object(layer)
    read = keras.saving.deserialize_keras_object(written)
    assert type(read) is layers.GroupNorm
    assert read.get_config() == layer.get_config()
