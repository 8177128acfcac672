"""Adversarial losses equal their formulas, and pull where they should."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.losses import adversarial

REAL = np.float32([-3.0, -0.5, 0.0, 2.0, 40.0])
FAKE = np.float32([1.5, -2.0, 0.0, -40.0, 3.0])
NEUTRAL = adversarial.Targets()


def sigmoid(x):
    return 1 / (1 + np.exp(-np.float64(x)))


FORMULAS = {
    "minimax": (
        lambda d, g: -np.log(sigmoid(d)) - np.log(sigmoid(-g)),
        lambda g: np.log(sigmoid(-g)),
    ),
    "non_saturating": (
        lambda d, g: -np.log(sigmoid(d)) - np.log(sigmoid(-g)),
        lambda g: -np.log(sigmoid(g)),
    ),
    "least_squares": (
        lambda d, g: ((d - 1) ** 2 + g**2) / 2,
        lambda g: (g - 1) ** 2 / 2,
    ),
    "hinge": (
        lambda d, g: np.maximum(0, 1 - d) + np.maximum(0, 1 + g),
        lambda g: -g,
    ),
    "wasserstein": (lambda d, g: g - d, lambda g: -g),
}


def test_every_loss_has_its_formula_here():
    assert set(FORMULAS) == set(adversarial.LOSSES)


@pytest.mark.parametrize("name", FORMULAS)
def test_losses_equal_their_formulas(name):
    loss = adversarial.LOSSES[name]
    discriminator, generator = FORMULAS[name]
    found = loss.discriminator(REAL, FAKE, NEUTRAL)
    np.testing.assert_allclose(found, discriminator(REAL, FAKE), rtol=1e-5)
    np.testing.assert_allclose(
        loss.generator(FAKE), generator(FAKE), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("name", FORMULAS)
def test_the_discriminator_wants_real_up_and_fake_down(name):
    real, fake = tf.constant([0.2, -0.3]), tf.constant([0.1, 0.4])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch((real, fake))
        wanted = adversarial.LOSSES[name].discriminator(real, fake, NEUTRAL)
        answered = adversarial.LOSSES[name].generator(fake)
    assert (tape.gradient(wanted, real).numpy() < 0).all()
    assert (tape.gradient(wanted, fake).numpy() > 0).all()
    assert (tape.gradient(answered, fake).numpy() < 0).all()


def test_a_certain_discriminator_starves_the_minimax_generator_alone():
    """The reason for the non-saturating loss (Goodfellow 2014, section 3)."""
    fake = tf.constant([-20.0])
    slopes = {}
    for name in ("minimax", "non_saturating"):
        with tf.GradientTape() as tape:
            tape.watch(fake)
            loss = adversarial.LOSSES[name].generator(fake)
        slopes[name] = float(tape.gradient(loss, fake)[0])
    assert abs(slopes["minimax"]) < 1e-8
    assert slopes["non_saturating"] == pytest.approx(-1)


@pytest.mark.parametrize("name", FORMULAS)
def test_targets_matter_where_a_loss_says_so(name):
    loss = adversarial.LOSSES[name]
    soft = adversarial.Targets(real=0.9, fake=0.1)
    neutral = loss.discriminator(REAL[:3], FAKE[:3], NEUTRAL)
    found = loss.discriminator(REAL[:3], FAKE[:3], soft)
    assert np.array_equal(found, neutral) == (not loss.has_targets)


def test_the_best_answer_to_a_soft_target_is_its_logit():
    logit = keras.ops.convert_to_tensor([np.log(0.9 / 0.1)])
    with tf.GradientTape() as tape:
        tape.watch(logit)
        loss = adversarial.cross_entropy(logit, 0.9)
    assert abs(float(tape.gradient(loss, logit)[0])) < 1e-6


def test_targets_of_each_row_are_its_own():
    rows = adversarial.Targets(np.float32([0.7, 1.2]), np.float32([0.0, 0.3]))
    loss = adversarial.LOSSES["non_saturating"].discriminator
    found = np.asarray(loss(REAL[:2], FAKE[:2], rows))
    for row in range(2):
        own = adversarial.Targets(rows.real[row], rows.fake[row])
        alone = loss(REAL[row : row + 1], FAKE[row : row + 1], own)
        np.testing.assert_allclose(found[row : row + 1], alone, rtol=1e-6)
