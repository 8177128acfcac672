"""From densities and colours along a ray to the colour of its pixel.

    alpha_i  = 1 - exp(-density_i delta_i)
    T_i      = exp(-sum_{j<i} density_j delta_j)
    weight_i = T_i alpha_i

so that the weights and what passes all of them sum to 1.

Reference: Mildenhall et al. 2020, arXiv 2003.08934, Eq. 3; Max 1995.
"""

from typing import NamedTuple

import tensorflow as tf


class Rendering(NamedTuple):
    """What a ray sees.

    Attributes:
        rgb: [R, 3] in [0, 1].
        depth: [R], the mean of the steps where light ends, `far` beyond all.
        opacity: [R], 1 where no background shines through.
        weights: [R, P] of the samples.
        density: [R, P] of the samples.
    """

    rgb: tf.Tensor
    depth: tf.Tensor
    opacity: tf.Tensor
    weights: tf.Tensor
    density: tf.Tensor


def weights_of(
    density: tf.Tensor, deltas: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Weights of the samples, and what passes them.

    Args:
        density: [R, P], for each unit of length.
        deltas: [R, P], lengths.

    Returns:
        (weights [R, P], transmittance [R]).
    """
    thickness = density * deltas
    # Sums of logarithms: LiteRT has no cumulative product.
    passed = tf.cumsum(thickness, axis=-1)
    before = tf.exp(thickness - passed)
    weights = before * -tf.math.expm1(-thickness)  # Eq. 3
    return weights, tf.exp(-passed[:, -1])


def composite(
    density: tf.Tensor,
    rgb: tf.Tensor,
    steps: tf.Tensor,
    deltas: tf.Tensor,
    far: tf.Tensor,
    white_background: bool,
) -> Rendering:
    """Renders rays.

    Args:
        density: [R, P], for each unit of length.
        rgb: [R, P, 3] in [0, 1].
        steps: [R, P] of the direction, where the samples lie.
        deltas: [R, P], the lengths that they stand for.
        far: [R], steps to the end of the rays.
        white_background: what lies behind; black if not.
    """
    weights, passed = weights_of(density, deltas)
    colors = tf.reduce_sum(weights[..., tf.newaxis] * rgb, axis=1)
    if white_background:
        colors += passed[:, tf.newaxis]
    depth = tf.reduce_sum(weights * steps, axis=1) + passed * far
    depth = tf.minimum(depth, far)  # Rounding may lead beyond.
    return Rendering(colors, depth, 1.0 - passed, weights, density)


def sparsity(density: tf.Tensor) -> tf.Tensor:
    """A loss [R] that calls for empty space.

    Fog of the colour of the background is in no view, but stands before others.

    Args:
        density: [R, P].

    Reference: Fridovich-Keil et al. 2022, "Plenoxels", arXiv 2112.05131, Eq. 4.
    """
    return tf.reduce_mean(tf.math.log1p(2.0 * density**2), axis=1)
