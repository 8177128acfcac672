"""Penalties on the slope of a discriminator.

    interpolated   (||grad D(x)|| - 1)^2 at x between real and generated images
    r1             ||grad D(x)||^2 / 2 at real images

A discriminator with batch normalization has no slope of one image by itself:
give it another normalization or none.

Reference: Gulrajani et al. 2017, arXiv 1704.00028, Eq. 3; Mescheder et al.
2018, arXiv 1801.04406, Eq. 9.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

Critic = Callable[[tf.Tensor], tf.Tensor]

_TINY = 1e-12  # Under the root, whose slope at 0 has no limit.


def interpolated(
    critic: Critic, real: tf.Tensor, fake: tf.Tensor, share: Any
) -> tf.Tensor:
    """How far slopes between real and generated images are from 1.

    Args:
        critic: images [B, H, W, C] -> logits [B].
        real: [B, H, W, C].
        fake: [B, H, W, C].
        share: of the real image in the mixture, uniform in [0, 1]: [B].

    Returns:
        [B], unweighted; the paper's lambda is 10.

    Reference: Gulrajani et al. 2017, arXiv 1704.00028, Eq. 3.
    """
    share = tf.reshape(share, (-1, 1, 1, 1))
    square = _squared_slope(critic, share * real + (1.0 - share) * fake)
    return tf.square(tf.sqrt(square + _TINY) - 1.0)


def r1(critic: Critic, real: tf.Tensor) -> tf.Tensor:
    """Half of the squared slope at real images [B, H, W, C]: [B].

    Reference: Mescheder et al. 2018, arXiv 1801.04406, Eq. 9, whose gamma is
    the weight of this.
    """
    return 0.5 * _squared_slope(critic, real)


def _squared_slope(critic: Critic, images: tf.Tensor) -> tf.Tensor:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        total = tf.reduce_sum(critic(images))
    slope = tf.cast(tape.gradient(total, images), tf.float32)
    return tf.reduce_sum(tf.square(slope), axis=(1, 2, 3))
