"""The convolutional encoder takes images of any size."""

import keras
import numpy as np
import pytest

from keras_gen import networks


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (7, 5, 3), (1, 1, 2)])
@pytest.mark.parametrize("widths", [(4,), (4, 6, 8)])
def test_shapes(image_shape, widths):
    network = networks.conv_encoder(image_shape, widths, 10)
    assert network.input_shape == (None, *image_shape)
    assert network.output_shape == (None, 10)
    symbolic = network(keras.Input(image_shape))
    assert symbolic.shape == (None, 10) and symbolic.dtype == "float32"


def test_each_layer_halves_the_size_rounded_up():
    network = networks.conv_encoder((7, 5, 3), (4, 6), 10)
    convolutions = [
        layer.output.shape
        for layer in network.layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    assert convolutions == [(None, 4, 3, 4), (None, 2, 2, 6)]


def test_the_output_is_linear_and_float32_at_any_precision():
    network = networks.conv_encoder((4, 4, 1), (4,), 2, dtype="mixed_bfloat16")
    images = np.random.default_rng(0).normal(size=(50, 4, 4, 1))
    code = network(images.astype("float32"))
    assert code.dtype == "float32"
    assert np.min(code) < 0 < np.max(code)


def test_the_activation_is_that_of_the_hidden_layers():
    network = networks.conv_encoder((4, 4, 1), (4, 4), 2, activation="tanh")
    found = [
        layer.activation.__name__
        for layer in network.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)
    ]
    assert found == ["tanh", "tanh", "linear"]
