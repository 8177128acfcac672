"""A network by Winograd's algorithm is the same function of the images."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import layers, networks

DEEP = 256


def convolution(filters=6, **changes):
    """A convolution that Winograd's algorithm fits, but for the changes."""
    options = {"kernel_size": 3, "padding": "same", "activation": "relu"}
    return keras.layers.Conv2D(filters, **options | changes)


def network(*convolutions, size=DEEP):
    x = inputs = keras.Input((None, None, size))
    for each in convolutions:
        x = each(x)
    return keras.Model(inputs, {"last": x})


@pytest.fixture(scope="module")
def pair():
    """A network of two such layers and a shallow one, and its like."""
    direct = network(
        convolution(filters=DEEP, bias_initializer="normal", name="first"),
        convolution(name="second"),
        convolution(name="shallow"),
    )
    return direct, networks.by_winograd(direct)


def value_and_gradient(network, images):
    with tf.GradientTape() as tape:
        tape.watch(images)
        found = network(images)["last"]
        score = tf.reduce_sum(tf.sin(found))
    return found, tape.gradient(score, images)


@pytest.mark.parametrize("run", [lambda f: f, tf.function])
def test_values_and_gradients_are_the_same(pair, run):
    images = tf.random.stateless_normal((2, 6, 5, DEEP), seed=(0, 0))
    wanted, found = (run(value_and_gradient)(each, images) for each in pair)
    for one, other in zip(wanted, found, strict=True):
        assert np.std(one) > 0.01
        np.testing.assert_allclose(other, one, atol=2e-5)


def test_deep_convolutions_alone_are_others(pair):
    kinds = {each.name: type(each) for each in pair[1].layers}
    assert kinds["first"] is kinds["second"] is layers.WinogradConv2D
    assert kinds["shallow"] is keras.layers.Conv2D
    assert not pair[1].trainable_variables
    assert len(pair[0].trainable_variables) == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"kernel_size": 5},
        {"strides": 2},
        {"padding": "valid"},
        {"activation": "gelu"},
        {"dilation_rate": 2},
        {"groups": 2},
        {"use_bias": False},
        {"dtype": "mixed_bfloat16"},
    ],
)
def test_what_does_not_fit_stays_as_it_is(changes):
    found = networks.by_winograd(network(convolution(**changes)))
    (kind,) = {type(each) for each in found.layers if each.weights}
    assert kind is keras.layers.Conv2D


def test_it_comes_back_from_its_file(pair, tmp_path):
    pair[1].save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    images = tf.random.stateless_normal((1, 4, 4, DEEP), seed=(1, 0))
    np.testing.assert_array_equal(
        loaded(images)["last"], pair[1](images)["last"]
    )
