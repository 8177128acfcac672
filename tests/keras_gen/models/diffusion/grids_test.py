"""Where the steps of sampling stand."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.models.diffusion import diffusion_config, grids, schedules

SPACINGS = sorted(grids.TIMESTEPS)
DISCRETE = "linear", "scaled_linear"
CONTINUOUS = sorted(set(schedules.SCHEDULES) - set(DISCRETE))


def test_the_config_knows_all_names():
    names = {"karras", "time", *grids.TIMESTEPS}
    assert set(diffusion_config.SPACINGS) == names


@pytest.mark.parametrize(
    ("spacing", "num_steps", "expected"),
    [
        ("leading", 4, [751, 501, 251, 1]),
        ("leading", 3, [667, 334, 1]),
        ("lcm", 4, [999, 759, 499, 259]),
        ("lcm", 1, [999]),
        ("linspace", 4, [999, 666, 333, 0]),
        ("linspace", 1, [999]),
        ("trailing", 4, [999, 749, 499, 249]),
        ("trailing", 3, [999, 666, 332]),
        ("whole", 4, [999, 749, 500, 250]),
    ],
)
def test_published_timesteps(spacing, num_steps, expected):
    found = grids.TIMESTEPS[spacing](num_steps, 1000)
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("name", DISCRETE)
@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("num_steps", [1, 2, 7, 50])
def test_grids_stand_on_the_timesteps_and_end_at_0(name, spacing, num_steps):
    schedule = schedules.SCHEDULES[name]()
    grid = schedule.grid(num_steps, spacing)
    assert grid.shape == (num_steps + 1,)
    assert (np.diff(grid) < 0).all()
    assert grid[-1] == 0
    told = schedule.told_of(tf.constant(grid[:-1]))
    # "linspace" alone stands between timesteps, where sigma is linear.
    expected = grids.TIMESTEPS[spacing](num_steps, 1000)
    np.testing.assert_allclose(told, expected, rtol=1e-5, atol=6e-3)


def test_whole_is_time_at_whole_timesteps():
    schedule = schedules.SCHEDULES["scaled_linear"]()
    time, whole = (
        schedule.told_of(tf.constant(schedule.grid(30, each)[:-1])).numpy()
        for each in ("time", "whole")
    )
    np.testing.assert_allclose(whole, np.round(whole), atol=1e-3)
    assert np.abs(whole - time).max() < 0.51
    assert np.abs(whole - time).max() > 0.1


@pytest.mark.parametrize(
    ("spacing", "most"),
    [
        ("lcm", 50),
        ("leading", 999),
        ("linspace", 1000),
        ("trailing", 1000),
        ("whole", 999),
    ],
)
def test_steps_have_timesteps_of_their_own(spacing, most):
    schedule = schedules.SCHEDULES["linear"]()
    assert (np.diff(schedule.grid(most, spacing)) < 0).all()
    if spacing == "linspace":  # It may stand between them.
        return
    with pytest.raises(ValueError, match="`num_steps` must leave each step"):
        schedule.grid(most + 1, spacing)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_time_has_no_timesteps_to_count(name, spacing):
    schedule = schedules.SCHEDULES[name]()
    expected = f"`spacing` must be time or karras .* Received: '{spacing}'"
    with pytest.raises(ValueError, match=expected):
        schedule.grid(10, spacing)


def test_other_spacings_are_refused():
    schedule = schedules.SCHEDULES["linear"]()
    with pytest.raises(ValueError, match="must be one of karras, lcm, leading"):
        schedule.grid(10, "even")
