"""Robust accuracy of each radius enters the logs, every so many epochs."""

import numpy as np
import pytest

from keras_gen import attacks, callbacks, metrics
from tests.keras_gen.attacks import classifiers


class Model:
    """What the callback asks of a model."""

    logits_of = staticmethod(classifiers.curved)


def test_logs_get_a_value_for_each_radius_every_so_many_epochs():
    images, labels = classifiers.images_of(classifiers.curved, 30)
    made = callbacks.RobustEvaluation(
        images, labels, attacks.FGSM(), (0.0, 0.1), every_epochs=2
    )
    made.set_model(Model())
    made.on_train_begin()
    logs = [{"loss": 1.0} for _ in range(4)]
    for epoch, each in enumerate(logs):
        made.on_epoch_end(epoch, each)
    judge = metrics.AttackJudge(classifiers.curved, attacks.FGSM(epsilon=0.1))
    expected = judge.measure(images, labels).robust_accuracy
    assert expected < 1
    assert logs[0] == logs[2] == {"loss": 1.0}
    assert (
        logs[1]
        == logs[3]
        == {
            "loss": 1.0,
            "robust_accuracy_0": 1.0,
            "robust_accuracy_0.1": pytest.approx(expected),
        }
    )


def test_radii_are_checked_at_once():
    with pytest.raises(ValueError, match="`epsilon` of norm inf"):
        callbacks.RobustEvaluation(
            np.zeros((1, 2, 3, 1)), np.zeros(1), attacks.FGSM(), (0.1, 1.5)
        )
