"""What the network predicts, and what an image is made of it.

For x = x0 + sigma noise a denoiser is

    D(x, sigma) = skip x + out F(in x, time)        Karras et al. 2022, Eq. 7

of a network F, and F learns its `target`:

    name     skip            out                     in                  target
    epsilon  1               -sigma                  1 / sqrt(1 + s^2)   noise
    x0       0               1                       1 / sqrt(1 + s^2)   x0
    v        1 / (1 + s^2)   -s / sqrt(1 + s^2)      1 / sqrt(1 + s^2)
                                           (noise - s x0) / sqrt(1 + s^2)
    flow     1 / (1 + s)     -s / (1 + s)            1 / (1 + s)    noise - x0
    edm      d^2 / (s^2 + d^2)    s d / sqrt(s^2 + d^2)    1 / sqrt(s^2 + d^2)
                                  (x0 - skip x) / out, d = 0.5

Reference: Ho et al. 2020, arXiv 2006.11239; Salimans and Ho 2022, arXiv
2202.00512, Appendix D; Lipman et al. 2022, arXiv 2210.02747; Karras et al.
2022, arXiv 2206.00364, Table 1.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

_DATA_DEVIATION = 0.5  # d: of pixels in [-1, 1].


class Scales(NamedTuple):
    """Of one sigma, [B] each."""

    skip: tf.Tensor
    out: tf.Tensor
    into: tf.Tensor


class Parameterisation(NamedTuple):
    """Attributes:
    scales: sigma [B] to Scales.
    target: (x0 [B, ...], noise [B, ...], sigma [B, 1, ...]) to [B, ...].
    """

    scales: Callable[[tf.Tensor], Scales]
    target: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


def _epsilon(sigma):
    return Scales(tf.ones_like(sigma), -sigma, _to_unit(sigma))


def _x0(sigma):
    return Scales(tf.zeros_like(sigma), tf.ones_like(sigma), _to_unit(sigma))


def _v(sigma):
    unit = _to_unit(sigma)
    return Scales(tf.square(unit), -sigma * unit, unit)


def _flow(sigma):
    rest = 1.0 / (1.0 + sigma)
    return Scales(rest, -sigma * rest, rest)


def _edm(sigma):
    data = _DATA_DEVIATION
    unit = tf.math.rsqrt(tf.square(sigma) + data**2)
    return Scales(tf.square(data * unit), sigma * data * unit, unit)


def _to_unit(sigma):
    return tf.math.rsqrt(1.0 + tf.square(sigma))


def _edm_target(x0, noise, sigma):
    scales = _edm(sigma)
    return (x0 - scales.skip * (x0 + sigma * noise)) / scales.out


PARAMETERISATIONS = {
    "edm": Parameterisation(_edm, _edm_target),
    "epsilon": Parameterisation(_epsilon, lambda x0, noise, sigma: noise),
    "flow": Parameterisation(_flow, lambda x0, noise, sigma: noise - x0),
    "v": Parameterisation(
        _v, lambda x0, noise, sigma: (noise - sigma * x0) * _to_unit(sigma)
    ),
    "x0": Parameterisation(_x0, lambda x0, noise, sigma: x0),
}


def simple(sigma: tf.Tensor, out: tf.Tensor) -> tf.Tensor:
    """Every target weighs the same (Ho et al. 2020, Eq. 14)."""
    del out
    return tf.ones_like(sigma)


def min_snr(sigma: tf.Tensor, out: tf.Tensor) -> tf.Tensor:
    """Errors of x0 weigh min(1 / sigma^2, 5) (Hang et al. 2023, 2303.09556)."""
    return tf.minimum(1.0 / tf.square(sigma), 5.0) * tf.square(out)


def edm(sigma: tf.Tensor, out: tf.Tensor) -> tf.Tensor:
    """1 / out^2 of the edm parameterisation (Karras et al. 2022, Table 1)."""
    return tf.square(out / _edm(sigma).out)


# Of the squared error of the target: (sigma [B], out [B]) -> [B].
WEIGHTINGS = {"edm": edm, "min_snr": min_snr, "simple": simple}
