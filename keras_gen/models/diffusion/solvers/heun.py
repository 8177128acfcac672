"""Heun's method: the mean of the slopes at both ends of a step.

The last step goes to sigma 0, where there is no slope: it is Euler's.

Reference: Karras et al. 2022, arXiv 2206.00364, Algorithm 1.
"""

import tensorflow as tf

from keras_gen.models.diffusion.solvers import solver


def _step(at: solver.Step, state: tuple) -> tuple[tf.Tensor, tuple]:
    slope = at.slope(at.x, at.sigma)
    length = at.next_sigma - at.sigma
    euler = at.x + length * slope

    def corrected():
        other = at.slope(euler, at.next_sigma)
        return at.x + 0.5 * length * (slope + other)

    last = tf.equal(at.next_sigma, 0.0)
    return tf.cond(last, lambda: euler, corrected), state


HEUN = solver.Solver(_step, order=2, num_evaluations=2)
