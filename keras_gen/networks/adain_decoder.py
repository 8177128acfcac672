"""The decoder of AdaIN: from features of VGG-19 back to an image.

It mirrors the encoder up to `block4_conv1`, with nearest neighbours instead of
pooling, reflection instead of zeros, and without norms: a norm would give all
images one style.

Reference: Huang and Belongie 2017, arXiv 1703.06868, section 6.
"""

from collections.abc import Sequence
from typing import Any

import keras

from keras_gen.layers import doubling, reflection

# (block whose width comes out, whether pixels are doubled before).
_CONVOLUTIONS = (
    (2, False),
    (2, True),
    (2, False),
    (2, False),
    (1, False),
    (1, True),
    (0, False),
    (0, True),
)


def adain_decoder(
    widths: Sequence[int] = (64, 128, 256, 512),
    *,
    dtype: Any = None,
    name: str = "adain_decoder",
) -> keras.Model:
    """Nine convolutions to eight times the size.

    Args:
        widths: channels of the four blocks of the encoder.
        dtype: Keras precision policy; images are float32 all the same.
        name: of the network.

    Returns:
        features [B, h, w, widths[3]] -> images [B, 8 h, 8 w, 3], about in
        [-1, 1]; `weights.adain_decoder` reads trained weights.
    """
    features = x = keras.Input((None, None, widths[3]), name="features")
    for index, (block, doubled) in enumerate(_CONVOLUTIONS):
        if doubled:
            x = doubling.Doubling2D(dtype=dtype, name=f"conv{index}_larger")(x)
        x = _convolved(x, widths[block], "relu", dtype, f"conv{index}")
    x = _convolved(x, 3, None, dtype, f"conv{len(_CONVOLUTIONS)}")
    # The published weights make images in [0, 1].
    x = keras.layers.Rescaling(2.0, -1.0, dtype="float32", name="images")(x)
    return keras.Model(features, x, name=name)


def _convolved(x, width, activation, dtype, name):
    x = reflection.ReflectionPadding2D(1, dtype=dtype, name=f"{name}_pad")(x)
    return keras.layers.Conv2D(
        width, 3, activation=activation, dtype=dtype, name=name
    )(x)
