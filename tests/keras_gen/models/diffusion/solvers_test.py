"""Solvers on Gaussian data, whose best denoiser and exact way are known.

D(x, sigma) = mean + s^2 / (s^2 + sigma^2) (x - mean)
x(sigma) = mean + sqrt((s^2 + sigma^2) / (s^2 + top^2)) (x(top) - mean)
"""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.models.diffusion import solvers
from keras_gen.models.diffusion.solvers import ddim

MEAN, DEVIATION, TOP, BOTTOM = 0.3, 0.5, 20.0, 0.05
SEED = tf.range(4)


def denoise(x, sigma):
    share = DEVIATION**2 / (DEVIATION**2 + sigma**2)
    return MEAN + share[:, tf.newaxis] * (x - MEAN)


def exact(x, sigma):
    spread = np.sqrt(DEVIATION**2 + np.array([sigma, TOP]) ** 2)
    return MEAN + (x - MEAN) * spread[0] / spread[1]


def start(num=4, size=3):
    random = np.random.default_rng(0)
    return tf.constant(TOP * random.normal(size=(num, size)), tf.float32)


@pytest.mark.parametrize("name", ["ddim", "dpmpp_2m", "heun"])
def test_errors_fall_by_the_order_of_the_solver(name):
    solver, x = solvers.SOLVERS[name], start()
    counts, errors = (32, 64, 128), []
    for count in counts:
        sigmas = np.geomspace(TOP, BOTTOM, count + 1)
        found = solvers.integrate(solver, denoise, x, sigmas, SEED)
        errors.append(np.abs(found - exact(x, BOTTOM)).max())
    slope = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert abs(slope - solver.order) < 0.2


@pytest.mark.parametrize("name", sorted(solvers.SOLVERS))
def test_the_last_step_is_the_guess_of_the_denoiser(name):
    x = start()
    found = solvers.integrate(
        solvers.SOLVERS[name], denoise, x, np.float32([TOP, 0.0]), SEED
    )
    guess = denoise(x, tf.fill((4,), TOP))
    np.testing.assert_allclose(found, guess, rtol=1e-5)


def test_the_way_up_is_the_way_down_backwards():
    down = np.geomspace(TOP, BOTTOM, 200)
    x = start()
    low = solvers.integrate(solvers.SOLVERS["heun"], denoise, x, down, SEED)
    back = solvers.integrate(
        solvers.SOLVERS["heun"], denoise, low, down[::-1], SEED
    )
    np.testing.assert_allclose(back, x, rtol=2e-3)


@pytest.mark.parametrize("eta", [0.3, 1.0])
def test_noisy_steps_keep_the_distribution(eta):
    """With fine steps the marginal at every sigma is that of the data."""
    num = 20_000
    sigmas = np.append(np.geomspace(TOP, 0.01, 200), 0.0)
    found = solvers.integrate(
        ddim.with_eta(eta), denoise, start(num, 1), sigmas, tf.range(num)
    ).numpy()
    assert abs(found.mean() - MEAN) < 0.02
    assert abs(found.std() - DEVIATION) < 0.02


def test_eta_1_is_the_posterior_of_ddpm():
    """Ho et al. 2020, Eq. 7, in its own units, against one step here."""
    beta = np.linspace(1e-4, 0.02, 1000)
    signal = np.cumprod(1 - beta)
    sigma = np.sqrt(1 / signal - 1)
    t, num = 600, 50_000
    x = np.full((num, 1), 1.7)
    found = solvers.integrate(
        ddim.DDPM,
        denoise,
        tf.constant(x, tf.float32),
        sigma[[t, t - 1]],
        tf.range(num),
    )
    found = found.numpy() * np.sqrt(signal[t - 1])
    clean = float(denoise(x[:1], np.float64([sigma[t]]))[0, 0])
    own = 1.7 * np.sqrt(signal[t])
    mean = np.sqrt(signal[t - 1]) * beta[t] / (1 - signal[t]) * clean
    mean += np.sqrt(1 - beta[t]) * (1 - signal[t - 1]) / (1 - signal[t]) * own
    variance = (1 - signal[t - 1]) / (1 - signal[t]) * beta[t]
    assert abs(found.mean() - mean) < 5 * np.sqrt(variance / num)
    assert found.std() == pytest.approx(np.sqrt(variance), rel=0.02)


def test_noise_is_a_function_of_the_row_alone():
    sigmas = np.append(np.geomspace(TOP, 0.1, 5), 0.0)
    both = solvers.integrate(ddim.DDPM, denoise, start(), sigmas, SEED)
    one = solvers.integrate(ddim.DDPM, denoise, start()[2:3], sigmas, SEED[2:3])
    np.testing.assert_allclose(both[2:3], one, rtol=1e-6)


def test_eta_outside_is_refused():
    with pytest.raises(ValueError, match=r"`eta` must lie in \[0, 1\]"):
        ddim.with_eta(1.5)
