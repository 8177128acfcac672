"""Balls around images: what is inside, which way is steepest, where to start.

    inf   no value differs by more than the radius
    l2    the length of the difference is at most the radius

Differences are [B, H, W, C], radii numbers in units of the images.
"""

import math
from typing import NamedTuple

import tensorflow as tf

from keras_gen.ops import seeds

NORMS = ("inf", "l2")
_TINY = 1e-12

# Streams of a row's seed.
_DIRECTION, _RADIUS = 0, 1


def lengths(x: tf.Tensor) -> tf.Tensor:
    """Euclidean lengths of the rows of [B, H, W, C], [B, 1, 1, 1]."""
    squares = tf.reduce_sum(tf.square(x), axis=(1, 2, 3), keepdims=True)
    return tf.sqrt(squares)


class Inf(NamedTuple):
    """Of the greatest difference."""

    radius: float

    def inside(self, difference: tf.Tensor) -> tf.Tensor:
        """The nearest difference in the ball."""
        return tf.clip_by_value(difference, -self.radius, self.radius)

    def steepest(self, gradient: tf.Tensor) -> tf.Tensor:
        """The step of size 1 that gains most."""
        return tf.sign(gradient)

    def start(self, images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """A random difference, even in the ball."""
        noise = seeds.uniform(seed, images.shape[1:], _DIRECTION)
        return self.radius * (2.0 * noise - 1.0)


class L2(NamedTuple):
    """Of the Euclidean length."""

    radius: float

    def inside(self, difference: tf.Tensor) -> tf.Tensor:
        """The nearest difference in the ball."""
        longest = tf.maximum(lengths(difference), _TINY)
        return difference * tf.minimum(1.0, self.radius / longest)

    def steepest(self, gradient: tf.Tensor) -> tf.Tensor:
        """The step of size 1 that gains most."""
        return gradient / tf.maximum(lengths(gradient), _TINY)

    def start(self, images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """A random difference, even in the ball."""
        shape = images.shape[1:]
        direction = seeds.normal(seed, shape, _DIRECTION)
        share = seeds.uniform(seed, (1, 1, 1), _RADIUS)
        share = share ** (1.0 / math.prod(shape))
        return self.radius * share * self.steepest(direction)


def ball(norm: str, radius: float) -> Inf | L2:
    """The ball of that norm, one of `NORMS`."""
    return {"inf": Inf, "l2": L2}[norm](radius)
