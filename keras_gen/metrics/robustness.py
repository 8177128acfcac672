"""What attacks leave of a classifier.

    robust accuracy   share of images that it has right, before and after
    attack success    share that an attack turns, of those it could turn

Both compare only with equal attacks, radii, norms and images: say all of them
beside the value.

Reference: Madry et al. 2017, arXiv 1706.06083; Carlini et al. 2019, arXiv
1902.06705, section 4, on how to report.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_gen import protocols


class RobustAccuracy(keras.metrics.Mean):
    """Share of images that are right as they are and after an attack.

    Args:
        name: of the metric.
    """

    def __init__(self, name: str = "robust_accuracy") -> None:
        super().__init__(name=name)

    def update_state(self, labels: Any, clean: Any, attacked: Any) -> None:
        """Adds a batch.

        Args:
            labels: [B], true classes.
            clean: logits [B, V] of the images as they are.
            attacked: logits [B, V] after the attack.
        """
        right = _is(labels, clean) & _is(labels, attacked)
        super().update_state(ops.cast(right, "float32"))


class AttackSuccess(keras.metrics.Mean):
    """Share of images that an attack turns.

    Of images that were right it counts those that no longer are; of a targeted
    attack those that are taken for the target, of images that were not.

    Args:
        targeted: whether labels are the classes that are wanted.
        name: of the metric.
    """

    def __init__(
        self, targeted: bool = False, name: str = "attack_success"
    ) -> None:
        super().__init__(name=name)
        self.targeted = targeted

    def update_state(self, labels: Any, clean: Any, attacked: Any) -> None:
        """Adds a batch; 0 where no image could be turned.

        Args:
            labels: [B], true classes, or targets.
            clean: logits [B, V] of the images as they are.
            attacked: logits [B, V] after the attack.
        """
        before, after = _is(labels, clean), _is(labels, attacked)
        could = ~before if self.targeted else before
        turned = after if self.targeted else ~after
        super().update_state(
            ops.cast(turned, "float32"), ops.cast(could, "float32")
        )

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "targeted": self.targeted}


class Robustness(NamedTuple):
    """Shares of the images, 0 to 1.

    Attributes:
        accuracy: right as they are.
        robust_accuracy: right before and after the attack.
        attack_success: wrong after it, of those that were right.
    """

    accuracy: float
    robust_accuracy: float
    attack_success: float


class AttackJudge:
    """An attack, compiled once, that measures how robust a classifier is.

    Args:
        classify: [B, H, W, C] in [-1, 1] -> logits [B, V].
        attack: of `keras_gen.attacks`, not targeted; or any function of
            (classify, images, labels, seed [B]) that returns images.
    """

    def __init__(
        self, classify: protocols.LogitsFn, attack: Callable[..., tf.Tensor]
    ) -> None:
        if getattr(attack, "targeted", False):
            raise ValueError(
                "`attack` must not be targeted: labels are what images are. "
                "Leave out targeted=True, or use `AttackSuccess` by itself."
            )

        @tf.function(reduce_retracing=True)
        def both(images, labels, seed):
            found = attack(classify, images, labels, seed)
            return classify(images), classify(found)

        self._both = both

    def measure(
        self, images: np.ndarray, labels: np.ndarray, batch_size: int = 250
    ) -> Robustness:
        """Attacks all images; image i with the seed i.

        Args:
            images: [N, H, W, C], bytes 0..255 or floats in [-1, 1].
            labels: [N], true classes.
            batch_size: images at once.

        Raises:
            ValueError: there are no images.
        """
        if not len(images):
            raise ValueError(
                "`images` must hold one image or more. Received none."
            )
        metrics = (
            keras.metrics.SparseCategoricalAccuracy(),
            RobustAccuracy(),
            AttackSuccess(),
        )
        for start in range(0, len(images), batch_size):
            rows = np.arange(start, min(start + batch_size, len(images)))
            batch, true = _floats(images[rows]), np.int32(labels[rows])
            clean, attacked = self._both(batch, true, np.int32(rows))
            metrics[0].update_state(true, clean)
            for metric in metrics[1:]:
                metric.update_state(true, clean, attacked)
        return Robustness(*(float(metric.result()) for metric in metrics))


def _floats(images):
    if images.dtype == np.uint8:
        return np.float32(images) / np.float32(127.5) - np.float32(1.0)
    return np.float32(images)


def _is(labels: Any, logits: Any) -> Any:
    """[B] bool: whether the likeliest class is the label."""
    found = ops.argmax(ops.convert_to_tensor(logits), axis=-1)
    return found == ops.cast(ops.convert_to_tensor(labels), found.dtype)
