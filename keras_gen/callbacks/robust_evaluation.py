"""Robust accuracy for several radii, every so many epochs, in the logs."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_gen import metrics


class RobustEvaluation(keras.callbacks.Callback):
    """Adds `robust_accuracy_0.1`, ... to the logs of an epoch.

    Images and random starts stay the same, so values of two epochs differ by
    the weights alone. It must stand before the callbacks that write logs.

    Args:
        images: [N, H, W, C], bytes 0..255 or floats in [-1, 1].
        labels: [N], true classes.
        attack: FGSM or PGD of `keras_gen.attacks`, whose epsilon is replaced.
        epsilons: radii, as shares of the range.
        every_epochs: epochs between two measurements.
        batch_size: images at once.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        attack: Any,
        epsilons: Sequence[float] = (0.1, 0.2, 0.3),
        *,
        every_epochs: int = 1,
        batch_size: int = 250,
    ) -> None:
        super().__init__()
        self._images, self._labels = images, labels
        self._attacks = {
            f"robust_accuracy_{epsilon:g}": dataclasses.replace(
                attack, epsilon=epsilon
            )
            for epsilon in epsilons
        }
        self._every_epochs = every_epochs
        self._batch_size = batch_size
        self._judges = None

    def on_train_begin(self, logs=None) -> None:
        self._judges = {
            name: metrics.AttackJudge(self.model.logits_of, attack)
            for name, attack in self._attacks.items()
        }

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        if (epoch + 1) % self._every_epochs or logs is None:
            return
        for name, judge in self._judges.items():
            found = judge.measure(self._images, self._labels, self._batch_size)
            logs[name] = found.robust_accuracy
