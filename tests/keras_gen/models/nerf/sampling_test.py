"""Samples lie where they should, as often as they should."""

import numpy as np
import tensorflow as tf

from keras_gen.models.nerf import sampling

RANDOM = np.random.default_rng(0)
ENDS = tf.constant([2.0]), tf.constant([6.0])


def test_each_bin_has_one_sample():
    noise = RANDOM.uniform(0, 1, (1, 8)).astype(np.float32)
    for given in (noise, noise[:, :1], None):
        steps = sampling.stratified(*ENDS, 8, given).numpy()[0]
        np.testing.assert_array_equal(np.floor((steps - 2.0) * 2), range(8))
    middles = sampling.stratified(*ENDS, 4, None)
    np.testing.assert_allclose(middles, [[2.5, 3.5, 4.5, 5.5]])


def test_hierarchical_samples_follow_the_weights():
    edges = np.float32([[0.0, 1.0, 2.5, 3.0, 4.0]])
    weights = np.float32([[1.0, 0.0, 3.0, 4.0]])
    num = 20000
    noise = RANDOM.uniform(0, 1, (1, num)).astype(np.float32)
    steps = sampling.from_weights(edges, tf.constant(weights), num, noise)
    counts, _ = np.histogram(steps, edges[0])
    np.testing.assert_allclose(counts / num, weights[0] / 8.0, atol=1e-3)
    assert (np.diff(steps.numpy()) >= 0).all()


def test_equal_weights_give_the_middles_of_equal_bins():
    edges = tf.linspace([0.0], [4.0], 5, axis=1)
    steps = sampling.from_weights(edges, tf.ones((1, 4)), 8, None)
    np.testing.assert_allclose(steps, [np.arange(8) / 2 + 0.25], atol=1e-5)


def test_merged_samples_rise():
    one, other = tf.constant([[1.0, 4.0]]), tf.constant([[2.0, 3.0, 5.0]])
    merged = sampling.merge(one, other)
    np.testing.assert_array_equal(merged, [[1, 2, 3, 4, 5]])


def test_a_ray_through_a_box():
    rays = np.float32(
        [
            [-4, 0, 0, 1, 0, 0],  # Through the middle.
            [-4, 2, 0, 1, 0, 0],  # Past it.
            [0, 0, 0, 0, 0, 2],  # From inside, in double steps.
        ]
    )
    first, last = sampling.box_range(tf.constant(rays), 0.0, 9.0, 1.0)
    np.testing.assert_allclose(first[::2], [3.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(last[::2], [5.0, 0.5], atol=1e-6)
    assert first[1] == last[1]
