"""What the benchmark of the ring calls a mode, and that its data have all."""

import numpy as np
import pytest

from benchmarks import ring


def test_the_data_have_all_modes_and_nearly_all_lie_within_three_sigma():
    modes, share = ring.judge(ring.points(20_000, seed=0)[0])
    assert modes == 8
    # 1 - exp(-9 / 2) of a Gaussian in two dimensions.
    assert abs(share - 0.9889) < 0.003


def test_one_centre_is_one_mode():
    samples = np.tile(ring.centres()[3], (500, 1))
    assert ring.judge(samples) == (1, 1.0)


def test_points_between_the_modes_count_as_missed():
    between = (ring.centres() + np.roll(ring.centres(), 1, axis=0)) / 2
    assert ring.judge(np.repeat(between, 50, axis=0)) == (0, 0.0)


@pytest.mark.parametrize("name", ring.HACKS)
def test_every_hack_makes_a_model(name):
    samples = ring.build(10, 0, **ring.HACKS[name]).generate(3)
    assert samples.shape == (3, 1, 1, 2)
