"""The density of an image, along the way from it to noise.

    dx / dsigma = f(x, sigma) = (x - D(x, sigma)) / sigma

changes the density by the divergence of f:

    log p(x at lowest) = log N(x at highest; 0, highest^2) + integral div f

The divergence is estimated by e . d(e . f) / dx with signs e at random, whose
mean is exact; the way goes by Heun's method.

Reference: Song et al. 2020, arXiv 2011.13456, section 4.3 and Appendix D.2;
Grathwohl et al. 2018, arXiv 1810.01367, Eq. 7.
"""

import math

import numpy as np
import tensorflow as tf

from keras_gen import protocols


def log_prob(
    denoise: protocols.Denoiser,
    x: tf.Tensor,
    sigmas: np.ndarray,
    signs: tf.Tensor,
) -> tf.Tensor:
    """log p of x [B, H, W, C] at the first of `sigmas`, in nats, [B].

    Args:
        denoise: a Denoiser.
        x: [B, H, W, C].
        sigmas: [S + 1], rising.
        signs: [B, H, W, C], 1 or -1 at random: e.
    """
    shape = x.shape
    grid, num_steps = tf.constant(sigmas, tf.float32), len(sigmas) - 1

    def body(index, x, total):
        start, end = grid[index], grid[index + 1]
        first, change = _slope(denoise, x, start, signs)
        euler = x + (end - start) * first
        last, other_change = _slope(denoise, euler, end, signs)
        x = x + 0.5 * (end - start) * (first + last)
        # Against log sigma, in which it is nearly constant at the top.
        length = 0.5 * tf.math.log(end / start)
        total = total + length * (start * change + end * other_change)
        return index + 1, tf.ensure_shape(x, shape), total

    _, top, total = tf.while_loop(
        lambda index, *_: index < num_steps,
        body,
        (tf.constant(0), x, tf.zeros_like(x[:, 0, 0, 0])),
        maximum_iterations=num_steps,
    )
    highest = float(sigmas[-1])
    square = _sum(tf.square(top / highest))
    log_scale = math.log(2.0 * math.pi) + 2.0 * math.log(highest)
    return total - 0.5 * (square + math.prod(x.shape[1:]) * log_scale)


def _slope(denoise, x, sigma, signs) -> tuple[tf.Tensor, tf.Tensor]:
    """f [B, H, W, C], and its divergence [B]."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        guess = denoise(x, tf.fill(tf.shape(x)[:1], sigma))
        slope = (x - guess) / sigma
        along = tf.reduce_sum(signs * slope)
    return slope, _sum(signs * tape.gradient(along, x))


def _sum(x: tf.Tensor) -> tf.Tensor:
    """[B, H, W, C] to [B]."""
    return tf.reduce_sum(x, axis=(1, 2, 3))
