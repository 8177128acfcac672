"""Masks against whole kernels, LSTMs against loops over pixels."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import layers
from keras_gen.layers import diagonal_lstm, lstm_gates, masked_conv

RANDOM = np.random.default_rng(0)


def images(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def perturbed(layer, inputs):
    """The layer, built, with biases that are not 0."""
    layer.build(inputs.shape)
    for variable in layer.trainable_variables:
        variable.assign(images(*variable.shape) * 0.5)
    return layer


@pytest.mark.parametrize("mask_type", ["A", "B"])
@pytest.mark.parametrize("groups", [1, 3])
def test_half_a_kernel_is_a_whole_one_with_the_mask_of_the_paper(
    mask_type, groups
):
    inputs = images(2, 7, 6, 6)
    layer = perturbed(
        layers.MaskedConv2D(9, masked_conv.square(5), mask_type, groups), inputs
    )
    kernel = np.zeros((5, 5, 6, 9), np.float32)
    kernel[:3] = layer.kernel
    kernel[2, 3:] = 0.0  # To the right of the pixel.
    for channel_in in range(6):
        for channel_out in range(9):
            one, other = channel_in * groups // 6, channel_out * groups // 9
            sees = one < other if mask_type == "A" else one <= other
            kernel[2, 2, channel_in, channel_out] *= sees
    expected = tf.nn.conv2d(inputs, kernel, 1, "SAME") + layer.bias
    np.testing.assert_allclose(layer(inputs), expected, rtol=1e-4, atol=1e-4)


def test_a_strict_row_convolution_is_one_moved_down_by_a_row():
    inputs = images(2, 6, 5, 3)
    strict = perturbed(layers.RowConv2D(4, 2, 1, strict=True), inputs)
    plain = layers.RowConv2D(4, 2, 1)
    plain.build(inputs.shape)
    plain.set_weights(strict.get_weights())
    np.testing.assert_allclose(
        strict(inputs)[:, 1:], plain(inputs)[:, :-1], rtol=1e-5, atol=1e-6
    )
    np.testing.assert_array_equal(strict(inputs)[:, 0, 0], [strict.bias] * 2)


def test_unskew_is_the_inverse_of_skew_and_diagonals_are_columns():
    inputs = images(2, 4, 5, 3)
    skewed = diagonal_lstm.skew(inputs)
    assert skewed.shape == (2, 4, 8, 3)
    for row in range(4):
        found = skewed[:, row, row : row + 5]
        np.testing.assert_array_equal(found, inputs[:, row])
        assert not np.any(skewed[:, row, :row])
        assert not np.any(skewed[:, row, row + 5 :])
    np.testing.assert_array_equal(diagonal_lstm.unskew(skewed), inputs)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def cell_of(gates, cell):
    i, f, o, g = np.split(gates, 4, axis=-1)
    cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(cell), cell


def test_diagonal_lstm_is_a_loop_over_pixels():
    inputs, units = images(2, 4, 3, 5), 2
    layer = perturbed(layers.DiagonalBiLSTM(units), inputs)
    kernel = layer.kernel.numpy()

    def one_way(inputs, dense, kernel):
        gates = dense(inputs).numpy()
        hidden, cell = np.zeros((2, 2, 5, 4, units))  # A border of zeros.
        for row in range(4):
            for column in range(3):
                left, above = (
                    hidden[:, row + 1, column],
                    hidden[:, row, column + 1],
                )
                near = np.concatenate([left, above], axis=-1)
                found = cell_of(
                    gates[:, row, column] + near @ kernel,
                    cell[:, row + 1, column],
                )
                hidden[:, row + 1, column + 1] = found[0]
                cell[:, row + 1, column + 1] = found[1]
        return hidden

    right = one_way(inputs, layer.to_right, kernel[0])[:, 1:, 1:]
    left = one_way(inputs[:, :, ::-1], layer.to_left, kernel[1])
    left = left[:, :-1, 1:][:, :, ::-1]  # Down by a row.
    np.testing.assert_allclose(layer(inputs), right + left, atol=1e-5)


def test_row_lstm_is_a_loop_over_pixels():
    inputs, units = images(2, 4, 3, 5), 2
    layer = perturbed(layers.RowLSTM(units), inputs)
    gates = layer.inputs_to_gates(inputs).numpy()
    kernel = layer.kernel.numpy()  # [3, units, 4 units]
    hidden, cell = np.zeros((2, 2, 5, 5, units))
    for row in range(4):
        for column in range(3):
            above = hidden[:, row, column : column + 3]
            found = cell_of(
                gates[:, row, column] + np.einsum("bkd,kdg->bg", above, kernel),
                cell[:, row, column + 1],
            )
            hidden[:, row + 1, column + 1], cell[:, row + 1, column + 1] = found
    np.testing.assert_allclose(layer(inputs), hidden[:, 1:, 1:-1], atol=1e-5)


def test_parts_of_a_group_stay_in_it():
    x = np.arange(12, dtype=np.float32).reshape(1, 12)
    one, other = lstm_gates.split(x, 2, 3)
    np.testing.assert_array_equal(one, [[0, 1, 4, 5, 8, 9]])
    np.testing.assert_array_equal(other, [[2, 3, 6, 7, 10, 11]])


def test_mistakes():
    with pytest.raises(ValueError, match="`mask_type` must be A or B"):
        layers.MaskedConv2D(3, mask_type="C")
    with pytest.raises(ValueError, match="`filters` must be a multiple of the"):
        layers.MaskedConv2D(4, num_groups=3).build((None, 5, 5, 3))
    with pytest.raises(ValueError, match="must be as wide as half"):
        layers.MaskedConv2D(4, masked_conv.square(7)).build((None, 5, 2, 3))
