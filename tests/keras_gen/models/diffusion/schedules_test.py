"""Sigmas of every schedule, and grids for sampling."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.models.diffusion import schedules

NAMES = sorted(schedules.SCHEDULES)


@pytest.mark.parametrize("name", NAMES)
def test_time_and_sigma_are_inverse_and_rise_together(name):
    schedule = schedules.SCHEDULES[name]()
    time = tf.linspace(0.05, 0.95, 50)
    sigma = schedule.sigma_of(time)
    np.testing.assert_allclose(schedule.time_of(sigma), time, atol=1e-4)
    assert (np.diff(sigma) > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_drawn_lies_between_the_ends(name):
    schedule = schedules.SCHEDULES[name]()
    sigma = schedule.draw(tf.linspace(0.0, 1.0, 101)).numpy()
    assert np.isfinite(sigma).all()
    assert sigma.min() >= np.float32(schedule.lowest)
    assert sigma.max() <= np.float32(schedule.highest)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spacing", ["karras", "time"])
@pytest.mark.parametrize("num_steps", [1, 2, 10])
def test_grids_fall_from_the_top_to_0(name, spacing, num_steps):
    schedule = schedules.SCHEDULES[name]()
    grid = schedule.grid(num_steps, spacing)
    assert grid.shape == (num_steps + 1,)
    assert (np.diff(grid) < 0).all()
    assert grid[-1] == 0
    assert grid[0] == pytest.approx(schedule.highest, rel=1e-2)


def test_linear_is_the_product_of_its_betas():
    """Ho et al. 2020, section 4: at the end almost no signal is left."""
    schedule = schedules.SCHEDULES["linear"]()
    signal = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    times = np.float32([0, 200, 999]) / 999
    expected = np.sqrt(1 / signal[[0, 200, 999]] - 1)
    found = schedule.sigma_of(tf.constant(times))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_scaled_linear_is_that_of_latent_diffusion():
    """Published values of the signal at both ends."""
    schedule = schedules.SCHEDULES["scaled_linear"]()
    signal = 1 / (1 + np.square([schedule.lowest, schedule.highest]))
    np.testing.assert_allclose(signal, [0.99914998, 0.00466010], rtol=1e-5)


def test_karras_grid_is_even_in_the_seventh_root():
    schedule = schedules.SCHEDULES["edm"]()
    grid = schedule.grid(18, "karras")[:-1].astype(np.float64)
    steps = np.diff(grid ** (1 / 7))
    np.testing.assert_allclose(steps, steps[0], rtol=1e-4)
    assert grid[[0, -1]] == pytest.approx([80, 0.002], rel=1e-5)


def test_edm_draws_a_lognormal():
    uniform = tf.constant(np.random.default_rng(0).uniform(size=100_000))
    schedule = schedules.SCHEDULES["edm"]()
    log = np.log(schedule.sigma_of(tf.cast(uniform, tf.float32)))
    assert log.mean() == pytest.approx(-1.2, abs=0.02)
    assert log.std() == pytest.approx(1.2, abs=0.02)


def test_bad_grids_are_refused():
    schedule = schedules.SCHEDULES["cosine"]()
    with pytest.raises(
        ValueError, match=r"`num_steps` must be at least 1\. Re"
    ):
        schedule.grid(-3)
    with pytest.raises(ValueError, match="`spacing` must be time or karras"):
        schedule.grid(3, "even")
