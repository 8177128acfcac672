"""A network that predicts its target gives back the image."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.models.diffusion import parameterisations

SIGMA = tf.constant([0.01, 0.5, 3.0, 80.0])
RANDOM = np.random.default_rng(0)
X0, NOISE = (
    tf.constant(RANDOM.normal(size=(4, 5)), tf.float32) for _ in range(2)
)
NAMES = sorted(parameterisations.PARAMETERISATIONS)


@pytest.mark.parametrize("name", NAMES)
def test_the_perfect_prediction_is_the_image(name):
    scales, target = parameterisations.PARAMETERISATIONS[name]
    sigma = SIGMA[:, tf.newaxis]
    skip, out, _ = scales(sigma)
    found = skip * (X0 + sigma * NOISE) + out * target(X0, NOISE, sigma)
    np.testing.assert_allclose(found, X0, atol=3e-5)


@pytest.mark.parametrize("name", ["edm", "epsilon", "v"])
def test_inputs_and_targets_have_variance_1(name):
    """For data of the deviation that the parameterisation takes for granted."""
    deviation = 0.5 if name == "edm" else 1.0
    scales, target = parameterisations.PARAMETERISATIONS[name]
    x0, noise = RANDOM.normal(size=(2, 4, 20_000)).astype(np.float32)
    x0, sigma = deviation * x0, SIGMA[:, tf.newaxis]
    into = scales(sigma).into
    np.testing.assert_allclose(
        np.std(into * (x0 + sigma * noise), axis=1), 1, atol=0.03
    )
    np.testing.assert_allclose(
        np.std(target(x0, noise, sigma), axis=1), 1, atol=0.03
    )


def test_min_snr_bounds_the_weight_of_epsilon():
    """Hang et al. 2023, section 3.4: min(SNR, 5) / SNR for epsilon."""
    out = parameterisations.PARAMETERISATIONS["epsilon"].scales(SIGMA).out
    found = parameterisations.WEIGHTINGS["min_snr"](SIGMA, out).numpy()
    snr = 1 / SIGMA.numpy() ** 2
    np.testing.assert_allclose(found, np.minimum(snr, 5) / snr, rtol=1e-5)


def test_edm_weighs_its_own_targets_evenly():
    out = parameterisations.PARAMETERISATIONS["edm"].scales(SIGMA).out
    found = parameterisations.WEIGHTINGS["edm"](SIGMA, out)
    np.testing.assert_allclose(found, 1, rtol=1e-6)
