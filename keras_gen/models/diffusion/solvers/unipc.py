"""UniPC: DPM-Solver++ 2M, and every x corrected once the next D is known.

With l = -log sigma and h = l' - l, the equation has the exact solution

    x' = exp(-h) x + integral over s from 0 to h of exp(s - h) D(l + s)

The predictor UniP-2 is DPM-Solver++ 2M. The corrector UniC-2 goes the same step
again, with the D that was found where it led to: D(l + s) is the parabola

    D + a s / h + b (s / h)^2    through D0 at -h0, D at 0 and D' at h, so that
    a + b = D' - D,    b = (D0 - D + k (D' - D)) / (k^2 + k),    k = h0 / h

and with the moments m1, m2 of s / h and its square under exp(s - h)

    x' = exp(-h) x + (1 - exp(-h)) D + m1 a + m2 b
    m1 = 1 - (1 - exp(-h)) / h,    m2 = 1 - 2 m1 / h

D is not asked again at the corrected x'. The first step has no D0: it is
corrected by UniC-1, (1 - exp(-h)) (D + D') / 2. The last, to sigma 0, is x' = D
and is not corrected.

It is order 2 with B2(h) on x0, "bh2" in diffusers, whose linear systems are
solved here in closed form. Errors fall by one order more. (The step to 0 is
what `lower_order_final` of diffusers makes of it; there also a last step that
ends above 0 is of first order, which here keeps its own.)

Reference: Zhao et al. 2023, arXiv 2302.04867, Algorithms 1 and 2.
"""

from typing import NamedTuple

import tensorflow as tf

from keras_gen.models.diffusion.solvers import dpmpp_2m, solver


class _Past(NamedTuple):
    """The step before.

    Attributes:
        x: [B, ...], corrected.
        guesses: [2, B, ...], its D and the D0 before that.
        sigma: [], where D0 was asked.
    """

    x: tf.Tensor
    guesses: tf.Tensor
    sigma: tf.Tensor


def _start(x: tf.Tensor) -> _Past:
    return _Past(x, tf.stack([tf.zeros_like(x)] * 2), tf.ones((), x.dtype))


def _corrected(at: solver.Step, past: _Past, guess: tf.Tensor) -> tf.Tensor:
    """x at `sigma` again, now that D is known there."""
    # Numbers that lead to no NaN stand where there is no past.
    share = tf.where(at.index < 1, 0.5, at.sigma / at.last_sigma)
    ratio = tf.where(at.index < 2, 2.0, past.sigma / at.last_sigma)
    length = -tf.math.log(share)  # h
    k = tf.math.log(ratio) / length
    moment1 = 1.0 - (1.0 - share) / length
    moment2 = 1.0 - 2.0 * moment1 / length
    last, before = past.guesses[0], past.guesses[1]
    change = guess - last
    curve = (before - last + k * change) / (k * (k + 1.0))
    full = moment1 * (change - curve) + moment2 * curve
    first = 0.5 * (1.0 - share) * change
    plain = share * past.x + (1.0 - share) * last
    return plain + tf.where(at.index < 2, first, full)


def _step(at: solver.Step, past: _Past) -> tuple[tf.Tensor, _Past]:
    guess = at.guess(at.x, at.sigma)
    x = tf.where(at.index < 1, at.x, _corrected(at, past, guess))
    last = past.guesses[0]
    found = dpmpp_2m.extrapolate(at, x, guess, last)
    return found, _Past(x, tf.stack([guess, last]), at.last_sigma)


UNIPC = solver.Solver(_step, _start, order=3)
