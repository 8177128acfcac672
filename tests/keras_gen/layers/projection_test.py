"""Products with halves are those with the whole, for single rows."""

import keras
import numpy as np
import pytest

from keras_gen import layers


@pytest.fixture
def network():
    inputs = keras.Input((6,))
    hidden = layers.Projection(8, name="hidden")(inputs)
    odd = layers.Projection(3, name="odd")(hidden)
    return keras.Model(inputs, odd)


def rows(count):
    random = np.random.default_rng(0)
    return random.normal(size=(count, 6)).astype(np.float32)


@pytest.mark.parametrize("count", [1, 3])
def test_results_are_the_same(network, count):
    expected = network(rows(count))
    with layers.in_halves(network):
        found = network(rows(count))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_single_rows_go_through_what_was_made_at_the_start(network):
    row, hidden = rows(1), network.get_layer("hidden")
    with layers.in_halves(network):
        before = hidden(row)
        hidden.kernel.assign(2.0 * hidden.kernel)
        np.testing.assert_array_equal(hidden(row), before)
        np.testing.assert_allclose(hidden(rows(2))[:1], 2.0 * before, rtol=1e-5)
    np.testing.assert_allclose(hidden(row), 2.0 * before, rtol=1e-5)


def test_they_are_left_after_an_error(network):
    hidden = network.get_layer("hidden")
    with pytest.raises(KeyError), layers.in_halves(network):
        raise KeyError
    before = hidden(rows(1))
    hidden.kernel.assign(2.0 * hidden.kernel)
    np.testing.assert_allclose(hidden(rows(1)), 2.0 * before, rtol=1e-5)


def test_its_own_shape_is_that_of_the_inputs(network):
    hidden = network.get_layer("hidden")
    with layers.in_halves(network):
        assert hidden(rows(1)[:, np.newaxis]).shape == (1, 1, 8)
    assert "bias" not in {each.name for each in hidden.weights}
