"""FGSM and PGD: up the gradient of the loss, within a ball around the image.

    x <- project(x + a steepest(gradient of loss(x, label)))

FGSM is one such step from the image to the edge of the ball. PGD takes many
from a random start. With `momentum` the gradient is a running sum of gradients
of mean size 1 (MI-FGSM). Restarts and steps keep, for each row, the best that
was seen: one that is taken for another class before one that is not, then the
greater loss. So neither makes an attack weaker.

Reference: Goodfellow et al. 2014, arXiv 1412.6572, section 4; Madry et al.
2017, arXiv 1706.06083, section 2.1; Dong et al. 2017, arXiv 1710.06081,
Algorithm 1.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
import tensorflow as tf

from keras_gen import config, protocols
from keras_gen.attacks import balls, objectives
from keras_gen.ops import seeds

# Images to what is to grow [B], whether it is enough [B], and the gradient.
Ascent = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor, tf.Tensor]]

_TINY = 1e-12
_NUM_LOOKED_AT = 8  # Rows, to tell probabilities from logits.


@dataclasses.dataclass(frozen=True)
class _Bounded(config.Config):
    epsilon: float = config.field(
        0.3, "Radius of the ball, as a share of the range.", low=0.0
    )
    norm: str = config.field("inf", "Of the ball.", choices=balls.NORMS)
    targeted: bool = config.field(False, "Whether labels are what is wanted.")

    def check(self) -> None:
        if self.norm == "inf" and self.epsilon > 1:
            raise ValueError(
                "`epsilon` of norm inf is a share of the whole range of "
                f"images, and lies in [0, 1]. Received: {self.epsilon}. Write "
                "8 / 255 for eight levels."
            )

    def _ball(self):
        return balls.ball(self.norm, objectives.RANGE * self.epsilon)


@dataclasses.dataclass(frozen=True)
class FGSM(_Bounded):
    """The fast gradient sign method, of either norm; no seed is needed."""

    def __call__(
        self,
        classify: protocols.LogitsFn,
        images: Any,
        labels: Any,
        seed: Any = None,
    ) -> tf.Tensor:
        """Images like `images`, at most epsilon away; see `PGD`."""
        del seed
        images, labels = tensors(classify, images, labels)
        _, _, gradient = objectives.ascent(
            classify, images, labels, "cross_entropy", self.targeted
        )
        ball = self._ball()
        return _limited(images + ball.radius * ball.steepest(gradient))

    @classmethod
    def tiny(cls) -> Self:
        return cls()


@dataclasses.dataclass(frozen=True)
class PGD(_Bounded):
    """Projected gradient descent: the attack that a defence must stand."""

    step_size: float = config.field(
        0.01, "Of a step, as a share of the range.", low=0.0
    )
    num_steps: int = config.field(40, "Steps from each start.", low=1)
    num_restarts: int = config.field(1, "Starts, of which the best.", low=1)
    random_start: bool = config.field(
        True, "Whether it starts anywhere in the ball, or at the image."
    )
    momentum: float = config.field(
        0.0, "Share of the gradients before; 1 in the paper.", low=0.0
    )
    loss: str = config.field(
        "cross_entropy", "That is to grow.", choices=objectives.LOSSES
    )
    keep: str = config.field(
        "best",
        "Which images: the best of all steps, or the last, which takes a "
        "gradient less and is what training uses.",
        choices=("best", "last"),
    )

    def check(self) -> None:
        super().check()
        if self.num_restarts > 1 and self.keep == "last":
            raise ValueError(
                "`num_restarts` above 1 needs the best of all starts. "
                f"Received: keep='last', num_restarts={self.num_restarts}."
            )
        if self.num_restarts > 1 and not self.random_start:
            raise ValueError(
                "`num_restarts` above 1 needs `random_start`: every start "
                f"would be the same. Received num_restarts={self.num_restarts} "
                "and random_start=False."
            )

    def __call__(
        self,
        classify: protocols.LogitsFn,
        images: Any,
        labels: Any,
        seed: Any = None,
    ) -> tf.Tensor:
        """Images that the classifier takes for others.

        Args:
            classify: [B, H, W, C] -> logits [B, V].
            images: [B, H, W, C] float32 in [-1, 1].
            labels: [B] int32, true ones; of a targeted attack the classes
                that images are to be taken for.
            seed: [B] int32 of random starts; 0, 1, ... where None.

        Returns:
            [B, H, W, C] in [-1, 1], at most epsilon away.

        Raises:
            ValueError: labels that the classifier does not have, images out of
                range, probabilities instead of logits.
        """
        images, labels = tensors(classify, images, labels)
        count = tf.shape(images)[0]
        seed = tf.range(count) if seed is None else tf.convert_to_tensor(seed)

        def ascent(x):
            return objectives.ascent(
                classify, x, labels, self.loss, self.targeted
            )

        return self.climb(ascent, images, seed)

    def climb(
        self, ascent: Ascent, images: tf.Tensor, seed: tf.Tensor
    ) -> tf.Tensor:
        """Images near `images` that make something else than a loss large.

        Args:
            ascent: images to what is to grow [B], whether it is enough [B]
                bool, and the gradient.
            images: [B, H, W, C] in [-1, 1].
            seed: [B] int32 of random starts.
        """
        if self.keep == "last":
            return self._from_start(ascent, images, seed, ())[0]
        count = tf.shape(images)[0]
        best = _Best(
            images,
            tf.fill((count,), np.float32(-np.inf)),
            tf.zeros((count,), tf.bool),
        )
        _, best = tf.while_loop(
            lambda restart, _: restart < self.num_restarts,
            lambda restart, best: (
                restart + 1,
                self._from_start(
                    ascent, images, seeds.fold(seed, restart), best
                )[1],
            ),
            (tf.constant(0), best),
            maximum_iterations=self.num_restarts,
        )
        return best.images

    def _from_start(self, ascent, images, seed, best):
        """The last images and the best; for these they are looked at, too."""
        ball = self._ball()
        step_size = objectives.RANGE * self.step_size
        count = self.num_steps + bool(best)

        def step(index, x, direction, best):
            gain, reached, gradient = ascent(x)
            if best:
                best = best.or_these(x, gain, reached)
            direction = self._direction(direction, gradient)
            moved = x + step_size * ball.steepest(direction) - images
            x = _limited(images + ball.inside(moved))
            return index + 1, x, direction, best

        x = images
        if self.random_start:
            x = _limited(images + ball.start(images, seed))
        _, x, _, best = tf.while_loop(
            lambda index, *_: index < count,
            step,
            (tf.constant(0), x, tf.zeros_like(images), best),
            maximum_iterations=count,
        )
        return x, best

    def _direction(self, before, gradient):
        if not self.momentum:
            return gradient
        size = tf.reduce_mean(tf.abs(gradient), axis=(1, 2, 3), keepdims=True)
        return self.momentum * before + gradient / tf.maximum(size, _TINY)

    @classmethod
    def tiny(cls) -> Self:
        return cls(num_steps=2)


class _Best(NamedTuple):
    """The best images so far, and what speaks for them."""

    images: tf.Tensor
    gain: tf.Tensor  # [B]
    reached: tf.Tensor  # [B]

    def or_these(self, images, gain, reached) -> "_Best":
        """Row by row the better."""
        better = (reached & ~self.reached) | (
            (reached == self.reached) & (gain > self.gain)
        )
        return _Best(
            tf.where(better[:, None, None, None], images, self.images),
            tf.where(better, gain, self.gain),
            reached | self.reached,
        )


def tensors(classify, images, labels) -> tuple[tf.Tensor, tf.Tensor]:
    """Images float32 and labels int32, checked where that can be."""
    images = tf.convert_to_tensor(images, tf.float32)
    labels = tf.cast(tf.convert_to_tensor(labels), tf.int32)
    if not tf.is_symbolic_tensor(images):
        objectives.check(images, labels, classify(images[:_NUM_LOOKED_AT]))
    return images, labels


def _limited(images):
    return tf.clip_by_value(images, objectives.LOW, objectives.HIGH)
