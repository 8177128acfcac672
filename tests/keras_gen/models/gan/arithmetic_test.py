"""Who stands for a digit in the example of arithmetic."""

import numpy as np
import pytest

from examples import arithmetic


def test_the_boldest_and_the_lightest_are_taken_among_a_class():
    ink = np.random.default_rng(0).permutation(100).astype(float)
    among = ink % 2 == 0  # Fifty images with even ink.
    boldest = arithmetic.exemplars(ink, among, boldest=True)
    lightest = arithmetic.exemplars(ink, among, boldest=False)
    assert sorted(ink[boldest]) == list(range(80, 100, 2))
    assert sorted(ink[lightest]) == list(range(0, 20, 2))


def test_a_class_that_is_hardly_drawn_is_refused():
    with pytest.raises(ValueError, match="Received one found 19 times"):
        arithmetic.exemplars(np.ones(50), np.arange(50) < 19, boldest=True)
