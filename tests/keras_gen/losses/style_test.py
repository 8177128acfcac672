"""Content and style losses are what one computes by hand."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.losses import style

RANDOM = np.random.default_rng(0)


def maps(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def test_the_gram_matrix_of_two_channels():
    features = np.array([[[[1.0, 2.0], [3.0, 4.0]]]], np.float32)  # 1x2
    expected = [[[(1 + 9) / 2, (2 + 12) / 2], [(2 + 12) / 2, (4 + 16) / 2]]]
    np.testing.assert_allclose(style.gram_matrix(features), expected)


def test_style_does_not_depend_on_places_and_content_does():
    features = maps(2, 3, 4, 5)
    flat = features.reshape(2, 12, 5)
    moved = flat[:, RANDOM.permutation(12)].reshape(features.shape)
    grams = style.gram_matrix(features), style.gram_matrix(moved)
    np.testing.assert_allclose(*grams, rtol=1e-4, atol=1e-6)
    assert np.all(style.style_loss(*grams) < 1e-8)
    assert np.all(style.statistics_loss(features, moved) < 1e-8)
    assert np.all(style.content_loss(features, moved) > 0.1)


def test_losses_are_those_of_the_paper_but_for_the_mean():
    found, wanted = maps(1, 3, 4, 5), maps(1, 3, 4, 5)
    count, size = 5, 12
    content = 0.5 * np.sum((found - wanted) ** 2) / (count * size)
    np.testing.assert_allclose(
        style.content_loss(found, wanted), [content], rtol=1e-5
    )
    sums = [np.einsum("bhwi,bhwj->ij", each, each) for each in (found, wanted)]
    # Eq. 4 with sums in the Gram matrices.
    expected = np.sum((sums[0] - sums[1]) ** 2) / (4 * count**2 * size**2)
    grams = (style.gram_matrix(each) for each in (found, wanted))
    np.testing.assert_allclose(style.style_loss(*grams), [expected], rtol=1e-4)


@pytest.mark.parametrize("name", ["content", "style"])
def test_the_gradient_is_that_of_finite_differences(name):
    features, wanted = maps(1, 2, 3, 4), maps(1, 2, 3, 4)

    def loss(x):
        if name == "content":
            return style.content_loss(x, wanted)
        return style.style_loss(style.gram_matrix(x), style.gram_matrix(wanted))

    x = tf.constant(features)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(x)
    gradient = tape.gradient(value, x).numpy()
    for index in np.ndindex(features.shape):
        step = np.zeros_like(features)
        step[index] = 1e-2
        slope = (loss(features + step) - loss(features - step)) / 2e-2
        np.testing.assert_allclose(gradient[index], slope[0], atol=2e-3)


def test_statistics_are_mean_and_deviation():
    features = maps(2, 3, 4, 5)
    mean, deviation = style.statistics(features)
    np.testing.assert_allclose(
        mean[:, 0, 0], features.mean(axis=(1, 2)), atol=1e-6
    )
    np.testing.assert_allclose(
        deviation[:, 0, 0], features.std(axis=(1, 2)), rtol=1e-3
    )
