"""Winograd's convolution is the direct one, to some roundings."""

import keras
import numpy as np
import pytest

from keras_gen.ops import winograd


@pytest.mark.parametrize("size", [(4, 6), (5, 7), (1, 1), (2, 3)])
def test_equals_the_direct_convolution(size):
    random = np.random.default_rng(0)
    maps = random.normal(size=(2, *size, 5)).astype(np.float32)
    kernel = random.normal(size=(3, 3, 5, 4)).astype(np.float32)
    found = winograd.convolved(maps, winograd.transformed(kernel))
    wanted = keras.ops.conv(maps, kernel, padding="same")
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_kernel_of_ones_by_hand():
    """G takes 1, 1, 1 to 1, 3/2, 1/2, 1: Eq. 8 of the paper."""
    kernels = winograd.transformed(np.ones((3, 3, 1, 1), np.float32))
    row = np.array([1.0, 1.5, 0.5, 1.0])
    np.testing.assert_array_equal(kernels[:, 0, 0], np.outer(row, row).ravel())
