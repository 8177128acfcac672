"""The encoding is that of the formula."""

import numpy as np

from keras_gen.models.nerf import encoding


def test_closed_form():
    x = np.float32([[0.3, -0.7, 1.1]])
    found = np.asarray(encoding.positional(x, 2))
    expected = np.concatenate(
        [x, np.sin(x), np.cos(x), np.sin(2 * x), np.cos(2 * x)], axis=1
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_no_frequencies_give_the_numbers_themselves():
    x = np.float32([[0.3, -0.7]])
    np.testing.assert_array_equal(encoding.positional(x, 0), x)
