"""Carlini and Wagner's L2 attack: the nearest image with another class.

    minimize |x' - x|^2 + c max(-margin(x'), -confidence),
    x' = tanh(w), so that it stays in range

by Adam over w, with a binary search of c for each row: c grows tenfold until
the classifier is deceived, and then is halved between what did and what did
not. The nearest deceiving image of all steps is kept; an image for which there
is none stays as it is.

Reference: Carlini and Wagner 2016, arXiv 1608.04644, sections V and VI.A.
"""

import dataclasses
from typing import Any, NamedTuple, Self

import numpy as np
import tensorflow as tf

from keras_gen import config, protocols
from keras_gen.attacks import objectives, projected_gradient

_BETA_1, _BETA_2, _SMALL = 0.9, 0.999, 1e-8
_INSIDE = 1.0 - 1e-6  # Of tanh, whose ends w never reaches.


@dataclasses.dataclass(frozen=True)
class CarliniWagnerL2(config.Config):
    """As few changes as deceive the classifier."""

    confidence: float = config.field(
        0.0, "Margin that is asked for, of logits.", low=0.0
    )
    learning_rate: float = config.field(0.01, "Of Adam, over w.", low=0.0)
    num_steps: int = config.field(200, "Steps for each c.", low=1)
    num_searches: int = config.field(6, "Values of c.", low=1)
    first_weight: float = config.field(
        0.01, "c at first; distances are shares of the range.", low=0.0
    )
    targeted: bool = config.field(False, "Whether labels are what is wanted.")

    def __call__(
        self,
        classify: protocols.LogitsFn,
        images: Any,
        labels: Any,
        seed: Any = None,
    ) -> tf.Tensor:
        """Images like `images` that deceive; see `PGD`. No seed is needed."""
        del seed
        images, labels = projected_gradient.tensors(classify, images, labels)
        search = _Search.first(images, self.first_weight)
        _, search = tf.while_loop(
            lambda index, _: index < self.num_searches,
            lambda index, search: (
                index + 1,
                self._with_weight(classify, images, labels, search),
            ),
            (tf.constant(0), search),
            maximum_iterations=self.num_searches,
        )
        return search.images

    def _with_weight(self, classify, images, labels, search):
        """Adam with one c for each row; then the next c."""
        start = tf.atanh(_INSIDE * images)

        def step(index, w, mean, square, found):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(w)
                changed = tf.tanh(w)
                logits = tf.cast(classify(changed), tf.float32)
                margin = objectives.margin(logits, labels, self.targeted)
                away = _squares(changed - images)
                lacking = tf.maximum(-margin, -self.confidence)
                cost = away + search.weight * lacking
            # Rows do not see each other: each has the gradient of its cost.
            gradient = tape.gradient(cost, w)
            found = found.or_these(changed, away, margin > self.confidence)
            rate = tf.cast(index + 1, tf.float32)
            mean = _BETA_1 * mean + (1.0 - _BETA_1) * gradient
            square = _BETA_2 * square + (1.0 - _BETA_2) * gradient**2
            w -= (
                self.learning_rate
                * (mean / (1.0 - _BETA_1**rate))
                / (tf.sqrt(square / (1.0 - _BETA_2**rate)) + _SMALL)
            )
            return index + 1, w, mean, square, found

        zeros = tf.zeros_like(images)
        found = _Nearest(
            search.images,
            search.distance,
            tf.zeros_like(search.distance, tf.bool),
        )
        *_, found = tf.while_loop(
            lambda index, *_: index < self.num_steps,
            step,
            (tf.constant(0), start, zeros, zeros, found),
            maximum_iterations=self.num_steps,
        )
        return search.next(found)

    @classmethod
    def tiny(cls) -> Self:
        return cls(num_steps=3, num_searches=2)


def _squares(difference):
    """[B], with images in [0, 1]."""
    share = difference / objectives.RANGE
    return tf.reduce_sum(tf.square(share), axis=(1, 2, 3))


class _Nearest(NamedTuple):
    """The nearest deceiving images, of all c, and whether this c has one."""

    images: tf.Tensor
    distance: tf.Tensor  # [B], infinite where there is none.
    reached: tf.Tensor  # [B]

    def or_these(self, images, distance, reached) -> "_Nearest":
        nearer = reached & (distance < self.distance)
        return _Nearest(
            tf.where(nearer[:, None, None, None], images, self.images),
            tf.where(nearer, distance, self.distance),
            reached | self.reached,
        )


class _Search(NamedTuple):
    """c of each row, and what is known of it; all [B] but the images."""

    images: tf.Tensor
    distance: tf.Tensor
    weight: tf.Tensor
    low: tf.Tensor  # The greatest c that did not deceive.
    high: tf.Tensor  # The least that did; infinite if none did.

    @classmethod
    def first(cls, images, weight) -> "_Search":
        zeros = tf.zeros(tf.shape(images)[:1])
        never = zeros + np.float32(np.inf)
        return cls(images, never, zeros + weight, zeros, never)

    def next(self, found) -> "_Search":
        high = tf.where(
            found.reached, tf.minimum(self.high, self.weight), self.high
        )
        low = tf.where(
            found.reached, self.low, tf.maximum(self.low, self.weight)
        )
        between = 0.5 * (low + high)
        weight = tf.where(tf.math.is_inf(high), 10.0 * self.weight, between)
        return _Search(found.images, found.distance, weight, low, high)
