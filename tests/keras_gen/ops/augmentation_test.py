"""DiffAugment: each policy does what it says, row by row."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.ops import augmentation

IMAGES = np.random.default_rng(0).uniform(-1, 1, (40, 12, 12, 3))
IMAGES = IMAGES.astype(np.float32)
SEED = tf.range(40)


def augment(*policies, images=IMAGES, seed=SEED):
    return augmentation.diff_augment(images, seed, policies).numpy()


def test_no_policy_changes_nothing():
    assert augmentation.diff_augment(IMAGES, SEED, ()) is IMAGES


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="`policies` must be some of color"):
        augment("colour")


@pytest.mark.parametrize("policy", augmentation.POLICIES)
def test_a_row_depends_on_its_own_seed(policy):
    whole = augment(policy)
    alone = augment(policy, images=IMAGES[5:7], seed=SEED[5:7])
    np.testing.assert_allclose(alone, whole[5:7], atol=1e-5)
    other = augment(policy, seed=SEED + 100)
    assert not np.array_equal(other, whole)


def test_translation_moves_by_whole_pixels_and_lets_zeros_in():
    shifts = set()
    for before, after in zip(IMAGES, augment("translation"), strict=True):
        found = [
            (down, right)
            for down in range(-2, 3)
            for right in range(-2, 3)
            if np.array_equal(shifted(before, down, right), after)
        ]
        assert len(found) == 1
        shifts.add(found[0])
    assert {s for pair in shifts for s in pair} == {-2, -1, 0, 1, 2}


def shifted(image, down, right):
    padded = np.pad(image, ((2, 2), (2, 2), (0, 0)))
    return padded[2 + down : 14 + down, 2 + right : 14 + right]


def test_cutout_clears_a_square_of_at_most_half_the_size():
    after = augment("cutout")
    cleared = (after == 0).all(axis=-1)
    np.testing.assert_array_equal(after[~cleared], IMAGES[~cleared])
    rows, columns = cleared.any(axis=2), cleared.any(axis=1)
    assert rows.sum(axis=1).max() == columns.sum(axis=1).max() == 6
    box = rows[:, :, np.newaxis] & columns[:, np.newaxis]
    np.testing.assert_array_equal(cleared, box)


def test_color_moves_brightness_by_at_most_a_half():
    grey = np.full((40, 4, 4, 3), 0.1, np.float32)
    after = augment("color", images=grey)
    assert np.ptp(after, axis=(1, 2, 3)).max() < 1e-6  # No contrast to change.
    moved = after[:, 0, 0, 0] - 0.1
    assert -0.5 <= moved.min() < -0.3 and 0.3 < moved.max() <= 0.5


def test_every_policy_lets_gradients_through():
    images = tf.constant(IMAGES)
    with tf.GradientTape() as tape:
        tape.watch(images)
        seen = augmentation.diff_augment(
            images, SEED, tuple(augmentation.POLICIES)
        )
        loss = tf.reduce_sum(seen**2)
    gradient = tape.gradient(loss, images).numpy()
    assert np.isfinite(gradient).all()
    assert (np.abs(gradient).sum(axis=(1, 2, 3)) > 0).all()
