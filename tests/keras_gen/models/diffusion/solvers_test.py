"""Solvers on Gaussian data, whose best denoiser and exact way are known.

D(x, sigma) = mean + s^2 / (s^2 + sigma^2) (x - mean)
x(sigma) = mean + sqrt((s^2 + sigma^2) / (s^2 + top^2)) (x(top) - mean)
"""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import interpreter

from keras_gen.models.diffusion import solvers
from keras_gen.models.diffusion.solvers import ddim, lcm

MEAN, DEVIATION, TOP, BOTTOM = 0.3, 0.5, 20.0, 0.05
SEED = tf.range(4)
ODE = [name for name, each in solvers.SOLVERS.items() if each.order]
NOISY = [name for name in solvers.SOLVERS if name not in ODE]
# Of four steps. Heun's method asks once in the last, PNDM twice in the first.
NUM_CALLS = {"heun": 7, "pndm": 5}


def denoise(x, sigma):
    share = DEVIATION**2 / (DEVIATION**2 + sigma**2)
    return MEAN + share[:, tf.newaxis] * (x - MEAN)


def exact(x, sigma):
    spread = np.sqrt(DEVIATION**2 + np.array([sigma, TOP]) ** 2)
    return MEAN + (x - MEAN) * spread[0] / spread[1]


def start(num=4, size=3):
    random = np.random.default_rng(0)
    return tf.constant(TOP * random.normal(size=(num, size)), tf.float32)


def jump(x, sigma):
    """What denoise is not: the end of the way through x."""
    share = DEVIATION / tf.sqrt(DEVIATION**2 + sigma**2)
    return MEAN + share[:, tf.newaxis] * (x - MEAN)


@pytest.mark.parametrize("name", ODE)
def test_errors_fall_by_the_order_of_the_solver(name):
    solver, x = solvers.SOLVERS[name], tf.cast(start(), tf.float64)
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


@pytest.mark.parametrize("name", sorted(solvers.SOLVERS))
def test_a_step_asks_as_often_as_it_says(name):
    solver, asked = solvers.SOLVERS[name], []

    def counted(x, sigma):
        asked.append(sigma)  # Outside a tf.function the loop is Python's.
        return denoise(x, sigma)

    sigmas = np.append(np.geomspace(TOP, 1.0, 4), 0.0)
    solvers.integrate(solver, counted, start(), sigmas, SEED)
    assert len(asked) == NUM_CALLS.get(name, 4 * solver.num_evaluations)


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


def test_lcm_keeps_the_distribution_of_a_consistency_model():
    num = 20_000
    sigmas = np.array([TOP, 3.0, 1.0, 0.4, 0.0])
    ends = [
        solvers.integrate(
            lcm.LCM, each, start(num, 1), sigmas, tf.range(num)
        ).numpy()
        for each in (jump, denoise)
    ]
    for end in ends:
        assert abs(end.mean() - MEAN) < 0.02
    assert abs(ends[0].std() - DEVIATION) < 0.02
    assert ends[1].std() < 0.8 * DEVIATION  # Means are too smooth.


def test_a_consistent_network_leaves_x_at_timestep_0_as_it_is():
    """Of variance 1, as it is shown; from timestep 20 on it is D."""
    x, sigma = tf.ones((3, 2)), tf.constant([0.03, 0.03, 5.0])
    told = tf.constant([0.0, 0.05, 20.0])
    found = lcm.consistent(lambda x, sigma: 7.0 * x, lambda sigma: told)(
        x, sigma
    )
    unit = 1 / np.sqrt(1 + 0.03**2)
    # At timestep 0.05 u is d, so skip is 1 / 2 and out sqrt(1 / 2).
    expected = [unit, unit / 2 + 7 / np.sqrt(2), 7.0]
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-5)


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


@pytest.mark.parametrize("name", NOISY)
def test_noise_is_a_function_of_the_row_alone(name):
    solver = solvers.SOLVERS[name]
    sigmas = np.append(np.geomspace(TOP, 0.1, 5), 0.0)
    both = solvers.integrate(solver, denoise, start(), sigmas, SEED)
    one = solvers.integrate(solver, denoise, start()[2:3], sigmas, SEED[2:3])
    np.testing.assert_allclose(both[2:3], one, rtol=1e-6)
    other = solvers.integrate(solver, denoise, start(), sigmas, SEED + 4)
    assert np.abs(both - other).max() > 1e-2


@pytest.mark.parametrize("name", sorted(solvers.SOLVERS))
def test_double_xla_and_litert_go_the_same_way(name, tmp_path):
    sigmas = np.append(np.geomspace(TOP, 0.1, 5), 0.0)

    def run(x, seed):
        return solvers.integrate(
            solvers.SOLVERS[name], denoise, x, sigmas, seed
        )

    x = start()
    plain = run(x, SEED).numpy()
    double = run(tf.cast(x, tf.float64), SEED)
    assert double.dtype == tf.float64
    np.testing.assert_allclose(plain, double, atol=1e-5)
    compiled = tf.function(run, jit_compile=True)
    np.testing.assert_allclose(compiled(x, SEED), plain, atol=1e-5)
    found = in_litert(run, x, SEED, tmp_path)
    np.testing.assert_allclose(found, plain, atol=1e-5)


def in_litert(run, x, seed, folder):
    """run(x, seed), converted with builtin operations alone."""
    module = tf.Module()
    module.run = tf.function(run)
    signature = module.run.get_concrete_function(
        tf.TensorSpec(x.shape, x.dtype, "x"),
        tf.TensorSpec(seed.shape, seed.dtype, "seed"),
    )
    tf.saved_model.save(module, str(folder), signatures=signature)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    loaded = interpreter.Interpreter(model_content=converter.convert())
    answer = loaded.get_signature_runner()(x=x.numpy(), seed=seed.numpy())
    return answer["output_0"]


def test_eta_outside_is_refused():
    with pytest.raises(ValueError, match=r"`eta` must lie in \[0, 1\]"):
        ddim.with_eta(1.5)
