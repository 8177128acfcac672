"""L-BFGS finds minima that are known, in few evaluations."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize

from keras_gen.models.style_transfer import lbfgs


def minimized(loss, start, num_steps, bounds=(-np.inf, np.inf)):
    """The state in the end."""

    def function(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(x)
        return value, tape.gradient(value, x)

    @tf.function
    def run(x):
        state = lbfgs.begin(function, x)
        return lbfgs.minimize(function, state, num_steps, bounds)

    return run(tf.constant(start, tf.float64))


def rosenbrock(x):
    return tf.reduce_sum(
        100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2
    )


def test_the_valley_of_rosenbrock():
    state = minimized(rosenbrock, np.zeros(10), 120)
    np.testing.assert_allclose(state.position, np.ones(10), atol=1e-6)
    assert int(state.num_evaluations) < 200


def test_a_step_takes_little_more_than_an_evaluation():
    weights = np.geomspace(1.0, 50.0, 50)
    state = minimized(
        lambda x: tf.reduce_sum(weights * (x - 1.0) ** 2), np.zeros(50), 60
    )
    np.testing.assert_allclose(state.position, np.ones(50), atol=1e-3)
    assert int(state.num_evaluations) <= 75


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_the_size_of_the_loss_does_not_matter(size):
    expected = minimized(rosenbrock, np.zeros(4), 20)
    found = minimized(lambda x: size * rosenbrock(x), np.zeros(4), 20)
    np.testing.assert_allclose(
        found.position, expected.position, rtol=1e-4, atol=1e-6
    )


def test_no_step_goes_up():
    values = [
        float(minimized(rosenbrock, np.full(6, -1.2), count).value)
        for count in range(0, 40, 4)
    ]
    assert values == sorted(values, reverse=True)


def test_a_wall_is_not_crossed():
    """Beyond 1 the loss is infinite: the search steps back."""
    state = minimized(
        lambda x: -tf.reduce_sum(tf.math.log(1.0 - x)) - 3.0 * tf.reduce_sum(x),
        np.zeros(3),
        30,
    )
    np.testing.assert_allclose(state.position, np.full(3, 2.0 / 3.0), atol=1e-6)


def test_it_is_stuck_where_nothing_descends():
    state = minimized(lambda x: tf.reduce_sum(x**2), np.zeros(3), 30)
    assert bool(state.is_stuck)
    assert int(state.num_evaluations) < 30
    np.testing.assert_array_equal(state.position, np.zeros(3))


def test_bounds_are_kept_and_the_rest_is_found():
    """Half of the numbers want to go beyond; all hang together."""
    random = np.random.default_rng(0)
    mixing = random.normal(size=(20, 20)) / 10.0 + np.eye(20)
    wanted = mixing @ np.where(np.arange(20) % 2, 3.0, 0.3)

    def loss(x):
        return tf.reduce_sum((tf.linalg.matvec(mixing, x) - wanted) ** 2)

    state = minimized(loss, np.zeros(20), 100, (-1.0, 1.0))
    expected = optimize.lsq_linear(mixing, wanted, (-1.0, 1.0), tol=1e-12)
    np.testing.assert_allclose(state.position, expected.x, atol=1e-4)
    assert 2 < np.sum(np.abs(expected.x) > 0.999) < 18
    np.testing.assert_allclose(state.value, loss(state.position), rtol=1e-12)


def test_a_number_comes_back_from_its_bound():
    """The first step throws both to the bound; one belongs in between."""
    state = minimized(
        lambda x: 1e3 * (x[0] - 0.5) ** 2 - x[1], [-1.0, 0.0], 40, (-1.0, 1.0)
    )
    np.testing.assert_allclose(state.position, [0.5, 1.0], atol=1e-4)


def test_steps_grow_where_the_function_bends_the_other_way():
    """A hill: steps of a hundredth would not leave its top."""
    state = minimized(
        lambda x: tf.reduce_sum(tf.cos(x)), np.full(5, 0.01), 14, (-9.0, 9.0)
    )
    np.testing.assert_allclose(state.position, np.full(5, np.pi), atol=1e-4)
