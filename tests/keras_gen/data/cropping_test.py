"""Pieces of images: from everywhere, and the same for seed and step."""

import numpy as np
import pytest

from keras_gen import data


def _batches(count, batch_size, **options):
    batches = data.pipeline(_places(), batch_size, **options).take(count)
    return [_levels_of(each) for each in batches.as_numpy_iterator()]


def _places():
    """Images [23, 5, 7, 1] whose levels are where they are: 10 row + column."""
    rows, columns = np.indices((5, 7))
    image = (10 * rows + columns).astype(np.uint8)[..., np.newaxis]
    return data.Examples(
        images=np.stack([image] * 23),
        labels=None,
        name="places",
        split="train",
        source="a test",
        attribution="",
    )


def _levels_of(batch):
    return np.round((batch["images"] + 1.0) * 127.5).astype(int)


def test_pieces_come_from_everywhere_and_half_of_them_are_mirrored():
    images = np.concatenate(_batches(40, 20, crop_size=(3, 4)))
    assert images.shape == (800, 3, 4, 1)
    across = np.diff(images, axis=2)
    assert np.all(np.diff(images, axis=1) == 10)
    assert np.all(np.abs(across) == 1)
    assert 0.45 < np.mean(across[:, 0, 0] < 0) < 0.55
    corners = images.min(axis=(1, 2, 3))
    expected = {10 * row + column for row in range(3) for column in range(4)}
    assert set(corners) == expected


def test_pieces_are_a_function_of_seed_and_step():
    options = {"crop_size": (3, 4)}
    whole = _batches(4, 5, **options)
    resumed = _batches(2, 5, start_step=2, **options)
    np.testing.assert_array_equal(whole[2:], resumed)
    (other,) = _batches(1, 5, seed=1, **options)
    assert not np.array_equal(whole[0], other)
    assert not np.array_equal(whole[0], whole[1])


def test_a_single_pass_takes_the_middle():
    (found,) = _batches(1, 23, repeat=False, crop_size=(3, 4))
    expected = _places().images[:, 1:4, 1:5]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("size", [(6, 4), (3, 8), (3,), (0, 3)])
def test_a_piece_is_no_larger_than_the_image(size):
    with pytest.raises(ValueError, match=r"`crop_size` .* \[5, 7\]"):
        data.pipeline(_places(), 5, crop_size=size)
