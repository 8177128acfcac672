"""PNDM as pseudo linear multistep (PLMS): a mean of the last four slopes.

    x' = x + (sigma' - sigma) e'    with e = (x - D) / sigma, e1, e2, e3 before,

    e' = (e + e(x + (sigma' - sigma) e, sigma')) / 2      in the first step,
         (3 e - e1) / 2                                   in the second,
         (23 e - 16 e1 + 5 e2) / 12                       in the third,
         (55 e - 59 e1 + 37 e2 - 9 e3) / 24               from then on

The first step is Heun's and asks twice: a grid of S sigmas costs S + 1
evaluations. (It is what diffusers does with `skip_prk_steps`: the second
timestep comes twice there. The paper begins with three Runge-Kutta steps of
four evaluations each.)

The weights are those of Adams and Bashforth for even steps, and steps are even
in time, not in sigma: the order is 2, as the paper proves. The paper's transfer
from x to x' (Eq. 9), divided by the signal rates, is the step in sigma above.

Reference: Liu et al. 2022, arXiv 2202.09778, Eq. 9, 12 and Algorithm 2.
"""

import tensorflow as tf

from keras_gen.models.diffusion.solvers import solver

# Of e, e1, e2, e3, by the number of slopes that there are.
_WEIGHTS = (
    (1.0, 0.0, 0.0, 0.0),
    (3 / 2, -1 / 2, 0.0, 0.0),
    (23 / 12, -16 / 12, 5 / 12, 0.0),
    (55 / 24, -59 / 24, 37 / 24, -9 / 24),
)


def _step(at: solver.Step, before: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """`before` is [3, B, ...], e1 to e3."""
    slope = at.slope(at.x, at.sigma)
    slopes = tf.concat([slope[tf.newaxis], before], axis=0)  # [4, B, ...]
    weights = tf.constant(_WEIGHTS, at.x.dtype)[tf.minimum(at.index, 3)]
    mixed = sum(weights[i] * slopes[i] for i in range(4))
    length = at.next_sigma - at.sigma
    found = at.x + length * mixed

    def heun():
        other = at.slope(found, at.next_sigma)
        return at.x + 0.5 * length * (slope + other)

    # A single step, to 0, is Euler's: there is no slope at 0.
    twice = tf.logical_and(at.index < 1, at.next_sigma > 0)
    return tf.cond(twice, heun, lambda: found), slopes[:3]


PNDM = solver.Solver(_step, lambda x: tf.stack([tf.zeros_like(x)] * 3), order=2)
