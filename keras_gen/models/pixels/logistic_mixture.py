"""A mixture of logistics over the levels of a pixel.

    p(x | pi, mu, s) = sum_k pi_k prod_c P_k(x_c),                     Eq. 1
    P_k(x) = sigmoid((x + h - mu) / s) - sigmoid((x - h - mu) / s)

where h is half of the distance of two levels; the lowest level has all below
it, the highest all above. The mean of a channel is linear in the channels
before it:

    mu_2 = m_2 + a x_1,    mu_3 = m_3 + b x_1 + c x_2                  Eq. 3

The component is common to the channels of a pixel. So one channel after the
other has its share of the components given those before:

    p(x_c | x_<c) = sum_k w_k P_k(x_c),   w_k ~ pi_k prod_(d < c) P_k(x_d)

A difference of sigmoids loses all digits far from mu; it equals

    sigmoid(u) sigmoid(-l) (1 - exp(l - u)),   u, l the two arguments,

whose logarithm loses none.

Reference: Salimans et al. 2017, arXiv 1701.05517, sections 2.1 and 2.2.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

# From a thousandth of an image unit to a thousand: beyond, exp has no digits.
_LOG_SCALES = (-7.0, 7.0)
# Below it a series has more digits than 1 - exp(-w).
_NARROW = 0.1


class Mixture(NamedTuple):
    """Parameters of pixels [...].

    Attributes:
        logits: [..., K] of the components.
        loc: [..., K, C], m, image units.
        log_scale: [..., K, C].
        coefficients: [..., K, C, C], of channel c (first) on channels before;
            of one channel there are none, [..., K, 1, 0].
    """

    logits: tf.Tensor
    loc: tf.Tensor
    log_scale: tf.Tensor
    coefficients: tf.Tensor


def num_outputs(components: int, channels: int) -> int:
    """P, numbers that a network says of a pixel."""
    return components * (1 + 2 * channels + channels * (channels - 1) // 2)


def mixture_of(outputs: tf.Tensor, components: int, channels: int) -> Mixture:
    """That of outputs [..., P]."""
    sizes = [channels, channels, channels * (channels - 1) // 2]
    shape = (-1, *outputs.shape[1:-1], components, sum(sizes))
    each = tf.reshape(outputs[..., components:], shape)
    log_scale = each[..., channels : 2 * channels]
    return Mixture(
        outputs[..., :components],
        each[..., :channels],
        tf.clip_by_value(log_scale, *_LOG_SCALES),
        _below_diagonal(tf.tanh(each[..., 2 * channels :]), channels),
    )


def log_probs(
    mixture: Mixture, values: tf.Tensor, num_levels: int
) -> tf.Tensor:
    """log p [..., C], nats, of each channel given those before.

    Args:
        mixture: of the pixels.
        values: [..., C] in [-1, 1].
        num_levels: V.
    """
    each = _of_components(mixture, values, num_levels)  # [..., K, C]
    before = tf.cumsum(each, axis=-1, exclusive=True)
    weights = mixture.logits[..., tf.newaxis] + before
    return _log_sum_exp(weights + each, -2) - _log_sum_exp(weights, -2)


def channel_logits(
    mixture: Mixture, pixel: tf.Tensor, channel: tf.Tensor, num_levels: int
) -> tf.Tensor:
    """log p [B, V] of all levels of one channel, up to a constant.

    Args:
        mixture: of pixels [B].
        pixel: [B, C], the values known; others do not matter.
        channel: [] int32, which.
        num_levels: V.
    """
    each = _of_components(mixture, pixel, num_levels)  # [B, K, C]
    index = tf.range(each.shape[-1])
    weights = mixture.logits + tf.reduce_sum(
        tf.where(index < channel, each, 0.0), axis=-1
    )
    here = tf.cast(index == channel, each.dtype)
    loc, log_scale = (
        tf.reduce_sum(part * here, axis=-1, keepdims=True)
        for part in (_given(mixture, pixel), mixture.log_scale)
    )  # [B, K, 1]
    levels = tf.linspace(-1.0, 1.0, num_levels)
    found = log_mass(levels, loc, log_scale, num_levels)  # [B, K, V]
    return _log_sum_exp(weights[..., tf.newaxis] + found, -2)


def log_mass(
    values: tf.Tensor,
    loc: tf.Tensor,
    log_scale: tf.Tensor,
    num_levels: int,
) -> tf.Tensor:
    """log P(x), nats, of a logistic on levels; all broadcast."""
    half = 1.0 / (num_levels - 1)
    rate = tf.exp(-log_scale)
    width = 2.0 * half * rate
    upper = (values - loc + half) * rate
    # log sigmoid(u) and log sigmoid(-l).
    below, above = _log_sigmoid(upper), _log_sigmoid(width - upper)
    inside = below + above + _log_one_minus_exp(width)
    found = tf.where(values < -1.0 + half, below, inside)
    return tf.where(values > 1.0 - half, above, found)


def _of_components(mixture, values, num_levels):
    """log P_k [..., K, C] of values [..., C]."""
    loc = _given(mixture, values)
    # Which level is asked for is no number that has derivatives.
    values = tf.stop_gradient(values)[..., tf.newaxis, :]
    return log_mass(values, loc, mixture.log_scale, num_levels)


def _given(mixture, values):
    """mu [..., K, C], the means given the channels before."""
    if values.shape[-1] == 1:
        return mixture.loc
    before = values[..., tf.newaxis, tf.newaxis, :]
    return mixture.loc + tf.reduce_sum(mixture.coefficients * before, axis=-1)


def _below_diagonal(numbers, size):
    """[..., C, C] with numbers [..., C (C - 1) / 2] below the diagonal."""
    if size == 1:  # LiteRT knows no matrices without rows.
        return numbers[..., tf.newaxis, :]
    rows, columns = np.tril_indices(size, -1)
    places = np.zeros((len(rows), size, size), np.float32)
    places[np.arange(len(rows)), rows, columns] = 1.0
    found = tf.linalg.matmul(numbers, places.reshape(len(rows), -1))
    return tf.reshape(found, (-1, *numbers.shape[1:-1], size, size))


def _log_sum_exp(x, axis):
    # That of TensorFlow asks whether numbers are finite, which LiteRT cannot.
    greatest = tf.stop_gradient(tf.reduce_max(x, axis=axis, keepdims=True))
    total = tf.reduce_sum(tf.exp(x - greatest), axis=axis)
    return tf.math.log(total) + tf.squeeze(greatest, axis)


def _log_sigmoid(x):
    return tf.minimum(x, 0.0) - tf.math.log(1.0 + tf.exp(-tf.abs(x)))


def _log_one_minus_exp(width):
    """log(1 - exp(-w)) of w above 0."""
    series = tf.math.log(width) - width / 2.0 + width**2 / 24.0
    wide = tf.maximum(width, _NARROW / 2.0)  # No gradient of log(0).
    found = tf.math.log(1.0 - tf.exp(-wide))
    return tf.where(width < _NARROW, series, found)
