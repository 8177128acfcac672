"""Grids and solvers against the schedulers of diffusers, number by number.

`tests/fixtures/make_schedulers.py` says what was frozen and how. The solvers
run in float64 on the grid of the reference and with its noise; x after each
step is the same up to `TOLERANCE` of the largest |x| there. What was frozen has
float32's seven digits.

diffusers differs by design in where the last step ends: with
`set_alpha_to_one` False, that of Stable Diffusion, DDIM and PNDM end at the
first sigma of the table, 0.029, while every grid here ends at 0.
"""

import math
import pathlib
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.models.diffusion import schedules, solvers
from keras_gen.models.diffusion.solvers import ddim, lcm

FIXTURE = pathlib.Path(__file__).parents[3] / "fixtures" / "schedulers.npz"
TOLERANCE = 3e-6  # Of the largest |x| of the step.
FIRST_SIGMA = 0.029167


class Case(NamedTuple):
    """One scheduler.

    Attributes:
        solver: ours.
        spacing: of our grid.
        is_scaled: x is of variance 1 there.
        calls: of the denoiser, to a step's last one: (index, S) to call.
        end: the last sigma.
        told: how far, in timesteps, what the network is told may be off.
    """

    solver: str
    spacing: str
    is_scaled: bool = True
    calls: str = "one"
    end: float = 0.0
    told: float = 1e-3


# Between timesteps sigma is linear in a "linspace" grid, log sigma in told_of.
# DPM-Solver++ rounds the timesteps of Karras' sigmas.
LINSPACE, ROUNDED = 4e-3, 0.5
CASES = {
    "ddim": Case("ddim", "leading", end=FIRST_SIGMA),
    "ddim_trailing": Case("ddim", "trailing"),
    "ddpm": Case("ddpm", "leading"),
    "dpmpp_2m": Case("dpmpp_2m", "whole"),
    "dpmpp_2m_karras": Case("dpmpp_2m", "karras", told=ROUNDED),
    "euler": Case("euler", "linspace", is_scaled=False, told=LINSPACE),
    "euler_ancestral": Case(
        "euler_ancestral", "linspace", is_scaled=False, told=LINSPACE
    ),
    "euler_karras": Case("euler", "karras", is_scaled=False),
    "heun": Case(
        "heun", "linspace", is_scaled=False, calls="two", told=LINSPACE
    ),
    "lcm": Case("lcm", "lcm"),
    "pndm": Case("pndm", "leading", calls="first twice", end=FIRST_SIGMA),
    "unipc": Case("unipc", "whole"),
}
EACH = pytest.mark.parametrize("name", CASES)
COUNTS = pytest.mark.parametrize("num_steps", [10, 20, 50])


@pytest.fixture(scope="module")
def frozen():
    with np.load(FIXTURE) as file:
        return dict(file)


class Reference(NamedTuple):
    """One case and number of steps, x in our variables.

    Attributes:
        timesteps: [S].
        sigmas: [S + 1].
        noise: [S, B, H, W, C], or None.
        x: [S + 1, B, H, W, C], at each sigma.
    """

    timesteps: np.ndarray
    sigmas: np.ndarray
    noise: np.ndarray | None
    x: np.ndarray


def reference(frozen, name, num_steps) -> Reference:
    def of(key):
        return frozen[f"{name}/{num_steps}/{key}"].astype(np.float64)

    case = CASES[name]
    told, sigmas, x = of("timesteps"), of("sigmas"), of("x")
    if case.calls == "two":  # But one in the last step, to 0.
        last = np.append(np.arange(1, 2 * num_steps - 2, 2), -1)
        told, x = told[np.append(0, last[:-1])], x[last]
    elif case.calls == "first twice":
        told, x = np.delete(told, 1), x[1:]
    scale = np.sqrt(1 + sigmas**2)[:, None, None, None, None]
    first = frozen["noise"] * (scale[0] if case.is_scaled else sigmas[0])
    x = np.concatenate([first[None], x * (scale[1:] if case.is_scaled else 1)])
    noise = None
    if f"{name}/{num_steps}/noise" in frozen:
        noise = of("noise")
    return Reference(told, sigmas, noise, x)


def denoiser(told_of):
    """D of the network of `make_schedulers`, with sigma [B] told as it says."""

    def denoise(x, sigma):
        told = tf.cast(told_of(sigma), x.dtype)[:, None, None, None]
        sigma = sigma[:, None, None, None]
        unit = x / tf.sqrt(1 + sigma**2)
        epsilon = 2.5 * tf.tanh(0.4 * unit + 0.05) * tf.cos(0.8 * told / 1000)
        return x - sigma * epsilon

    return denoise


