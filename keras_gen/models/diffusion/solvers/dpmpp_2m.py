"""DPM-Solver++ 2M: second order from one evaluation and the one before.

With l = -log sigma, h = l' - l and h0 the h of the step before,

    x' = (sigma' / sigma) x - (exp(-h) - 1) G
    G  = (1 + h / 2 h0) D - (h / 2 h0) D0

The first step has no step before, and in the last, to sigma 0, x' = D. (In
diffusers also a last step that ends above 0 is of first order if there are less
than 15; the paper's Algorithm 2 knows no such rule.)

Reference: Lu et al. 2022, arXiv 2211.01095, Algorithm 2.
"""

import tensorflow as tf

from keras_gen.models.diffusion.solvers import solver


def extrapolate(
    at: solver.Step, x: tf.Tensor, guess: tf.Tensor, before: tf.Tensor
) -> tf.Tensor:
    """x' [B, ...] at `next_sigma`.

    Args:
        at: the step; its `x` is not looked at.
        x: [B, ...], at `sigma`.
        guess: [B, ...], D at `sigma`.
        before: [B, ...], D0 at `last_sigma`.
    """
    share = at.next_sigma / at.sigma  # exp(-h), 0 in the last step.
    plain = tf.logical_or(tf.equal(at.index, 0), tf.equal(share, 0.0))
    length = -tf.math.log(tf.where(plain, 0.5, share))
    last_length = tf.math.log(tf.where(plain, 2.0, at.last_sigma / at.sigma))
    weight = tf.where(plain, 0.0, 0.5 * length / last_length)
    mixed = (1.0 + weight) * guess - weight * before
    return share * x + (1.0 - share) * mixed


def _step(at: solver.Step, before: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    guess = at.guess(at.x, at.sigma)
    return extrapolate(at, at.x, guess, before), guess


DPMPP_2M = solver.Solver(_step, tf.zeros_like, order=2)
