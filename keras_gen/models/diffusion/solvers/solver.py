"""What a solver is, and the loop that runs one."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_gen import protocols
from keras_gen.ops import seeds

# Stream of the seeds of a step.
_NOISE = 64


class Step(NamedTuple):
    """All that a step may look at.

    Attributes:
        denoise: a Denoiser.
        x: [B, ...], x0 + sigma noise.
        sigma: [], of x.
        next_sigma: [], where the step goes; below `sigma`, 0 in the last.
        last_sigma: [], where the step before came from.
        noise: () to standard normal noise [B, ...] of this step.
        index: [] int32, of the step.
    """

    denoise: protocols.Denoiser
    x: tf.Tensor
    sigma: tf.Tensor
    next_sigma: tf.Tensor
    last_sigma: tf.Tensor
    noise: Callable[[], tf.Tensor]
    index: tf.Tensor

    def guess(self, x: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
        """D(x, sigma) for one sigma [] of all rows."""
        return self.denoise(x, tf.fill(tf.shape(x)[:1], sigma))


class Solver(NamedTuple):
    """A solver.

    Attributes:
        step: (Step, state) to (x at `next_sigma`, state).
        state: x [B, ...] to what the first step gets as state.
        order: errors of the ODE fall by step^order; 0 for a stochastic one.
        num_evaluations: of the denoiser in a step.
    """

    step: Callable[[Step, Any], tuple[tf.Tensor, Any]]
    state: Callable[[tf.Tensor], Any] = lambda x: ()
    order: int = 1
    num_evaluations: int = 1


def integrate(
    solver: Solver,
    denoise: protocols.Denoiser,
    x: tf.Tensor,
    sigmas: np.ndarray,
    seed: tf.Tensor,
) -> tf.Tensor:
    """x at the last of `sigmas`, of x at the first; one `tf.while_loop`.

    Args:
        solver: one of SOLVERS.
        denoise: a Denoiser.
        x: [B, ...].
        sigmas: [S + 1], from `Schedule.grid`.
        seed: [B] int32, of the noise of stochastic solvers.

    Returns:
        [B, ...].
    """
    num_steps = len(sigmas) - 1
    grid = tf.constant(sigmas, tf.float32)

    def body(index, x, state):
        def noise():
            return seeds.normal(seeds.fold(seed, index), x.shape[1:], _NOISE)

        step = Step(
            denoise,
            x,
            grid[index],
            grid[index + 1],
            grid[tf.maximum(index - 1, 0)],
            noise,
            index,
        )
        found, state = solver.step(step, state)
        return index + 1, tf.ensure_shape(found, x.shape), state

    start = tf.constant(0), x, solver.state(x)
    return tf.while_loop(
        lambda index, *_: index < num_steps,
        body,
        start,
        maximum_iterations=num_steps,
    )[1]
