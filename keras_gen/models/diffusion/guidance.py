"""Classifier-free guidance: two guesses, and a step beyond the better one.

    D = D(x) + scale (D(x | condition) - D(x))

Scale 1 is D(x | condition) itself. Both guesses come from one batch of twice
the rows. Guidance is of use in the middle of the way alone: outside an interval
of sigmas the network is asked once, with the condition.

Reference: Ho and Salimans 2022, arXiv 2207.12598, Eq. 6; Kynkaanniemi et al.
2024, arXiv 2404.07724, for the interval.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from keras_gen import protocols
from keras_gen.models.diffusion import process

EVERYWHERE = (0.0, math.inf)


def guided(
    denoiser_of: Callable[[list[tf.Tensor]], protocols.Denoiser],
    condition: Sequence[tf.Tensor],
    none: Sequence[tf.Tensor],
    scale: Any,
    interval: tuple[float, float] = EVERYWHERE,
) -> protocols.Denoiser:
    """A Denoiser that is driven towards a condition.

    Args:
        denoiser_of: a condition to the Denoiser that it leads.
        condition: tensors [B, ...].
        none: the same of no condition, or of what is to be avoided.
        scale: a number or [B]; the number 1 asks the network once.
        interval: smallest and largest sigma of guidance.
    """
    alone = denoiser_of(list(condition))
    if isinstance(scale, int | float) and scale == 1:
        return alone
    pairs = zip(condition, none, strict=True)
    together = denoiser_of([tf.concat(pair, axis=0) for pair in pairs])
    scale = tf.cast(scale, tf.float32)
    low, high = interval

    def both(*given):  # x, sigma, and what a Denoiser is told besides.
        sigma = given[1]
        twice = (tf.concat([each, each], axis=0) for each in given)
        led, plain = tf.split(together(*twice), 2)
        inside = tf.logical_and(sigma >= low, sigma <= high)
        here = tf.where(inside, scale, 1.0)  # [B]
        return plain + process.spread(here) * (led - plain)

    if interval == EVERYWHERE:
        return both

    def denoise(*given):
        sigma = given[1]
        inside = tf.logical_and(sigma >= low, sigma <= high)
        return tf.cond(
            tf.reduce_any(inside),
            lambda: both(*given),
            lambda: alone(*given),
        )

    return denoise
