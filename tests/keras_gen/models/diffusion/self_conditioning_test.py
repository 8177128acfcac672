"""A network that sees its guess of the step before."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen import networks
from keras_gen.models.diffusion import solvers
from tests.keras_gen.models.diffusion import stirred

TINY = keras_gen.DiffusionConfig.tiny()
SEEING = dataclasses.replace(TINY, self_conditioning=True, num_classes=2)
SEED = tf.range(2)


@pytest.mark.parametrize("name", sorted(solvers.SOLVERS))
def test_each_step_is_told_the_first_guess_of_the_step_before(name):
    told = []

    def denoise(x, sigma, guess):
        told.append(float(guess[0, 0]))
        return guess + 1.0

    def eager(condition, body, variables, **_):
        while condition(*variables):
            variables = body(*variables)
        return variables

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tf, "while_loop", eager)
        solvers.integrate(
            solvers.SOLVERS[name],
            denoise,
            tf.ones((2, 3)),
            np.float32([20.0, 5.0, 1.0, 0.0]),
            SEED,
            recalls=True,
        )
    assert sorted(set(told)) == [0.0, 1.0, 2.0]
    assert told == sorted(told)


def test_one_loop_does_the_same_as_steps_by_hand():
    def denoise(x, sigma, guess):
        return 0.1 * x + 0.5 * guess

    x = tf.constant([[1.0, -2.0]])
    found = tf.function(solvers.integrate, autograph=False)(
        solvers.SOLVERS["ddim"],
        denoise,
        x,
        (8.0, 2.0, 0.0),
        tf.range(1),
        recalls=True,
    )
    first = 0.1 * x
    middle = first + (x - first) / 8.0 * 2.0
    np.testing.assert_allclose(found, 0.1 * middle + 0.5 * first, rtol=1e-6)


@pytest.fixture(scope="module")
def model():
    """Its guess of the step before matters to it."""
    keras.utils.set_random_seed(0)
    return stirred.stirred(keras_gen.Diffusion(SEEING))


def test_the_guess_matters_and_is_zero_if_nothing_is_said(model):
    x, sigma = tf.ones((2, 8, 8, 1)), tf.ones(2)
    labels = tf.constant([0, 1])
    plain = model.denoise(x, sigma, labels)
    zero = model.denoise(x, sigma, labels, tf.zeros_like(x))
    other = model.denoise(x, sigma, labels, tf.ones_like(x))
    np.testing.assert_array_equal(plain, zero)
    assert np.abs(plain - other).max() > 1e-4


def test_half_of_the_rows_learn_without_a_guess(model):
    rows = tf.range(200)
    seen = []
    own = model.network

    def spy(given, training):
        if training:
            seen.append(given[0])
        return own(given, training=training)

    images = tf.zeros((200, 8, 8, 1))
    batch = {"images": images, "labels": tf.zeros(200, tf.int32)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "network", spy, raising=False)
        patch.setattr(type(model), "__setattr__", object.__setattr__)
        model.losses(batch, rows, training=True)
    guesses = seen[0][..., 1]
    without = np.mean(np.abs(guesses).max(axis=(1, 2)) == 0)
    assert 0.35 < without < 0.65


def test_absent_it_changes_nothing():
    plain, seeing = (
        keras_gen.Diffusion(dataclasses.replace(TINY, self_conditioning=each))
        for each in (False, True)
    )
    assert plain.network.input_shape[0] == (None, 8, 8, 1)
    assert seeing.network.input_shape[0] == (None, 8, 8, 2)
    assert seeing.network.output_shape == (None, 8, 8, 1)


def test_a_network_of_your_own_must_see_the_guess():
    other = networks.unet(
        (8, 8, 1),
        widths=(4,),
        num_groups=2,
        num_blocks=1,
        attention_levels=(),
        num_heads=2,
    )
    config = dataclasses.replace(TINY, self_conditioning=True)
    with pytest.raises(ValueError, match=r"shapes \[\(8, 8, 2\), \(\)\]"):
        keras_gen.Diffusion(config, network=other)


def test_editing_and_density_work_with_it(model):
    images = model.generate(2, seed=3, num_steps=4, every=True)
    assert images.shape == (5, 2, 8, 8, 1)
    mask = np.zeros((2, 8, 8, 1), np.float32)
    mask[:, :4] = 1.0
    painted = model.inpaint(images[-1], mask, label=[0, 1])
    np.testing.assert_allclose(painted[:, :4], images[-1][:, :4], atol=1e-5)
    assert np.isfinite(model.log_prob(images[-1], label=[0, 1])).all()