def all_x(solver, denoise, told) -> np.ndarray:
    """[S + 1, B, H, W, C]: x at each sigma, as `integrate` finds them."""
    found = [told.x[0]]

    def step(at, state):
        noise = tf.constant(told.noise[int(at.index)])
        x, state = solver.step(at._replace(noise=lambda: noise), state)
        found.append(x.numpy())  # Outside a tf.function the loop is Python's.
        return x, state

    if told.noise is None:
        told = told._replace(noise=np.zeros(len(told.timesteps)))
    start = tf.constant(told.x[0])
    seed = tf.zeros(2, tf.int32)
    watched = solver._replace(step=step)
    end = solvers.integrate(watched, denoise, start, told.sigmas, seed)
    np.testing.assert_array_equal(end, found[-1])
    return np.stack(found)


def deviation(found, expected) -> float:
    """The largest difference of a step, relative to the largest |x| there."""
    axes = tuple(range(1, expected.ndim))
    differences = np.abs(found - expected).max(axis=axes)
    return float((differences / np.abs(expected).max(axis=axes)).max())


@COUNTS
@EACH
def test_grids_are_those_of_diffusers(frozen, name, num_steps):
    case, told = CASES[name], reference(frozen, name, num_steps)
    schedule = schedules.SCHEDULES["scaled_linear"]()
    grid = schedule.grid(num_steps, case.spacing)
    np.testing.assert_allclose(grid[:-1], told.sigmas[:-1], 1e-5, atol=1e-5)
    assert grid[-1] == 0
    assert told.sigmas[-1] == pytest.approx(case.end, rel=1e-4)
    timesteps = schedule.told_of(tf.constant(grid[:-1]))
    np.testing.assert_allclose(timesteps, told.timesteps, 1e-5, case.told)


@COUNTS
@EACH
def test_every_step_is_that_of_diffusers(frozen, name, num_steps):
    case, told = CASES[name], reference(frozen, name, num_steps)
    assert len(told.x) == len(told.sigmas) == num_steps + 1

    def told_of(sigma):
        nearest = np.abs(told.sigmas[:-1] - sigma[0].numpy()).argmin()
        return tf.fill(sigma.shape, told.timesteps[nearest])

    denoise = denoiser(told_of)
    if case.solver == "lcm":
        denoise = lcm.consistent(denoise, told_of)
    found = all_x(solvers.named(case.solver), denoise, told)
    assert deviation(found, told.x) < TOLERANCE


@pytest.mark.parametrize(
    "name", [n for n in CASES if n not in ("ddpm", "euler_ancestral", "lcm")]
)
def test_compiled_float32_on_our_own_grid_ends_there_too(frozen, name):
    """All of it as it runs: our table, grid and timesteps, in a graph."""
    case, told = CASES[name], reference(frozen, name, 20)
    schedule = schedules.SCHEDULES["scaled_linear"]()
    sigmas = schedule.grid(20, case.spacing)
    sigmas[-1] = case.end

    def told_of(sigma):
        found = schedule.told_of(sigma)
        return tf.round(found) if case.told == ROUNDED else found

    @tf.function
    def run(x):
        return solvers.integrate(
            solvers.named(case.solver),
            denoiser(told_of),
            x,
            sigmas,
            tf.zeros(2, tf.int32),
        )

    found = run(tf.constant(told.x[0], tf.float32)).numpy()
    assert deviation(found[None], told.x[-1:]) < 3e-5


def test_a_solver_that_is_not_that_of_diffusers_is_found(frozen):
    """Heun's method in the place of PNDM's, Euler's in that of the others."""
    for name, other in [("pndm", "heun"), ("unipc", "dpmpp_2m")]:
        told = reference(frozen, name, 50)

        def told_of(sigma, told=told):
            return np.interp(sigma, told.sigmas[-2::-1], told.timesteps[::-1])

        found = all_x(solvers.named(other), denoiser(told_of), told)
        assert deviation(found, told.x) > 10 * TOLERANCE


def test_k_diffusion_calls_ddim_and_ddpm_euler():
    """Euler ancestral with its own words, against one step of DDPM here."""
    assert solvers.named("euler") is ddim.DDIM
    assert solvers.named("euler_ancestral") is ddim.DDPM
    high, low, clean, x, noise = 7.0, 3.0, 0.4, -2.0, 1.3
    up = math.sqrt(low**2 * (high**2 - low**2) / high**2)
    down = math.sqrt(low**2 - up**2)
    expected = x + (x - clean) / high * (down - high) + up * noise
    at = solvers.Step(
        lambda x, sigma: tf.fill(x.shape, tf.constant(clean, tf.float64)),
        tf.constant([[x]], tf.float64),
        *(tf.constant(each, tf.float64) for each in (high, low, high)),
        lambda: tf.constant(noise, tf.float64),
        tf.constant(0),
    )
    found, _ = ddim.DDPM.step(at, ())
    assert float(found[0, 0]) == pytest.approx(expected, rel=1e-12)
