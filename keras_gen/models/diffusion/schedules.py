"""Noise schedules: how much noise there is at a time between 0 and 1.

A noisy image is

    x = x0 + sigma noise,    noise ~ N(0, I)

for every schedule; papers that keep the variance at 1 show their network
x / sqrt(1 + sigma^2), those of straight flows x / (1 + sigma), which is a
matter of parameterisation. A schedule is the law of sigma in training, and the
grid of sigmas in sampling:

    name           sigma at time t
    linear         sqrt(1 / a - 1), a = prod(1 - beta), beta 1e-4 to 0.02
    scaled_linear  the same, sqrt(beta) from sqrt(0.00085) to sqrt(0.012)
    cosine         tan(pi t / 2)
    flow           t / (1 - t)
    edm            exp(-1.2 + 1.2 z), z ~ N(0, 1): time is its quantile

Reference: Ho et al. 2020, arXiv 2006.11239, section 4; Rombach et al. 2021,
arXiv 2112.10752; Nichol and Dhariwal 2021, arXiv 2102.09672, Eq. 17, without
its offset, as Salimans and Ho 2022, arXiv 2202.00512; Lipman et al. 2022, arXiv
2210.02747; Karras et al. 2022, arXiv 2206.00364, Table 1.
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from keras_gen.models.diffusion import grids

NUM_TIMESTEPS = 1000  # Of the discrete processes.


@dataclasses.dataclass(frozen=True)
class Schedule:
    """One schedule.

    Attributes:
        sigma_of: time [B] in [0, 1] to sigma [B].
        time_of: its inverse.
        told_of: sigma [B] to what the network is told, of the size of 1000.
        lowest: the smallest sigma of training and sampling, above 0.
        highest: the largest; all that is left of an image there is noise.
        table: [T], of a discrete process: the sigmas of its timesteps, rising.
            None where time is continuous.
    """

    sigma_of: Callable[[tf.Tensor], tf.Tensor]
    time_of: Callable[[tf.Tensor], tf.Tensor]
    told_of: Callable[[tf.Tensor], tf.Tensor]
    lowest: float
    highest: float
    table: np.ndarray | None = dataclasses.field(
        default=None, compare=False, repr=False
    )

    def draw(self, uniform: tf.Tensor) -> tf.Tensor:
        """Sigmas [B] of training, from uniform numbers [B]."""
        sigma = self.sigma_of(uniform)
        return tf.clip_by_value(sigma, self.lowest, self.highest)

    def grid(self, num_steps: int, spacing: str = "time") -> np.ndarray:
        """[num_steps + 1] sigmas of sampling, falling, 0 the last.

        Args:
            num_steps: S.
            spacing: "time", even in time; "karras", even in sigma^(1 / 7); or,
                of a discrete process, one of `grids.TIMESTEPS`. The first of
                the sigmas is the highest, but of "leading".

        Raises:
            ValueError: `num_steps` is below 1 or more than there are
                timesteps, or there is no such spacing.
        """
        if num_steps < 1:
            raise ValueError(
                f"`num_steps` must be at least 1. Received: {num_steps}."
            )
        if spacing == "karras":
            sigmas = grids.karras(num_steps, self.lowest, self.highest)
        elif spacing == "time":
            sigmas = self._even_in_time(num_steps)
        elif spacing in grids.TIMESTEPS and self.table is not None:
            sigmas = grids.discrete(num_steps, spacing, self.table)
        elif self.table is None:
            raise ValueError(
                "`spacing` must be time or karras where time is continuous. "
                f"Received: {spacing!r}. Choose one of them; only linear and "
                "scaled_linear have timesteps to count."
            )
        else:
            names = ", ".join(sorted(["karras", "time", *grids.TIMESTEPS]))
            raise ValueError(
                f"`spacing` must be one of {names}. Received: {spacing!r}. "
                "Choose one of them."
            )
        return np.append(sigmas, 0.0).astype(np.float32)

    def _even_in_time(self, num_steps):
        with tf.init_scope():  # Numbers, also where a graph is built.
            first = self.time_of(tf.constant([self.highest])).numpy()[0]
            # The last step, to 0, is as long as the others.
            share = np.linspace(0, 1, num_steps, dtype=np.float64)
            times = first * (1.0 - share * (1.0 - 1.0 / num_steps))
            sigmas = self.sigma_of(tf.constant(times, tf.float32)).numpy()
        return np.clip(sigmas, self.lowest, self.highest)


def _discrete(betas: np.ndarray) -> Schedule:
    """A table of sigmas, between whose entries log sigma is linear in time."""
    signal = np.cumprod(1.0 - betas)
    logs = np.log(1.0 / signal - 1.0) / 2.0  # log sigma, rising.
    # No tensor: a schedule may be made inside a graph and outlive it.
    knots = logs.astype(np.float32)
    last = len(betas) - 1

    def sigma_of(time):
        at = tf.clip_by_value(time, 0.0, 1.0) * last
        low = tf.cast(tf.floor(at), tf.int32)
        high = tf.minimum(low + 1, last)
        share = at - tf.floor(at)
        start, end = tf.gather(knots, low), tf.gather(knots, high)
        return tf.exp(start + share * (end - start))

    def time_of(sigma):
        log = tf.math.log(sigma)
        # How many entries lie below: few, so no search is needed.
        below = tf.reduce_sum(
            tf.cast(knots[1:-1] <= log[:, tf.newaxis], tf.int32), axis=1
        )
        start, end = tf.gather(knots, below), tf.gather(knots, below + 1)
        share = (log - start) / (end - start)
        return (tf.cast(below, tf.float32) + share) / last

    table = np.exp(logs)
    return Schedule(
        sigma_of,
        time_of,
        lambda sigma: last * time_of(sigma),  # The timestep.
        lowest=float(table[0]),
        highest=float(table[-1]),
        table=table,
    )


def _log(sigma: tf.Tensor) -> tf.Tensor:
    """Karras et al. 2022, Table 1, on the scale of timesteps."""
    return 100.0 * tf.math.log(sigma)


def _linear() -> Schedule:
    return _discrete(np.linspace(1e-4, 0.02, NUM_TIMESTEPS))


def _scaled_linear() -> Schedule:
    return _discrete(np.linspace(0.00085**0.5, 0.012**0.5, NUM_TIMESTEPS) ** 2)


def _cosine() -> Schedule:
    return Schedule(
        lambda time: tf.tan(tf.clip_by_value(time, 0.0, 0.9999) * math.pi / 2),
        lambda sigma: tf.atan(sigma) * 2 / math.pi,
        _log,
        lowest=0.01,
        highest=100.0,
    )


def _flow() -> Schedule:
    return Schedule(
        lambda time: time / tf.maximum(1.0 - time, 1e-4),
        lambda sigma: sigma / (1.0 + sigma),
        _log,
        lowest=0.005,
        highest=200.0,
    )


def _edm() -> Schedule:
    mean, deviation = -1.2, 1.2
    return Schedule(
        lambda time: tf.exp(
            mean
            + deviation * tf.math.ndtri(tf.clip_by_value(time, 1e-6, 1 - 1e-6))
        ),
        lambda sigma: (
            0.5
            + 0.5
            * tf.math.erf((tf.math.log(sigma) - mean) / deviation / 2.0**0.5)
        ),
        _log,
        lowest=0.002,
        highest=80.0,
    )


SCHEDULES: dict[str, Callable[[], Schedule]] = {
    "cosine": _cosine,
    "edm": _edm,
    "flow": _flow,
    "linear": _linear,
    "scaled_linear": _scaled_linear,
}
