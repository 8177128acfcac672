"""Beta, free bits and warm-up change the loss of the VAE as documented."""

import math

import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen.models.vae import vae_config

IMAGES = tf.random.stateless_uniform((3, 4, 4, 1), (0, 0), -1.0, 1.0)
SIZES = {"image_shape": (4, 4, 1), "latent_size": 2, "widths": (4,)}


@pytest.fixture(scope="module")
def plain():
    return keras_gen.VAE(**SIZES)


def losses(plain, step=0, training=False, **fields):
    """Of a VAE with the weights of `plain` and other hyper-parameters."""
    vae = keras_gen.VAE(**SIZES, **fields)
    vae.set_weights(plain.get_weights())
    vae.step.assign(step)
    found = vae.losses({"images": IMAGES}, tf.range(3), training)
    return {name: value.numpy() for name, value in found.items()}


def test_losses_are_named_and_of_each_example(plain):
    found = losses(plain)
    assert tuple(found) == plain.loss_names
    assert {value.shape for value in found.values()} == {(3,)}
    assert (found["rate"] > 0).all()


def test_neutral_hyper_parameters_equal_none(plain):
    expected = losses(plain)
    found = losses(plain, beta=1.0, free_bits=0.0, kl_warmup_steps=0)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)
    sum_of_both = expected["distortion"] + expected["rate"]
    np.testing.assert_array_equal(expected["loss"], sum_of_both)
    np.testing.assert_array_equal(expected["elbo"], -sum_of_both)


@pytest.mark.parametrize("beta", [0.0, 0.5, 4.0])
def test_beta_weighs_the_rate(plain, beta):
    found = losses(plain, beta=beta)
    expected = found["distortion"] + beta * found["rate"]
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-6)
    np.testing.assert_array_equal(found["elbo"], losses(plain)["elbo"])


def test_free_bits_cost_nothing(plain):
    rate = losses(plain)["rate"]
    bits = float(np.median(rate)) / math.log(2)
    found = losses(plain, free_bits=bits)
    beyond = np.maximum(rate - np.median(rate), 0)
    expected = found["distortion"] + beyond
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-6)
    assert (beyond == 0).sum() == 2


@pytest.mark.parametrize(
    ("step", "weight"), [(0, 0.0), (1, 0.25), (3, 0.75), (4, 1.0), (9, 1.0)]
)
def test_warm_up_rises_to_beta(plain, step, weight):
    found = losses(plain, step=step, kl_warmup_steps=4, beta=3.0)
    expected = found["distortion"] + 3 * weight * found["rate"]
    np.testing.assert_allclose(found["loss"], expected, rtol=1e-6)


def test_noise_is_that_of_the_seeds(plain):
    batch = {"images": IMAGES}
    first = plain.losses(batch, tf.constant([1, 2, 3]), False)["distortion"]
    second = plain.losses(batch, tf.constant([1, 2, 4]), False)["distortion"]
    np.testing.assert_allclose(first[:2], second[:2], rtol=1e-6)
    assert first[2] != second[2]


def test_posterior_and_prior_have_the_shape_of_the_latent(plain):
    q = plain.posterior(IMAGES)
    assert q.batch_shape == (3,) and q.event_shape == (2,)
    assert plain.prior.event_shape == (2,)
    np.testing.assert_array_equal(plain.prior.stddev(), [1, 1])
    np.testing.assert_allclose(plain.encode(IMAGES), q.mean(), atol=1e-6)


@pytest.mark.parametrize(
    "fields", [{"beta": 2.0}, {"free_bits": 1.0}, {"kl_warmup_steps": 5}]
)
def test_the_importance_weighted_bound_has_no_rate_to_weigh(fields):
    with pytest.raises(
        ValueError, match="bound has no separate rate to weigh.*Received: num_"
    ):
        vae_config.VAEConfig(num_importance_samples=2, **fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"image_shape": (8, 8)},
            "`image_shape` must have 3 numbers: .H, W, C",
        ),
        ({"image_shape": (8, 0, 1)}, "`image_shape` must be at least 1"),
        ({"widths": ()}, "`widths` must name at least one layer"),
        ({"latent_size": 0}, "`latent_size` must be at least 1"),
        ({"network": "resnet"}, "`network` must be one of conv, mlp"),
        ({"learn_scale": True}, "`learn_scale` needs a likelihood with a sc"),
        ({"num_importance_samples": 0}, "must be at least 1"),
        ({"latent": 3}, "VAEConfig has no field latent. Its fields are: im"),
    ],
)
def test_other_hyper_parameters_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        keras_gen.VAE(**fields)
