"""p(x | z): what the numbers of a decoder say about an image.

A likelihood is a function

    (parameters [B, H, W, C], log_scale []) -> distribution over images

of an image [B, H, W, C] float32 in [-1, 1]. The distribution has a batch shape
[B] or [B, H, W, C]; `log_prob` below sums it to [B], in nats.
"""

import math
from collections.abc import Callable

import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions

LEVELS = 256  # Of an 8-bit image.
# One level of an 8-bit image, in image units: below it a scale says nothing.
_SMALLEST_LOG_SCALE = math.log(2 / (LEVELS - 1) / 16)

Likelihood = Callable[[tf.Tensor, tf.Tensor], tfd.Distribution]


class _BernoulliImage(tfd.Bernoulli):
    """Bernoulli over {-1, 1} instead of {0, 1}.

    Grey levels count as the share of 1: their log-probability is the mean over
    the binarizations that have them as probabilities.
    """

    def _log_prob(self, event):
        # x l - softplus(l): half of the logarithms of TFP's own formula.
        logits = self._logits_parameter_no_checks()
        white = (event + 1.0) / 2.0
        return white * logits - tf.math.softplus(logits)

    def _mean(self):
        return 2.0 * super()._mean() - 1.0


def bernoulli(parameters: tf.Tensor, log_scale: tf.Tensor) -> tfd.Bernoulli:
    """For black and white images: the parameters are logits of white."""
    del log_scale
    return _BernoulliImage(logits=parameters, dtype=tf.float32)


def gaussian(parameters: tf.Tensor, log_scale: tf.Tensor) -> tfd.Normal:
    """Squared error over 2 scale^2, up to a constant: the density of x."""
    return tfd.Normal(parameters, tf.exp(log_scale))


class _LogisticImage(tfd.QuantizedDistribution):
    """Levels 0..255 by the mass of a logistic, asked for in [-1, 1].

    Reference: Kingma et al. 2016, arXiv 1606.04934, Appendix C.1;
    Salimans et al. 2017, arXiv 1701.05517, Eq. 2.
    """

    def __init__(self, loc, scale):
        self._loc = loc
        to_levels = (LEVELS - 1) / 2.0
        # Level k owns (k - 1/2, k + 1/2]; TFP rounds up, hence the shift.
        super().__init__(
            tfd.Logistic((loc + 1.0) * to_levels - 0.5, scale * to_levels),
            low=0.0,
            high=LEVELS - 1.0,
        )

    def _log_prob(self, event):
        levels = tf.round((event + 1.0) * ((LEVELS - 1) / 2.0))
        return super()._log_prob(levels)

    def _mean(self):
        return self._loc


def discretized_logistic(
    parameters: tf.Tensor, log_scale: tf.Tensor
) -> tfd.Distribution:
    """For 8-bit images: a true probability of the 256 levels."""
    scale = tf.exp(tf.maximum(log_scale, _SMALLEST_LOG_SCALE))
    return _LogisticImage(parameters, scale)


def parameters_of(likelihood: Likelihood, mean: tf.Tensor) -> tf.Tensor:
    """The parameters [..., H, W, C] for which p(x | z) has that mean."""
    if likelihood is not bernoulli:
        return mean
    white = tf.clip_by_value((mean + 1.0) / 2.0, 1e-3, 1.0 - 1e-3)
    return tf.math.log(white) - tf.math.log1p(-white)


LIKELIHOODS: dict[str, Likelihood] = {
    "bernoulli": bernoulli,
    "gaussian": gaussian,
    "discretized_logistic": discretized_logistic,
}


def log_prob(distribution: tfd.Distribution, images: tf.Tensor) -> tf.Tensor:
    """log p(x | z) in nats, summed over the axes of an image: [..., B]."""
    return tf.reduce_sum(distribution.log_prob(images), axis=(-3, -2, -1))
