"""Nats for an image to bits for a dimension."""

import math
from collections.abc import Sequence


def bits_per_dim(nats: float, image_shape: Sequence[int]) -> float:
    """-log p(x) in nats to bits for each number of the image.

    It is a number of bits only for a probability of discrete levels. For a
    density of pixels in [-1, 1], add log2(127.5) to compare with levels 0..255.

    Args:
        nats: -log p(x) of an image, or its mean.
        image_shape: (H, W, C).

    Returns:
        Bits for each of the H * W * C numbers.
    """
    return nats / (math.log(2.0) * math.prod(image_shape))
