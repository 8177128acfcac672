"""What is left out changes nothing."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.models.nerf import occupancy

RANDOM = np.random.default_rng(0)
POINTS = tf.constant(RANDOM.uniform(-1, 1, (12, 8, 3)), tf.float32)
DIRECTIONS = tf.constant(RANDOM.normal(size=(12, 3)), tf.float32)


def field(points, directions):
    return tf.sin(points * directions), tf.reduce_sum(points**2, axis=1)


@pytest.mark.parametrize("share", occupancy.SHARES)
def test_a_block_answers_as_all_points_do(share):
    wanted = np.zeros(96, bool)
    wanted[RANDOM.permutation(96)[: 96 // share]] = True
    wanted = tf.reshape(tf.constant(wanted), (12, 8))
    whole = occupancy.ask_where(field, POINTS, DIRECTIONS, wanted, 1)
    block = occupancy.ask_where(field, POINTS, DIRECTIONS, wanted, share)
    for found, expected in zip(block, whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert not whole[1].numpy()[~wanted.numpy()].any()


def test_the_share_has_room_for_all():
    for count in range(0, 97, 4):
        wanted = tf.reshape(tf.range(96) < count, (12, 8))
        share = occupancy.SHARES[int(occupancy.share_of(wanted))]
        assert 96 // share >= count


def test_dense_cells_are_occupied():
    densities = np.zeros((4, 4, 4), np.float32)
    densities[3, 3, 3] = 5.0
    densities[0, 0, 0] = 0.01
    cells = occupancy.occupied(tf.constant(densities.reshape(-1)), 1.0)
    assert np.sum(cells) == 1  # The mean is above 0.01.
    inside = occupancy.at(cells, 4, 2.0, tf.constant([[1.9, 1.9, 1.9]]))
    outside = occupancy.at(cells, 4, 2.0, tf.constant([[-1.9, 1.9, 1.9]]))
    assert (bool(inside), bool(outside)) == (True, False)


def test_a_thin_field_is_occupied_where_it_is_thickest():
    densities = tf.constant([0.1, 0.2, 0.3, 0.4])
    cells = occupancy.occupied(densities, 10.0)
    assert cells.numpy().tolist() == [0, 0, 1, 1]


def test_each_cell_has_a_point_of_its_own():
    noise = tf.constant(RANDOM.uniform(0, 1, (64, 3)), tf.float32)
    points = occupancy.cell_points(4, 2.0, noise)
    for index in (0, 17, 63):
        cells = tf.one_hot(index, 64)
        found = occupancy.at(cells, 4, 2.0, points)
        assert np.flatnonzero(found).tolist() == [index]
