"""Shares of images that stay right, by hand, and by an attack that is known."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import attacks, metrics
from tests.keras_gen.attacks import classifiers

LABELS = np.array([0, 1, 2, 0, 1])
BEFORE = np.array([0, 1, 2, 1, 1])  # The fourth is wrong.
AFTER = np.array([0, 2, 2, 0, 0])


def logits(classes):
    return 5.0 * np.eye(3, dtype=np.float32)[classes]


def values(metric, labels=LABELS, parts=(slice(0, 2), slice(2, 5))):
    for part in parts:
        metric.update_state(
            labels[part], logits(BEFORE[part]), logits(AFTER[part])
        )
    return float(metric.result())


def test_robust_are_those_that_are_right_before_and_after():
    assert values(metrics.RobustAccuracy()) == pytest.approx(2 / 5)


def test_an_attack_succeeds_where_something_was_right():
    assert values(metrics.AttackSuccess()) == pytest.approx(2 / 4)


def test_a_targeted_attack_succeeds_where_it_gets_its_target():
    targets = np.array([0, 2, 1, 0, 2])  # The first is its target already.
    metric = metrics.AttackSuccess(targeted=True)
    assert values(metric, targets) == pytest.approx(2 / 4)
    again = metrics.AttackSuccess.from_config(metric.get_config())
    assert again.targeted


def test_nothing_to_turn_is_no_success():
    metric = metrics.AttackSuccess()
    metric.update_state([1], logits([0]), logits([2]))
    assert float(metric.result()) == 0.0


def test_a_judge_measures_what_an_attack_does():
    images, labels = classifiers.images_of(classifiers.curved, 50)
    labels[:5] = (labels[:5] + 1) % classifiers.NUM_CLASSES
    attack = attacks.PGD(epsilon=0.1)
    judge = metrics.AttackJudge(classifiers.curved, attack)
    found = judge.measure(images, labels, batch_size=20)
    changed = classifiers.attacked(attack, classifiers.curved, images, labels)
    wrong = attacks.is_reached(classifiers.curved(changed), labels).numpy()
    wrong[:5] = True
    assert found.accuracy == pytest.approx(0.9)
    assert found.robust_accuracy == pytest.approx(1 - np.mean(wrong))
    assert found.attack_success == pytest.approx(np.mean(wrong[5:]))
    still = metrics.AttackJudge(classifiers.curved, attacks.FGSM(epsilon=0.0))
    found = still.measure(images, labels)
    assert found == pytest.approx((0.9, 0.9, 0.0))


def test_bytes_are_levels():
    levels = np.array([0, 255], np.uint8).reshape(2, 1, 1, 1)

    def classify(images):
        own = images[:, 0, 0, 0]
        return tf.stack([-own, own], axis=1)

    judge = metrics.AttackJudge(classify, attacks.FGSM(epsilon=0.4))
    assert judge.measure(levels, np.array([0, 1])) == (1.0, 1.0, 0.0)
    judge = metrics.AttackJudge(classify, attacks.FGSM(epsilon=0.6))
    assert judge.measure(levels, np.array([0, 1])) == (1.0, 0.0, 1.0)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="`attack` must not be targeted"):
        metrics.AttackJudge(classifiers.curved, attacks.PGD(targeted=True))
    judge = metrics.AttackJudge(classifiers.curved, attacks.FGSM())
    with pytest.raises(ValueError, match="`images` must hold one image"):
        judge.measure(np.zeros((0, 2, 3, 1)), np.zeros(0))
