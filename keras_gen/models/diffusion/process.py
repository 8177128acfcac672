"""A network among a schedule, a prediction and a weighting.

    loss       weight(sigma) |F(in x, t) - target|^2,   x = x0 + sigma noise
    denoiser   D(x, sigma) = skip x + out F(in x, t)

Reference: Karras et al. 2022, arXiv 2206.00364, Eq. 7 and 8.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_gen import protocols
from keras_gen.models.diffusion import parameterisations, schedules

# (in x [B, H, W, C], t [B]) -> [B, H, W, C].
Network = Callable[[Any, Any], Any]


@dataclasses.dataclass(frozen=True)
class Process:
    """What turns a network into a loss and into a Denoiser.

    Attributes:
        schedule: the law of sigma, and what the network is told of it.
        parameterisation: what the network predicts.
        weigh: (sigma [B], out [B]) to the weight [B] of its squared error.
    """

    schedule: schedules.Schedule
    parameterisation: parameterisations.Parameterisation
    weigh: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

    def loss(
        self, network: Network, x0: tf.Tensor, sigma: tf.Tensor, noise: Any
    ) -> tf.Tensor:
        """Of each row, [B].

        Args:
            network: that learns.
            x0: [B, H, W, C], clean.
            sigma: [B].
            noise: [B, H, W, C], standard normal.
        """
        scales = self.parameterisation.scales(sigma)
        noisy = x0 + spread(sigma) * noise
        predicted = network(
            spread(scales.into) * noisy, self.schedule.told_of(sigma)
        )
        target = self.parameterisation.target(x0, noise, spread(sigma))
        error = tf.reduce_mean(tf.square(predicted - target), axis=(1, 2, 3))
        return self.weigh(sigma, scales.out) * error

    def denoiser(self, network: Network) -> protocols.Denoiser:
        """D of that network."""

        def denoise(x, sigma):
            scales = self.parameterisation.scales(sigma)
            found = network(
                spread(scales.into) * x, self.schedule.told_of(sigma)
            )
            return spread(scales.skip) * x + spread(scales.out) * found

        return denoise


def named(schedule: str, prediction: str, weighting: str) -> Process:
    """The Process of those names in SCHEDULES and the like."""
    return Process(
        schedules.SCHEDULES[schedule](),
        parameterisations.PARAMETERISATIONS[prediction],
        parameterisations.WEIGHTINGS[weighting],
    )


def spread(each: tf.Tensor) -> tf.Tensor:
    """[B] as [B, 1, 1, 1]."""
    return tf.reshape(each, (-1, 1, 1, 1))
