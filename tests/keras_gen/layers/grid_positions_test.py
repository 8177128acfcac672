"""GridPositions: columns first, each place its own, sizes that fit."""

import numpy as np
import pytest

from keras_gen import layers


def test_equals_the_equation():
    (found,) = layers.GridPositions()(np.zeros((1, 3, 5, 8), np.float32))
    for row in range(3):
        for column in range(5):
            x, y = (n * np.array([1, 1 / 100]) for n in (column, row))
            wanted = [np.sin(x), np.cos(x), np.sin(y), np.cos(y)]
            np.testing.assert_allclose(
                found[row, column], np.concatenate(wanted), atol=1e-6
            )


def test_positions_are_added_to_each_row():
    maps = np.random.default_rng(0).normal(size=(2, 4, 3, 4))
    layer = layers.GridPositions()
    alone = layer(np.zeros((1, 4, 3, 4), np.float32))
    found = layer(maps.astype(np.float32))
    np.testing.assert_allclose(found - maps, np.repeat(alone, 2, 0), atol=1e-6)


def test_no_two_places_are_near():
    (found,) = layers.GridPositions()(np.zeros((1, 16, 16, 64), np.float32))
    places = np.reshape(found, (256, 64))
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)
    assert (distances + 10 * np.eye(256)).min() > 1


def test_channels_that_cannot_be_parted_are_refused():
    message = r"channels must divide by 4: .* Received 6: choose a multiple"
    with pytest.raises(ValueError, match=message):
        layers.GridPositions()(np.zeros((1, 2, 2, 6), np.float32))
