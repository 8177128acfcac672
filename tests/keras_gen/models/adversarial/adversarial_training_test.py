"""Its losses are those of the papers, and what it defends against gets weak."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen import attacks
from keras_gen.models.adversarial import adversarial_config

TINY = adversarial_config.AdversarialTrainingConfig.tiny()
RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(-1, 1, (8, 6, 5, 1)).astype(np.float32)
LABELS = RANDOM.integers(3, size=8).astype(np.int32)
SEED = np.arange(8, dtype=np.int32)


def build(**fields):
    config = dataclasses.replace(TINY, **fields)
    return keras_gen.AdversarialTraining(config)


def losses_of(model):
    batch = {"images": tf.constant(IMAGES), "labels": tf.constant(LABELS)}
    return model.losses(batch, tf.constant(SEED), training=True)


def cross_entropy(model, images):
    return keras.losses.sparse_categorical_crossentropy(
        LABELS, model.logits_of(images), from_logits=True
    )


def test_plain_is_the_cross_entropy():
    model = build(method="plain")
    np.testing.assert_allclose(
        losses_of(model)["loss"], cross_entropy(model, IMAGES), rtol=1e-5
    )


def test_goodfellow_is_the_mixture_with_fgsm():
    model = build(method="goodfellow", clean_share=0.3, epsilon=0.1)
    moved = attacks.FGSM(epsilon=0.1)(model.logits_of, IMAGES, LABELS)
    expected = 0.3 * cross_entropy(model, IMAGES)
    expected += 0.7 * cross_entropy(model, moved)
    np.testing.assert_allclose(losses_of(model)["loss"], expected, rtol=1e-5)


@pytest.mark.parametrize("method", ["madry", "fast"])
def test_attacks_make_the_loss_larger_and_errors_are_shares(method):
    model = build(method=method, epsilon=0.1, step_size=0.05)
    found = losses_of(model)
    clean = cross_entropy(model, IMAGES)
    assert np.mean(found["loss"]) > np.mean(clean)
    wrong = np.argmax(model.logits_of(IMAGES), axis=1) != LABELS
    np.testing.assert_array_equal(found["error"], wrong.astype(np.float32))
    assert np.mean(found["attacked_error"]) >= np.mean(wrong)


def test_trades_adds_the_divergence_that_the_attack_makes():
    model = build(method="trades", epsilon=0.1, step_size=0.05)
    clean = cross_entropy(model, IMAGES)
    without = build(method="trades", trades_weight=0.0)
    without.set_weights(model.get_weights())
    np.testing.assert_allclose(losses_of(without)["loss"], clean, rtol=1e-5)
    added = (losses_of(model)["loss"] - clean).numpy() / 6.0
    assert (added > 0).all()
    still = build(method="trades", epsilon=0.0)
    still.set_weights(model.get_weights())
    np.testing.assert_allclose(losses_of(still)["loss"], clean, atol=1e-5)


def test_training_makes_attacks_weaker():
    """Classes differ by little in all values but one, and there by much."""
    labels = np.arange(256, dtype=np.int32) % 2
    side = np.where(labels == 0, -0.15, 0.15)[:, None, None, None]
    noise = np.random.default_rng(1).normal(0, 0.2, (256, 6, 5, 1))
    images = np.clip(side + noise, -1, 1).astype(np.float32)
    images[:, 0, 0, 0] = np.where(labels == 0, -0.7, 0.7)
    errors = {}
    for method in ("plain", "madry"):
        keras.utils.set_random_seed(0)
        model = build(
            method=method, num_classes=2, epsilon=0.15, step_size=0.08
        )
        model.compile(keras_gen.Adam(3e-3))
        model.fit(images, labels, batch_size=64, epochs=30, verbose=0)
        attack = attacks.PGD(epsilon=0.15, step_size=0.03)
        found = attack(model.logits_of, images, labels)
        wrong = attacks.is_reached(model.logits_of(found), labels)
        errors[method] = np.mean(wrong)
    assert errors["madry"] < 0.1 < 0.5 < errors["plain"]


def test_in_warm_up_attacks_change_less():
    """At the first of four steps a quarter, for a linear classifier."""
    linear = keras.Sequential(
        [keras.Input((6, 5, 1)), keras.layers.Flatten(), keras.layers.Dense(3)]
    )
    config = dataclasses.replace(TINY, method="goodfellow", clean_share=0.0)
    small = dataclasses.replace(config, epsilon=0.05)
    warm = dataclasses.replace(config, epsilon=0.2, attack_warmup_steps=4)
    inner = 0.5 * IMAGES  # Of which no value leaves the range.
    found = []
    for each in (small, warm):
        model = keras_gen.AdversarialTraining(each, classifier=linear)
        batch = {"images": tf.constant(inner), "labels": tf.constant(LABELS)}
        found.append(model.losses(batch, tf.constant(SEED), True)["loss"])
    np.testing.assert_allclose(*found, rtol=1e-5)


def test_a_classifier_of_ones_own_must_fit():
    with pytest.raises(ValueError, match=r"`classifier` must .* \[B, 3\]"):
        keras_gen.AdversarialTraining(
            TINY,
            classifier=keras.Sequential(
                [keras.Input((6, 5, 1)), keras.layers.Flatten()]
            ),
        )
    own = keras.Sequential(
        [
            keras.Input((6, 5, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )
    model = keras_gen.AdversarialTraining(TINY, classifier=own)
    np.testing.assert_allclose(model(IMAGES), own(IMAGES), rtol=1e-6)


def test_the_numbers_of_the_attack_are_checked_at_once():
    with pytest.raises(ValueError, match="`epsilon` of norm inf"):
        build(epsilon=2.0)
