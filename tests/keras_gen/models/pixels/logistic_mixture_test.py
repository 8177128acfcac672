"""The mixture of logistics against TFP's, and where TFP's has no digits."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen.models.pixels import logistic_mixture

tfd = tfp.distributions
RANDOM = np.random.default_rng(0)
LEVELS = 256


def mixture(num, components, channels, scale=1.0):
    size = logistic_mixture.num_outputs(components, channels)
    outputs = RANDOM.normal(0, scale, (num, size)).astype(np.float32)
    return logistic_mixture.mixture_of(
        tf.constant(outputs), components, channels
    )


def values(*shape, levels=LEVELS):
    tokens = RANDOM.integers(0, levels, shape)
    return (tokens * (2.0 / (levels - 1)) - 1.0).astype(np.float32)


def tfp_log_prob(found, pixels):
    """log p [B] of pixels [B, C]: TFP's mixture of quantized logistics."""
    to_levels = (LEVELS - 1) / 2.0
    coefficients = tf.cast(found.coefficients, tf.float64)
    x = tf.cast(pixels, tf.float64)
    loc = tf.cast(found.loc, tf.float64)
    if pixels.shape[-1] > 1:
        loc += tf.reduce_sum(coefficients * x[:, None, None, :], axis=-1)
    scale = tf.exp(tf.cast(found.log_scale, tf.float64))
    levels = tfd.QuantizedDistribution(
        tfd.Logistic((loc + 1.0) * to_levels - 0.5, scale * to_levels),
        low=tf.constant(0.0, tf.float64),
        high=tf.constant(LEVELS - 1.0, tf.float64),
    )
    whole = tfd.MixtureSameFamily(
        tfd.Categorical(logits=tf.cast(found.logits, tf.float64)),
        tfd.Independent(levels, 1),
    )
    return whole.log_prob(tf.round((x + 1.0) * to_levels))


@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_that_of_tfp(channels):
    found = mixture(200, 4, channels)
    pixels = values(200, channels)
    pixels[:20], pixels[20:40] = -1.0, 1.0  # The edges.
    each = logistic_mixture.log_probs(found, pixels, LEVELS)
    np.testing.assert_allclose(
        tf.reduce_sum(each, axis=-1),
        tfp_log_prob(found, pixels),
        rtol=2e-4,
        atol=2e-4,
    )


@pytest.mark.parametrize("log_scale", [-200.0, -7.0, -3.0, 0.0, 3.0, 200.0])
def test_all_levels_sum_to_one_and_are_finite(log_scale):
    levels = tf.linspace(-1.0, 1.0, LEVELS)[:, tf.newaxis]
    loc = tf.constant([-5.0, -1.0, 0.1234, 1.0, 7.0])
    outputs = tf.stack([tf.zeros(5), loc, tf.fill((5,), log_scale)], axis=1)
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        each = logistic_mixture.mixture_of(outputs, 1, 1)
        found = logistic_mixture.log_mass(
            levels, each.loc[:, 0, 0], each.log_scale[:, 0, 0], LEVELS
        )
    assert np.isfinite(found).all()
    assert np.isfinite(tape.gradient(found, outputs)).all()
    np.testing.assert_allclose(tf.reduce_sum(tf.exp(found), 0), 1.0, rtol=2e-4)


def test_far_from_the_mean_no_digit_is_lost():
    log_scale, far = -3.0, 0.9
    found = logistic_mixture.log_mass(far, -0.9, log_scale, LEVELS)
    half, rate = 1.0 / (LEVELS - 1), np.exp(3.0)  # In float64.
    upper, lower = (1.8 + half) * rate, (1.8 - half) * rate
    expected = np.log(1 / (1 + np.exp(lower)) - 1 / (1 + np.exp(upper)))
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_channel_by_channel_is_the_whole():
    found, pixels = mixture(50, 3, 3), values(50, 3, levels=16)
    each = logistic_mixture.log_probs(found, pixels, 16)
    tokens = np.round((pixels + 1.0) * 7.5).astype(np.int32)
    for channel in range(3):
        known = np.where(np.arange(3) < channel, pixels, 0.0)
        logits = logistic_mixture.channel_logits(
            found, tf.constant(known), tf.constant(channel), 16
        )
        log_p = tf.nn.log_softmax(logits).numpy()
        np.testing.assert_allclose(
            log_p[np.arange(50), tokens[:, channel]],
            each[:, channel],
            rtol=1e-3,
            atol=1e-4,
        )
