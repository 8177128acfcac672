"""Light is neither made nor lost on its way, and ends where things are."""

import numpy as np
import tensorflow as tf

from keras_gen.models.nerf import compositing

RANDOM = np.random.default_rng(0)


def composite(density, steps, deltas, white_background=True):
    rgb = np.zeros((*density.shape, 3), np.float32)
    far = np.full(len(density), 6.0, np.float32)
    return compositing.composite(
        *map(tf.constant, (density, rgb, steps, deltas, far)),
        white_background,
    )


def test_weights_and_transmittance_sum_to_1():
    density = RANDOM.exponential(10.0, (32, 50)).astype(np.float32)
    deltas = RANDOM.uniform(0.0, 0.2, (32, 50)).astype(np.float32)
    weights, passed = compositing.weights_of(density, deltas)
    total = tf.reduce_sum(weights, axis=1) + passed
    np.testing.assert_allclose(total, 1.0, atol=1e-6)


def test_weights_are_products():
    """Eq. 3 with T as a product of what passes each sample."""
    density = RANDOM.exponential(1.0, (4, 9))
    alpha = 1.0 - np.exp(-density * 0.3)
    passes = np.cumprod(np.concatenate([np.ones((4, 1)), 1 - alpha], 1), 1)
    weights, passed = compositing.weights_of(
        tf.constant(density), tf.constant(0.3, tf.float64)
    )
    np.testing.assert_allclose(weights, passes[:, :-1] * alpha)
    np.testing.assert_allclose(passed, passes[:, -1])


def test_depth_of_a_plane_is_exact_to_a_thousandth():
    edges = np.linspace(2.0, 6.0, 4097, dtype=np.float32)
    steps = 0.5 * (edges[1:] + edges[:-1])[np.newaxis]
    for plane in (2.5, 3.1234, 5.9):
        density = np.where(steps >= plane, 1e5, 0.0).astype(np.float32)
        found = composite(density, steps, np.full_like(steps, 4.0 / 4096))
        np.testing.assert_allclose(found.depth, plane, atol=1e-3)
        np.testing.assert_allclose(found.opacity, 1.0, atol=1e-6)


def test_an_empty_ray_shows_the_background():
    steps = np.linspace(2.0, 6.0, 8, dtype=np.float32)[np.newaxis]
    nothing = np.zeros_like(steps)
    for white in (True, False):
        found = composite(nothing, steps, np.full_like(steps, 0.5), white)
        np.testing.assert_array_equal(found.rgb, float(white) * np.ones((1, 3)))
        np.testing.assert_array_equal(found.depth, [6.0])


def test_sparsity_is_0_of_empty_space_alone():
    assert compositing.sparsity(tf.zeros((2, 3))).numpy().tolist() == [0, 0]
    assert (compositing.sparsity(tf.ones((2, 3))).numpy() > 0).all()
