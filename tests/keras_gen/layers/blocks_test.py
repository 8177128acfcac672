"""Keyed dropout, the deviation of a batch, and norms by name."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import layers

MAPS = np.random.default_rng(0).normal(size=(4, 3, 3, 5)).astype(np.float32)


def test_channels_with_low_keys_are_dropped_and_others_scaled():
    keys = np.float32([[-1, 0, 1, 2, 3]] * 4)
    found = layers.KeyedDropout(0.2, -0.5)([MAPS, keys]).numpy()
    np.testing.assert_array_equal(found[..., 0], 0)
    np.testing.assert_allclose(found[..., 1:], MAPS[..., 1:] / 0.8, rtol=1e-6)


def test_dropout_keeps_the_mean_over_keys():
    keys = np.random.default_rng(1).normal(size=(4000, 5)).astype(np.float32)
    ones = np.ones((4000, 1, 1, 5), np.float32)
    # A third of N(0, 1) lies below -0.43.
    found = layers.KeyedDropout(1 / 3, -0.4307)([ones, keys]).numpy()
    np.testing.assert_allclose(found.mean(axis=0), 1, atol=0.03)


def test_deviation_is_that_of_the_batch_in_training():
    features = np.float32([[0, 1], [2, 1], [4, 1]])
    layer = layers.MinibatchDeviation(momentum=0.5)
    found = layer(features, training=True).numpy()
    expected = np.std([0, 2, 4]) / 2
    np.testing.assert_array_equal(found[:, :2], features)
    np.testing.assert_allclose(found[:, 2], expected, rtol=1e-3)
    after = layer(features[:1], training=False).numpy()
    assert after[0, 2] == pytest.approx(0.5 * expected, rel=1e-3)


def test_equal_images_have_almost_no_deviation():
    layer = layers.MinibatchDeviation()
    found = layer(np.ones((3, 4), np.float32), training=True).numpy()
    assert abs(found[0, -1]) < 1e-3


@pytest.mark.parametrize(
    ("name", "axes"),
    [("batch", (0, 1, 2)), ("instance", (1, 2)), ("layer", (1, 2, 3))],
)
def test_norms_take_the_axes_of_their_name(name, axes):
    found = layers.NORMS[name]()(MAPS, training=True).numpy()
    np.testing.assert_allclose(found.mean(axis=axes), 0, atol=1e-5)
    np.testing.assert_allclose(found.std(axis=axes), 1, atol=1e-3)


def test_none_is_nothing():
    norm = layers.NORMS["none"](gamma_initializer="ones")
    np.testing.assert_array_equal(norm(MAPS), MAPS)


@pytest.mark.parametrize(
    "layer", [layers.KeyedDropout(0.2, 0.1), layers.MinibatchDeviation(0.7)]
)
def test_layers_are_read_back_from_their_config(layer):
    written = keras.saving.serialize_keras_object(layer)
    read = keras.saving.deserialize_keras_object(written)
    assert read.get_config() == layer.get_config()
    assert type(read) is type(layer)


@pytest.mark.parametrize("name", layers.NORMS)
def test_norms_can_be_saved_with_a_precision_policy(name):
    policy = keras.DTypePolicy("mixed_bfloat16")
    norm = layers.NORMS[name](gamma_initializer="ones", dtype=policy)
    written = keras.saving.serialize_keras_object(norm)
    read = keras.saving.deserialize_keras_object(written)
    assert read.dtype_policy == policy


def test_dropout_in_a_graph():
    layer = layers.KeyedDropout(0.5, 0.0)
    keys = tf.constant(np.float32([[-1, 1, -1, 1, 1]] * 4))
    compiled = tf.function(lambda maps: layer([maps, keys]))
    np.testing.assert_array_equal(compiled(MAPS), layer([MAPS, keys]))


def test_each_class_has_its_scale_and_shift():
    layer = layers.ConditionalAffine(3)
    labels = np.int32([0, 2, 2, 1])
    np.testing.assert_array_equal(layer([MAPS, labels]), MAPS)
    random = np.random.default_rng(2)
    gamma, beta = random.normal(size=(2, 3, 5)).astype(np.float32)
    layer.set_weights([gamma, beta])
    expected = [
        gamma[label] * each + beta[label]
        for each, label in zip(MAPS, labels, strict=True)
    ]
    np.testing.assert_allclose(layer([MAPS, labels]), expected, rtol=1e-6)
