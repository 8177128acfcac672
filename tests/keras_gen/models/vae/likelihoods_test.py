"""Likelihoods equal closed forms and scipy, and are normalised."""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
import tensorflow as tf

from keras_gen.models.vae import likelihoods

SHAPE = (2, 3, 4, 1)
RANDOM = np.random.default_rng(0)
PARAMETERS = RANDOM.normal(size=SHAPE).astype("float32")
LEVELS = np.arange(256)
IMAGES_OF_LEVELS = (LEVELS / 127.5 - 1).astype("float32")


def log_prob(name, images, parameters=PARAMETERS, scale=1.0):
    make = likelihoods.LIKELIHOODS[name]
    distribution = make(tf.constant(parameters), tf.constant(math.log(scale)))
    return likelihoods.log_prob(distribution, tf.constant(images)).numpy()


def test_log_prob_sums_over_an_image():
    images = np.sign(RANDOM.normal(size=SHAPE)).astype("float32")
    found = log_prob("bernoulli", images)
    assert found.shape == (2,)
    many = np.stack([PARAMETERS, 2 * PARAMETERS, 3 * PARAMETERS])
    assert log_prob("bernoulli", images, many).shape == (3, 2)
    np.testing.assert_allclose(log_prob("bernoulli", images, many)[0], found)


def test_bernoulli_of_black_and_white_equals_scipy():
    images = np.sign(RANDOM.normal(size=SHAPE)).astype("float32")
    white = scipy.special.expit(PARAMETERS.astype(np.float64))
    expected = scipy.stats.bernoulli.logpmf((images + 1) / 2, white)
    np.testing.assert_allclose(
        log_prob("bernoulli", images), expected.sum((1, 2, 3)), rtol=1e-5
    )


def test_bernoulli_of_grey_is_the_mean_over_its_binarizations():
    black, white = np.full((2, 1, 1, 1, 1), [[[[[-1.0]]]], [[[[1.0]]]]], "f")
    parameters = np.full((1, 1, 1, 1), 0.7, "f")
    share = 0.3  # Of white: grey at -1 + 2 * 0.3.
    expected = share * log_prob("bernoulli", white, parameters)
    expected += (1 - share) * log_prob("bernoulli", black, parameters)
    grey = np.full((1, 1, 1, 1), 2 * share - 1, "f")
    found = log_prob("bernoulli", grey, parameters)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_bernoulli_mean_is_an_image():
    distribution = likelihoods.bernoulli(tf.constant([-50.0, 0.0, 50.0]), 0.0)
    np.testing.assert_allclose(distribution.mean(), [-1, 0, 1], atol=1e-6)


@pytest.mark.parametrize("scale", [0.01, 0.1, 1.0])
def test_gaussian_equals_scipy(scale):
    images = RANDOM.uniform(-1, 1, SHAPE).astype("float32")
    expected = scipy.stats.norm.logpdf(images, PARAMETERS, scale)
    found = log_prob("gaussian", images, scale=scale)
    np.testing.assert_allclose(found, expected.sum((1, 2, 3)), rtol=1e-4)


def test_gaussian_is_normalised():
    x = np.linspace(-3, 3, 6001, dtype="float32")
    log_density = log_prob(
        "gaussian", x.reshape(-1, 1, 1, 1), np.full((1, 1, 1, 1), 0.2, "f"), 0.3
    )
    assert np.trapezoid(np.exp(log_density), x) == pytest.approx(1, abs=1e-4)


def masses(loc, scale):
    """p of each of the 256 levels."""
    images = IMAGES_OF_LEVELS.reshape(-1, 1, 1, 1)
    parameters = np.full((1, 1, 1, 1), loc, "float32")
    return np.exp(log_prob("discretized_logistic", images, parameters, scale))


@pytest.mark.parametrize("scale", [0.001, 0.02, 0.5, 5.0])
@pytest.mark.parametrize("loc", [-1.5, -1.0, -0.301, 0.0, 1.0, 1.5])
def test_discretized_logistic_sums_to_1_over_the_levels(loc, scale):
    assert masses(loc, scale).sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("scale", [0.02, 0.5])
@pytest.mark.parametrize("loc", [-1.0, -0.301, 0.9])
def test_discretized_logistic_equals_differences_of_the_logistic(loc, scale):
    """Level k owns (k - 1/2, k + 1/2], the first and last what lies beyond."""
    edges = (LEVELS[1:] - 0.5) / 127.5 - 1
    below = scipy.stats.logistic.cdf(edges, loc, scale)
    expected = np.diff(np.concatenate([[0], below, [1]]))
    np.testing.assert_allclose(masses(loc, scale), expected, atol=2e-6)


def test_discretized_logistic_is_finite_far_from_its_mean():
    far = np.full((1, 1, 1, 1), -1, "float32")
    found = log_prob("discretized_logistic", far, -3 * far, 0.01)
    assert np.isfinite(found).all() and found[0] < -100


def test_discretized_logistic_has_a_smallest_scale():
    """A sixteenth of a level makes a level sure; less would say nothing."""
    image = IMAGES_OF_LEVELS[100].reshape(1, 1, 1, 1)
    found = [
        log_prob("discretized_logistic", image, image, scale)[0]
        for scale in (1e-3, 1e-4, 1e-5)
    ]
    assert -0.1 < found[0] < -0.01
    assert -0.001 < found[1] == found[2] <= 0


@pytest.mark.parametrize("name", ["gaussian", "discretized_logistic"])
def test_the_mean_is_what_the_decoder_says(name):
    make = likelihoods.LIKELIHOODS[name]
    distribution = make(tf.constant(PARAMETERS), tf.constant(-2.0))
    np.testing.assert_array_equal(distribution.mean(), PARAMETERS)
