"""Black and white images follow the grey levels as their names promise."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import data
from keras_gen.data import binarization


def _examples(levels):
    return data.Examples(levels, None, "levels", "train", "a test", "")


def _all_levels(repeats=1):
    """[repeats, 16, 16, 1]: every level once in each image."""
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    return np.repeat(levels, repeats, axis=0)


def _images(binarization_name, levels, num_batches, **keywords):
    batches = data.pipeline(
        _examples(levels),
        len(levels),
        shuffle=False,
        binarization=binarization_name,
        **keywords,
    )
    batches = batches.take(num_batches).as_numpy_iterator()
    return np.stack([batch["images"] for batch in batches])


@pytest.mark.parametrize("name", ["threshold", "fixed", "dynamic"])
@pytest.mark.parametrize("repeat", [True, False])
def test_images_are_black_and_white(name, repeat):
    images = _images(name, _all_levels(5), 1, repeat=repeat)
    assert images.dtype == np.float32
    assert set(np.unique(images)) == {-1.0, 1.0}


def test_none_leaves_grey_levels():
    images = _images("none", _all_levels(), 1)
    np.testing.assert_array_equal(
        np.rint((images.ravel() + 1) * 127.5), range(256)
    )


def test_threshold_is_at_128():
    images = _images("threshold", _all_levels(), 1).ravel()
    np.testing.assert_array_equal(images, [-1.0] * 128 + [1.0] * 128)


@pytest.mark.parametrize("repeat", [True, False])
def test_dynamic_draws_with_the_probability_of_the_level(repeat):
    if repeat:
        images = _images("dynamic", _all_levels(1000), 20)
    else:
        images = _images("dynamic", _all_levels(20_000), 1, repeat=False)
    images = images.reshape(-1, 256)  # [20000, level]
    means = (images.mean(axis=0) + 1) / 2
    expected = np.arange(256) / 255
    errors = np.sqrt(expected * (1 - expected) / len(images))
    assert means[0] == 0 and means[255] == 1
    assert np.all(np.abs(means - expected) <= 4.5 * errors)
    # All levels together: a bias of 0.1 % would show.
    z = np.sum(means - expected) / np.sqrt(np.sum(errors**2))
    assert abs(z) < 4


def test_pixels_are_drawn_independently():
    levels = np.full((2000, 8, 8, 1), 128, np.uint8)
    pixels = _images("dynamic", levels, 1).reshape(2000, 64)
    correlation = np.corrcoef(pixels, rowvar=False) - np.eye(64)
    assert np.abs(correlation).max() < 5 / np.sqrt(2000)


def test_dynamic_is_drawn_anew_in_each_epoch():
    epochs = _images("dynamic", _all_levels(4), 3)
    assert np.any(epochs[0] != epochs[1])
    assert np.any(epochs[1] != epochs[2])


def test_fixed_is_the_same_for_ever():
    levels = _all_levels(300)
    epochs = _images("fixed", levels, 2)
    np.testing.assert_array_equal(epochs[0], epochs[1])
    other_seed = _images("fixed", levels, 1, seed=9, repeat=False)
    np.testing.assert_array_equal(epochs[0], other_seed[0])
    # An example keeps its draw when others follow it or not.
    fewer = _images("fixed", levels[:260], 1)
    np.testing.assert_array_equal(epochs[0][:260], fewer[0])


def test_fixed_differs_between_examples():
    images = _images("fixed", _all_levels(300), 1)[0].reshape(300, -1)
    assert len(np.unique(images, axis=0)) == 300


def test_fixed_draw_is_part_of_the_data_set():
    """Another draw would make published likelihoods incomparable."""
    images = _images("fixed", _all_levels(2), 1)[0].reshape(2, 256)
    drawn = "".join("#" if pixel > 0 else "." for pixel in images[1, 96:160])
    assert drawn == (
        "....###...#.#.#.#.#.....#..#..#...##.#....#.#.##.#..###..#.#####"
    )


def test_an_odd_number_of_pixels_needs_no_padding():
    levels = tf.fill((3, 5, 3, 1), tf.constant(255, tf.uint8))
    drawn = binarization.bernoulli(levels, tf.constant([0, 0], tf.int64))
    np.testing.assert_array_equal(drawn, levels)
