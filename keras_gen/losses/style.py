"""Content and style of an image, in the features of a network.

Content is what is where: the features F themselves. Style is which features
come together, wherever: their Gram matrix

    G_ij = sum over positions of F_i F_j / (h w)                   Eq. 3

or, cheaper, the mean and deviation of each. Both losses are means over what
they compare, so that layers of all sizes weigh alike:

    content_l = mean of (F - P)^2 / 2                              Eq. 1
    style_l   = mean of (G - A)^2 / 4                              Eq. 4

Differs from the paper: the content loss there is a sum. Eq. 4 is the same, as
1 / (4 N^2 M^2) sum (G - A)^2 with G as a sum is this mean.

Reference: Gatys et al. 2016, "Image style transfer using convolutional neural
networks"; Huang and Belongie 2017, arXiv 1703.06868, for the statistics.
"""

from typing import Any

from keras import ops

from keras_gen.ops import custom_gradient

EPSILON = 1e-5


def gram_matrix(features: Any) -> Any:
    """[B, h, w, c] -> [B, c, c], whatever the order of positions (Eq. 3)."""
    batch, height, width, channels = ops.shape(features)
    flat = ops.reshape(features, (batch, height * width, channels))
    return _product(flat) / ops.cast(height * width, features.dtype)


@custom_gradient.custom_gradient
def _product(rows: Any) -> Any:
    """F^T F, with one product in its gradient, F (D + D^T), instead of two."""

    def gradient(upstream):
        return ops.matmul(rows, upstream + _transposed(upstream))

    return ops.matmul(_transposed(rows), rows), gradient


def _transposed(matrices):
    return ops.transpose(matrices, (0, 2, 1))


def content_loss(found: Any, wanted: Any) -> Any:
    """[B] of two features [B, h, w, c] (Eq. 1)."""
    return ops.mean(ops.square(found - wanted), axis=(1, 2, 3)) / 2.0


def style_loss(found: Any, wanted: Any) -> Any:
    """[B] of two Gram matrices [B, c, c] (Eq. 4)."""
    return ops.mean(ops.square(found - wanted), axis=(1, 2)) / 4.0


def statistics(features: Any) -> tuple[Any, Any]:
    """Mean and deviation [B, 1, 1, c] of each channel of [B, h, w, c]."""
    mean, variance = ops.moments(features, axes=(1, 2), keepdims=True)
    return mean, ops.sqrt(variance + EPSILON)


def statistics_loss(found: Any, wanted: Any) -> Any:
    """[B] of two features: how far means and deviations are apart.

    Reference: Huang and Belongie 2017, arXiv 1703.06868, Eq. 13.
    """
    pairs = zip(statistics(found), statistics(wanted), strict=True)
    return sum(ops.mean(ops.square(a - b), axis=(1, 2, 3)) for a, b in pairs)
