"""From noise to images by a Denoiser, a solver and a grid of sigmas.

    generate         x = highest noise
    image to image   x = image + sigma noise, at a sigma part of the way down
    inpaint          x = image + highest noise where the image is known, and
                     there the Denoiser's guess is the image

So what is known needs no sampler of its own: any solver keeps it on its way.

Reference: Meng et al. 2021, arXiv 2108.01073; Song et al. 2020, arXiv
2011.13456, Appendix I.2; Lugmayr et al. 2022, arXiv 2201.09865.
"""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_gen import protocols
from keras_gen.models.diffusion import schedules, solvers


class Plan(NamedTuple):
    """How the way is gone; equal Plans are equal programs.

    Attributes:
        solver: that goes the steps.
        sigmas: S + 1, falling, 0 the last.
    """

    solver: solvers.Solver
    sigmas: tuple[float, ...]


def plan(
    config: Any,
    schedule: schedules.Schedule,
    *,
    num_steps: int | None = None,
    solver: str | solvers.Solver | None = None,
    strength: float = 1.0,
) -> Plan:
    """A Plan, what is not said being that of a Config.

    Args:
        config: with `num_steps`, `solver` and `spacing`.
        schedule: that the network was trained with.
        num_steps: S of the whole way.
        solver: a name in SOLVERS or one of your own.
        strength: share of the way that is gone.

    Raises:
        ValueError: `num_steps` or `strength` is out of range, or there is no
            such solver.
    """
    if not 0 < strength <= 1:
        raise ValueError(
            f"`strength` must lie in (0, 1]. Received: {strength}. 1 keeps "
            "nothing of the image."
        )
    steps = config.num_steps if num_steps is None else num_steps
    chosen = config.solver if solver is None else solver
    if isinstance(chosen, str):
        chosen = solvers.named(chosen)
    sigmas = schedule.grid(steps, config.spacing)
    first = steps - max(1, round(steps * strength))
    return Plan(chosen, tuple(float(each) for each in sigmas[first:]))


def draw(
    denoise: protocols.Denoiser,
    noise: tf.Tensor,
    seed: tf.Tensor,
    plan: Plan,
    *,
    start: tf.Tensor | None = None,
    mask: tf.Tensor | None = None,
    every: bool = False,
    recalls: bool = False,
) -> tf.Tensor:
    """Clean images [B, H, W, C].

    Args:
        denoise: a Denoiser.
        noise: [B, H, W, C], standard normal.
        seed: [B] int32, of the noise of stochastic solvers.
        plan: the way.
        start: [B, H, W, C], images below the noise at its first sigma.
        mask: [B, H, W, 1], 1 where `start` is to stay as it is.
        every: all x / sqrt(1 + sigma^2) of the way, as bright as images,
            [S + 1, B, H, W, C], the noise first.
        recalls: as in `solvers.integrate`.
    """
    x = plan.sigmas[0] * noise
    if mask is not None:
        denoise = _keeping(denoise, start, mask)
        start = mask * start
    if start is not None:
        x += start
    x = solvers.integrate(
        plan.solver,
        denoise,
        x,
        plan.sigmas,
        seed,
        every=every,
        recalls=recalls,
    )
    if not every:
        return x
    scale = 1.0 / np.sqrt(1.0 + np.square(plan.sigmas))
    return tf.reshape(tf.constant(scale, x.dtype), (-1, 1, 1, 1, 1)) * x


def _keeping(denoise, images, mask) -> protocols.Denoiser:
    def keep(*given):
        return mask * images + (1.0 - mask) * denoise(*given)

    return keep
