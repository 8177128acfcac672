"""Penalties on slopes, against critics whose slopes are known."""

import numpy as np
import tensorflow as tf

from keras_gen.losses import gradient_penalty

REAL = tf.random.stateless_normal((3, 4, 4, 2), (0, 1))
FAKE = tf.random.stateless_normal((3, 4, 4, 2), (2, 3))


def linear(slope):
    """A critic whose gradient has the norm `slope` everywhere."""
    weight = np.full((4, 4, 2), slope / np.sqrt(32), np.float32)
    return lambda images: tf.reduce_sum(images * weight, axis=(1, 2, 3))


def test_interpolated_is_the_squared_distance_of_the_slope_from_1():
    share = tf.constant([0.0, 0.3, 1.0])
    for slope in (0.0, 1.0, 3.0):
        found = gradient_penalty.interpolated(linear(slope), REAL, FAKE, share)
        np.testing.assert_allclose(found, [(slope - 1) ** 2] * 3, atol=1e-5)


def test_interpolated_looks_between_the_images():
    seen = []

    def critic(images):
        seen.append(images)
        return tf.reduce_sum(images, axis=(1, 2, 3))

    share = tf.constant([0.0, 0.25, 1.0])
    gradient_penalty.interpolated(critic, REAL, FAKE, share)
    np.testing.assert_array_equal(seen[0][0], FAKE[0])
    np.testing.assert_allclose(seen[0][1], 0.25 * REAL[1] + 0.75 * FAKE[1])
    np.testing.assert_array_equal(seen[0][2], REAL[2])


def test_r1_is_half_of_the_squared_slope_at_real_images():
    found = gradient_penalty.r1(
        lambda images: tf.reduce_sum(images**2, axis=(1, 2, 3)), REAL
    )
    expected = 0.5 * np.sum((2 * REAL.numpy()) ** 2, axis=(1, 2, 3))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_flat_critic_has_a_finite_gradient():
    scale = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        penalty = gradient_penalty.interpolated(
            lambda images: scale * tf.reduce_sum(images, axis=(1, 2, 3)),
            REAL,
            FAKE,
            tf.zeros(3),
        )
        loss = tf.reduce_sum(penalty)
    assert np.isfinite(tape.gradient(loss, scale))
