"""The convolutional decoder makes images of any size."""

import keras
import numpy as np
import pytest

from keras_gen import networks


@pytest.mark.parametrize(
    "image_shape", [(28, 28, 1), (7, 5, 3), (1, 1, 2), (8, 3, 4)]
)
@pytest.mark.parametrize("widths", [(4,), (4, 6, 8)])
def test_shapes(image_shape, widths):
    network = networks.conv_decoder(5, widths, image_shape)
    assert network.input_shape == (None, 5)
    assert network.output_shape == (None, *image_shape)
    symbolic = network(keras.Input((5,)))
    assert symbolic.shape == (None, *image_shape)
    assert symbolic.dtype == "float32"


def test_widths_count_from_the_side_of_the_picture():
    network = networks.conv_decoder(5, (4, 6), (8, 8, 3))
    found = [
        layer.output.shape
        for layer in network.layers
        if isinstance(
            layer, keras.layers.Reshape | keras.layers.Conv2DTranspose
        )
    ]
    assert found == [(None, 2, 2, 6), (None, 4, 4, 4), (None, 8, 8, 3)]


def test_a_picture_cut_to_size_is_a_part_of_the_whole_one():
    keras.utils.set_random_seed(0)
    whole = networks.conv_decoder(5, (4, 6), (8, 8, 3))
    cut = networks.conv_decoder(5, (4, 6), (7, 5, 3))
    cut.set_weights(whole.get_weights())
    latent = np.random.default_rng(0).normal(size=(2, 5)).astype("float32")
    expected = np.asarray(whole(latent))[:, :7, :5]
    np.testing.assert_allclose(cut(latent), expected, rtol=1e-5, atol=1e-6)


def test_hidden_channels_may_be_as_many_as_those_of_the_picture():
    """Only the last layer is linear, not every layer of equal width."""
    network = networks.conv_decoder(5, (3, 3), (8, 8, 3), activation="tanh")
    found = [
        layer.activation.__name__
        for layer in network.layers
        if isinstance(layer, keras.layers.Conv2DTranspose)
    ]
    assert found == ["tanh", "linear"]


def test_the_output_is_float32_at_any_precision():
    network = networks.conv_decoder(5, (4,), (4, 4, 1), dtype="mixed_float16")
    assert network(np.zeros((2, 5), "float32")).dtype == "float32"
    precisions = {layer.compute_dtype for layer in network.layers}
    assert precisions == {"float16", "float32"}
