"""What can be asked of a diffusion model."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from tests.keras_gen.models.diffusion import stirred

TINY = keras_gen.DiffusionConfig.tiny()
IMAGES = np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1))
IMAGES = IMAGES.astype(np.float32)


@pytest.fixture(scope="module")
def classes():
    """The label matters to it."""
    keras.utils.set_random_seed(0)
    config = dataclasses.replace(TINY, num_classes=3)
    return stirred.stirred(keras_gen.Diffusion(config))


def test_guidance_1_is_the_class_itself(classes):
    x, sigma = tf.constant(IMAGES[:3]), tf.constant([0.1, 1.0, 5.0])
    labels = tf.range(3)
    plain = classes.denoise(x, sigma, labels)
    for scale in (1.0, tf.ones(3)):
        guided = classes.guided(labels, scale)(x, sigma)
        np.testing.assert_allclose(guided, plain, atol=1e-6)


def test_guidance_goes_on_from_no_class_through_the_class(classes):
    x, sigma = tf.constant(IMAGES[:2]), tf.constant([1.0, 2.0])
    labels = tf.constant([0, 2])
    of_class = classes.denoise(x, sigma, labels)
    plain = classes.denoise(x, sigma, tf.constant([3, 3]))
    assert np.abs(of_class - plain).max() > 1e-4
    guided = classes.guided(labels, 3.0)(x, sigma)
    np.testing.assert_allclose(
        guided, plain + 3 * (of_class - plain), atol=1e-5
    )


def test_what_the_config_says_and_what_is_asked_are_the_same(classes):
    inherited = classes.generate(3, seed=5)
    asked = classes.generate(3, seed=5, num_steps=TINY.num_steps)
    np.testing.assert_allclose(inherited, asked, atol=1e-6)
    other = classes.generate(3, seed=5, num_steps=TINY.num_steps + 1)
    assert np.abs(inherited - other).max() > 1e-4


@pytest.mark.parametrize("how", [{"num_steps": 2}, {"solver": "ddpm"}])
def test_xla_draws_the_same(classes, how):
    plain = classes.generate(2, seed=5, **how)
    compiled = classes.generate(2, seed=5, jit_compile=True, **how)
    np.testing.assert_allclose(compiled, plain, atol=1e-5)


def test_ancestral_samples_are_functions_of_their_seeds(classes):
    three = classes.generate(3, seed=4, label=1, solver="ddpm")
    last = classes.generate(1, seed=6, label=1, solver="ddpm")
    np.testing.assert_allclose(three[2:], last, atol=1e-5)


def test_labels_that_cannot_be_are_refused(classes):
    for options in ({}, {"num_steps": 2}):
        with pytest.raises(ValueError, match=r"`labels` must lie in \[0, 2\]"):
            classes.generate(1, label=3, **options)


def test_a_negative_step_count_is_refused(classes):
    for count in (-2, 0):
        with pytest.raises(ValueError, match="`num_steps` must be at least 1"):
            classes.generate(1, num_steps=count)


def test_a_solver_that_is_not_there_is_refused(classes):
    with pytest.raises(ValueError, match="`solver` must be one of ddim, ddpm"):
        classes.generate(1, solver="rk4")


def test_endpoints_refuse_a_solver_with_noise_of_its_own():
    with pytest.raises(ValueError, match="`solver`"):
        dataclasses.replace(TINY, solver="ddpm")


def test_guidance_needs_classes():
    with pytest.raises(ValueError, match="`guidance_scale` needs classes"):
        dataclasses.replace(TINY, guidance_scale=2.0)
    with pytest.raises(ValueError, match="`guidance_scale` needs a model with"):
        keras_gen.Diffusion(TINY).generate(1, guidance_scale=2.0)


def test_a_network_that_does_not_fit_is_refused():
    network = keras_gen.networks.mlp((8, 8, 1), (4,), (8, 8, 1))
    with pytest.raises(ValueError, match="`network` must map rows of shapes"):
        keras_gen.Diffusion(TINY, network=network)


def test_a_network_of_your_own_is_the_denoiser():
    """One that always predicts 0 leaves skip x (Karras et al. 2022, Eq. 7)."""
    inputs = keras.Input((8, 8, 1)), keras.Input(())
    zero = keras.layers.Rescaling(0.0)(inputs[0])
    model = keras_gen.Diffusion(TINY, network=keras.Model(inputs, zero))
    sigma = tf.constant([0.5, 3.0])
    found = model.denoise(tf.constant(IMAGES[:2]), sigma)
    skip = 1 / (1 + np.square([0.5, 3.0]))
    expected = skip[:, None, None, None] * IMAGES[:2]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_label_dropout_teaches_what_no_class_is():
    config = dataclasses.replace(TINY, num_classes=3, label_dropout=1.0)
    model = keras_gen.Diffusion(config)
    labels = tf.constant([0, 1, 2] * 2)
    seed = tf.range(6)
    one, other = (
        model.losses(
            {"images": tf.constant(IMAGES[:6]), "labels": each}, seed, True
        )["loss"]
        for each in (labels, 2 - labels)
    )
    np.testing.assert_array_equal(one, other)
