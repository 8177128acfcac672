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

    def slope(self, x: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
        """dx / dsigma = (x - D(x, sigma)) / sigma, the noise that D sees."""
        return (x - self.guess(x, sigma)) / sigma


class Solver(NamedTuple):
    """A solver.

    Attributes:
        step: (Step, state) to (x at `next_sigma`, state).
        state: x [B, ...] to what the first step gets as state. A step must
            not hand on x or a tensor of the state as another of them: LiteRT
            overwrites it before it is read. What moves up is stacked.
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
    *,
    every: bool = False,
    recalls: bool = False,
) -> tf.Tensor:
    """x at the last of `sigmas`, of x at the first; one `tf.while_loop`.

    Args:
        solver: one of SOLVERS.
        denoise: a Denoiser.
        x: [B, ...]; all is computed in its dtype.
        sigmas: [S + 1], from `Schedule.grid`.
        seed: [B] int32, of the noise of stochastic solvers.
        every: x at all of `sigmas`, not at the last alone.
        recalls: whether the denoiser takes a third argument, its first guess
            in the step before [B, ...], zeros in the first step.

    Returns:
        [B, ...], or [S + 1, B, ...].
    """
    num_steps = len(sigmas) - 1
    step_of = _steps(tf.constant(sigmas, x.dtype), seed)

    def body(index, x, state, recalled, *kept):
        ask = _Recalling(denoise, recalled) if recalls else denoise
        found, state = solver.step(step_of(ask, index, x), state)
        found = tf.ensure_shape(found, x.shape)
        if recalls:
            recalled = [tf.ensure_shape(ask.first, x.shape)]
        kept = [each.write(index + 1, found) for each in kept]
        return index + 1, found, state, recalled, *kept

    recalled = [tf.zeros_like(x)] if recalls else []
    start = tf.constant(0), x, solver.state(x), recalled
    if every:
        start += (tf.TensorArray(x.dtype, num_steps + 1).write(0, x),)
    _, last, _, _, *kept = tf.while_loop(
        lambda index, *_: index < num_steps,
        body,
        start,
        maximum_iterations=num_steps,
    )
    return kept[0].stack() if every else last


class _Recalling:
    """A Denoiser that is told a guess, and keeps its own first one."""

    def __init__(self, denoise, recalled):
        self._denoise, self._recalled = denoise, recalled
        self.first = None

    def __call__(self, x, sigma):
        found = self._denoise(x, sigma, *self._recalled)
        if self.first is None:
            self.first = found
        return found


def _steps(grid, seed):
    """A function of a Denoiser, index [] and x [B, ...] to the Step there."""
    # [S, B], before the loop: XLA takes very long to compile a step whose noise
    # is a function of a function of its index.
    indices = tf.range(grid.shape[0] - 1)
    step_seeds = seeds.fold(seed[tf.newaxis], indices[:, tf.newaxis])

    def step_of(denoise, index, x):
        def noise():
            found = seeds.normal(step_seeds[index], x.shape[1:], _NOISE)
            return tf.cast(found, x.dtype)

        return Step(
            denoise,
            x,
            grid[index],
            grid[index + 1],
            grid[tf.maximum(index - 1, 0)],
            noise,
            index,
        )

    return step_of
