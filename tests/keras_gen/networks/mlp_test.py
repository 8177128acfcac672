"""The perceptron goes between any two shapes."""

import keras
import numpy as np
import pytest

from keras_gen import networks


@pytest.mark.parametrize(
    ("input_shape", "output_shape"),
    [((3,), (4,)), ((7, 5, 3), (6,)), ((2,), (7, 5, 3)), ((2, 2), (1,))],
)
@pytest.mark.parametrize("widths", [(), (8,), (8, 9)])
def test_shapes(input_shape, output_shape, widths):
    network = networks.mlp(input_shape, widths, output_shape)
    assert network.input_shape == (None, *input_shape)
    assert network.output_shape == (None, *output_shape)
    symbolic = network(keras.Input(input_shape))
    assert symbolic.shape == (None, *output_shape)
    assert symbolic.dtype == "float32"


def test_widths_are_units_in_order():
    network = networks.mlp((3,), (8, 9), (4, 5))
    units = [
        layer.units
        for layer in network.layers
        if isinstance(layer, keras.layers.Dense)
    ]
    assert units == [8, 9, 20]


def test_without_hidden_layers_it_is_affine():
    network = networks.mlp((2, 3), (), (4,))
    matrix, bias = network.get_weights()
    bias = bias + np.arange(4, dtype="float32")
    network.set_weights([matrix, bias])
    rows = np.random.default_rng(0).normal(size=(5, 2, 3)).astype("float32")
    expected = rows.reshape(5, 6) @ matrix + bias
    np.testing.assert_allclose(network(rows), expected, rtol=1e-5, atol=1e-6)


def test_the_output_is_float32_at_any_precision():
    network = networks.mlp((3,), (8,), (4,), dtype="mixed_bfloat16")
    assert network(np.zeros((2, 3), "float32")).dtype == "float32"
    precisions = {layer.compute_dtype for layer in network.layers}
    assert precisions == {"bfloat16", "float32"}
