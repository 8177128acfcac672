"""Descent on pixels finds the minimum, whatever the size of the loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.models.style_transfer import descent
from tests.keras_gen.models.style_transfer import style_networks

START = tf.constant(style_networks.image(4, 5))
WANTED = 0.5 * style_networks.image(4, 5, seed=1)
WEIGHTS = np.linspace(1.0, 30.0, 60, dtype=np.float32).reshape(1, 4, 5, 3)


def loss(image):
    return tf.reduce_sum(WEIGHTS * (image - WANTED) ** 2)


def by_lbfgs(loss, start, num_steps, every):
    descents = descent.ByLBFGS(lambda image, _: loss(image))
    return list(descents.run(start, (), num_steps, every))


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e8])
def test_lbfgs_does_not_depend_on_the_size_of_the_loss(size):
    found = by_lbfgs(lambda x: size * loss(x), START, 20, 5)
    counts = [int(each.num_evaluations) for each in found]
    assert counts == sorted(counts)
    np.testing.assert_allclose(found[-1].image, WANTED, atol=1e-2)
    assert float(found[-1].loss) < 1e-4 * size * float(loss(START))


def test_it_ends_where_nothing_can_be_gained():
    found = by_lbfgs(loss, tf.constant(WANTED), 20, 5)
    np.testing.assert_array_equal(found[-1].image, WANTED)


def test_optimizers_of_keras_stay_as_they_were_and_within_the_range():
    adam = keras.optimizers.Adam(0.1)
    wide = 3.0 * WANTED
    (found,) = descent.gradient_descent(
        lambda x: tf.reduce_sum((x - wide) ** 2), START, 150, 150, adam
    )
    assert not adam.built and int(found.num_evaluations) == 151
    np.testing.assert_allclose(found.image, np.clip(wide, -1.0, 1.0), atol=0.05)


def test_a_step_of_an_optimizer_is_one_evaluation():
    counter = tf.Variable(0)

    def counted(image):
        counter.assign_add(1)
        return loss(image)

    adam = keras.optimizers.Adam(0.1)
    *_, found = descent.gradient_descent(counted, START, 6, 2, adam)
    assert int(counter) == int(found.num_evaluations) == 7
    np.testing.assert_allclose(found.loss, loss(found.image), rtol=1e-6)


def test_what_lbfgs_tells_is_the_loss_of_an_image_within_the_range():
    wide = 3.0 * WANTED

    def far(x):
        return tf.reduce_sum(WEIGHTS * (x - wide) ** 2)

    *_, found = by_lbfgs(far, START, 30, 10)
    expected = np.clip(wide, -1.0, 1.0)
    np.testing.assert_allclose(found.image, expected, atol=1e-2)
    np.testing.assert_allclose(found.loss, far(found.image), rtol=1e-6)


def test_lbfgs_is_compiled_once_for_a_size():
    calls = []

    def counted(image, wanted):
        calls.append(image.shape)
        return tf.reduce_sum((image - wanted) ** 2)

    descents = descent.ByLBFGS(counted)
    counts = []
    for seed in range(3):
        wanted = tf.constant(0.5 * style_networks.image(4, 5, seed=seed))
        *_, found = descents.run(START, wanted, 5, 2)
        np.testing.assert_allclose(found.image, wanted, atol=1e-3)
        counts.append(len(calls))
    assert counts[0] == counts[1] == counts[2]
