"""Editing, inversion and density, where the answer is known.

A network that always predicts 0 with prediction v is the exact denoiser of
pixels that are N(0, 1): D = x / (1 + sigma^2), whose way is x = sqrt(1 +
sigma^2) times a constant.
"""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen.models.diffusion import guidance

TINY = dataclasses.replace(
    keras_gen.DiffusionConfig.tiny(),
    solver="heun",
    num_steps=200,
    num_encoder_steps=200,
    spacing="karras",
)
IMAGES = np.random.default_rng(0).uniform(-0.9, 0.9, (3, 8, 8, 1))
IMAGES = IMAGES.astype(np.float32)
LOWEST, HIGHEST = 0.01, 100.0  # Of the cosine schedule.


@pytest.fixture(scope="module")
def model():
    inputs = keras.Input((8, 8, 1)), keras.Input(())
    zero = keras.layers.Rescaling(0.0)(inputs[0])
    return keras_gen.Diffusion(TINY, network=keras.Model(inputs, zero))


def test_encode_finds_the_noise_above_an_image(model):
    growth = np.sqrt((1 + HIGHEST**2) / (1 + LOWEST**2)) / HIGHEST
    found = model.encode(IMAGES)
    np.testing.assert_allclose(
        found, growth * IMAGES.reshape(3, -1), rtol=3e-4, atol=1e-4
    )


def test_decode_is_the_inverse_of_encode(model):
    found = model.decode(model.encode(IMAGES))
    np.testing.assert_allclose(found, IMAGES, atol=1e-3)


def test_log_prob_is_that_of_the_gaussian(model):
    """Of N(0, 1) pixels, with the noise of the lowest sigma."""
    variance = 1 + LOWEST**2
    square = (IMAGES**2).sum(axis=(1, 2, 3)) / variance
    expected = -0.5 * (square + 64 * np.log(2 * np.pi * variance))
    np.testing.assert_allclose(model.log_prob(IMAGES), expected, atol=0.02)


def test_bits_per_dim_is_minus_the_log_of_a_grey_levels_probability(model):
    """The density at the level, times the width of the level."""
    step = 2 / 255
    density = np.exp(-(IMAGES**2) / 2) / np.sqrt(2 * np.pi)
    expected = -np.log2(density * step).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(model.bits_per_dim(IMAGES), expected, atol=0.01)


def test_inpainting_keeps_what_is_known_and_no_more(model):
    mask = np.zeros((3, 8, 8, 1), np.float32)
    mask[:, :4] = 1
    found = model.inpaint(IMAGES, mask, seed=3).numpy()
    np.testing.assert_allclose(found[:, :4], IMAGES[:, :4], atol=1e-5)
    free = model.generate(3, seed=3).numpy()
    np.testing.assert_allclose(found[:, 4:], free[:, 4:], atol=1e-4)


def test_little_strength_stays_near_the_image_and_all_of_it_forgets(model):
    distances = [
        np.abs(model.image_to_image(IMAGES, strength, seed=1) - IMAGES).mean()
        for strength in (0.1, 0.5, 1.0)
    ]
    assert distances == sorted(distances)
    assert distances[0] < 0.1 < distances[2]
    free = model.generate(3, seed=1)
    forgot = model.image_to_image(IMAGES, 1.0, seed=1)
    np.testing.assert_allclose(forgot, free, atol=0.02)


@pytest.mark.parametrize("strength", [0.0, 1.5])
def test_a_strength_that_is_no_share_is_refused(model, strength):
    with pytest.raises(ValueError, match=r"`strength` must lie in \(0, 1\]"):
        model.image_to_image(IMAGES, strength)


def test_only_image_to_image_has_a_strength(model):
    with pytest.raises(TypeError, match="strength"):
        model.generate(1, strength=0.5)


def test_a_mask_of_another_shape_is_refused(model):
    with pytest.raises(ValueError, match="`mask`"):
        model.inpaint(IMAGES, np.ones((3, 4, 4, 1), np.float32))


def test_the_whole_way_begins_as_noise_and_ends_as_the_images(model):
    way = model.generate(2, seed=5, num_steps=4, every=True)
    assert way.shape == (5, 2, 8, 8, 1)
    last = model.generate(2, seed=5, num_steps=4)
    np.testing.assert_allclose(way[-1], last, atol=1e-6)
    noise = tf.reshape(model.latent_of(tf.constant([5, 6])), (2, 8, 8, 1))
    np.testing.assert_allclose(way[0], np.clip(noise, -1, 1), atol=1e-3)


def test_guidance_ends_where_its_interval_ends():
    asked = []

    def denoiser_of(condition):
        def denoise(x, sigma):
            asked.append(len(x))
            return tf.reshape(condition[0], (-1, 1, 1, 1)) * tf.ones_like(x)

        return denoise

    guess = guidance.guided(
        denoiser_of, [tf.ones(2)], [tf.zeros(2)], 3.0, (0.5, 2.0)
    )
    x = tf.zeros((2, 1, 1, 1))
    assert guess(x, tf.constant([1.0, 4.0]))[:, 0, 0, 0].numpy().tolist() == [
        3.0,  # 0 + 3 (1 - 0)
        1.0,
    ]
    assert guess(x, tf.constant([4.0, 0.1]))[:, 0, 0, 0].numpy().tolist() == [
        1.0,
        1.0,
    ]
    assert asked == [4, 2]  # Outside the network is asked once.


def test_an_interval_that_is_empty_is_refused():
    with pytest.raises(ValueError, match="`guidance_to_sigma` must be above"):
        dataclasses.replace(
            TINY, guidance_from_sigma=3.0, guidance_to_sigma=2.0
        )
