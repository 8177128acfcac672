"""Every pixel network: whole images and columns agree, and see what is before.

That a value sees none behind it is exact: the derivatives are 0, not small.
"""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import networks

GREY, COLOUR = (5, 4, 1), (3, 4, 3)


def cnn(shape, layers=2, classes=0):
    return networks.PixelCNNNetwork(shape, 3, 24, layers, 5, 24, classes)


def gated(shape, layers=2, classes=0):
    return networks.GatedPixelCNNNetwork(shape, 3, 12, layers, 5, 24, classes)


def diagonal(shape, layers=2, classes=0):
    return networks.PixelRNNNetwork(
        shape, "diagonal", 3, 24, layers, 3, 24, classes
    )


def row(shape, layers=2, classes=0):
    return networks.PixelRNNNetwork(shape, "row", 3, 24, layers, 3, 24, classes)


def plus_plus(shape, layers=2, classes=0):
    return networks.PixelCNNPlusPlusNetwork(
        shape, 3 * shape[2], 6, layers, classes
    )


MAKERS = (cnn, gated, diagonal, row, plus_plus)
CASES = [(make, shape) for make in MAKERS for shape in (GREY, COLOUR)]


def perturbed(network):
    """With weights that leave no derivative at 0 by chance."""
    random = np.random.default_rng(0)
    for variable in network.trainable_variables:
        noise = random.normal(size=variable.shape).astype(np.float32)
        variable.assign(0.3 * noise + 0.05)
    return network


def images(shape, num=2):
    random = np.random.default_rng(1)
    return random.uniform(-1, 1, (num, *shape)).astype(np.float32)


def jacobian(network, shape):
    """|d outputs of value i / d value j|, [N, N], greatest over outputs."""
    count = np.prod(shape)

    @tf.function
    def derivative(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = tf.reshape(network(x), (1, count, -1))
        return tape.jacobian(outputs, x, experimental_use_pfor=False)

    found = np.abs(derivative(tf.constant(images(shape, 1))).numpy())
    return found.reshape(count, -1, count).max(axis=1)


def earlier(network, shape):
    """[N, N] bool: which values j the outputs of value i may see."""
    index = np.arange(np.prod(shape))
    if not network.sees_channels:
        index = index // shape[2]
    return index < index[:, None]


@pytest.mark.parametrize(("make", "shape"), CASES)
def test_columns_are_the_whole(make, shape):
    network, labels = perturbed(make(shape, classes=3)), tf.constant([0, 2])
    x = images(shape)
    whole = network(x, labels).numpy().reshape(2, -1, network.num_outputs)
    scale = np.abs(whole).max()
    channels = shape[2]
    condition = network.condition(labels)
    step = tf.function(
        lambda values, state: network.step(values, state, condition)
    )
    state = network.initial_state(2)
    values = np.zeros(2, np.float32)
    for index, after in enumerate(x.reshape(2, -1).T):
        found, state = step(values, state)
        pixel, channel = divmod(index, channels)
        expected, found = whole[:, pixel], found.numpy()
        if network.sees_channels:
            expected, found = (
                each.reshape(2, channels, -1)[:, channel]
                for each in (expected, found)
            )
        np.testing.assert_allclose(found, expected, atol=1e-5 * scale)
        values = after


@pytest.mark.parametrize(("make", "shape"), CASES)
def test_a_value_sees_none_behind_it(make, shape):
    network = perturbed(make(shape))
    found = jacobian(network, shape)
    assert (found[~earlier(network, shape)] == 0.0).all()


@pytest.mark.parametrize("make", [gated, plus_plus])
@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_without_blind_spot_a_value_sees_all_before_it(make, shape):
    network = perturbed(make(shape, layers=4))
    found = jacobian(network, shape)
    assert (found[earlier(network, shape)] > 0.0).all()


@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_diagonals_see_all_but_the_end_of_the_row_above(shape):
    """No pixel stands to the right of the last one, to pass its value on."""
    network, (_, width, channels) = perturbed(diagonal(shape)), shape
    unseen = (jacobian(network, shape) == 0.0) & earlier(network, shape)
    index = np.arange(np.prod(shape))
    row, column = index // (width * channels), index // channels % width
    is_end = (column == width - 1) & (index % channels == channels - 1)
    far = column[:, None] < width - 2  # Beyond the first kernel, 3 x 3.
    above = row == row[:, None] - 1
    np.testing.assert_array_equal(unseen, above & far & is_end)


@pytest.mark.parametrize("make", [cnn, row])
def test_these_have_a_blind_spot_however_deep(make):
    network, shape = perturbed(make((4, 7, 1), layers=6)), (4, 7, 1)
    found = jacobian(network, shape).reshape(4, 7, 4, 7)
    # Of the row above, what is more to the right than the first kernel sees
    # comes through pixels that are themselves behind.
    assert found[1, 0, 0, 6] == 0.0 and found[1, 0, 0, 1] > 0.0


@pytest.mark.parametrize("make", MAKERS)
def test_a_class_changes_outputs(make):
    network = perturbed(make(GREY, classes=3))
    x = images(GREY)
    one, other = (network(x, tf.constant([c, c])).numpy() for c in (0, 1))
    assert np.abs(one - other).max() > 1e-3
    state, values = network.initial_state(2), tf.zeros(2)
    found, _ = network.step(
        values, state, network.condition(tf.constant([1, 1]))
    )
    np.testing.assert_allclose(found, other[:, 0, 0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("make", MAKERS)
def test_a_copy_from_its_config_is_equal(make):
    network = perturbed(make(GREY))
    copy = type(network).from_config(network.get_config())
    copy.set_weights(network.get_weights())
    x = images(GREY)
    np.testing.assert_array_equal(copy(x), network(x))
