"""Convolutional decoder: a vector to an image, doubling the size each layer."""

import math
from collections.abc import Sequence
from typing import Any

import keras


def conv_decoder(
    latent_size: int,
    widths: Sequence[int],
    image_shape: Sequence[int],
    *,
    activation: str = "relu",
    dtype: Any = None,
    name: str = "conv_decoder",
) -> keras.Model:
    """One dense layer, then transposed convolutions with stride 2.

    Sizes that 2 ** len(widths) does not divide are rounded up inside and the
    picture is cut to size at the end.

    Args:
        latent_size: Z.
        widths: channels from the picture's side, as in `conv_encoder`.
        image_shape: (H, W, C).
        activation: of all but the last layer, which is linear.
        dtype: Keras precision policy; the output is float32 all the same.
        name: of the network.

    Returns:
        [B, Z] -> [B, H, W, C] float32.
    """
    height, width, channels = image_shape
    factor = 2 ** len(widths)
    rows, columns = math.ceil(height / factor), math.ceil(width / factor)
    inputs = keras.Input((latent_size,))
    deepest = widths[-1]
    x = keras.layers.Dense(rows * columns * deepest, activation, dtype=dtype)(
        inputs
    )
    x = keras.layers.Reshape((rows, columns, deepest), dtype=dtype)(x)
    layers = [(width, activation) for width in reversed(widths[:-1])]
    for size, activation_after in [*layers, (channels, None)]:
        x = keras.layers.Conv2DTranspose(
            size,
            kernel_size=4,
            strides=2,
            padding="same",
            activation=activation_after,
            dtype=dtype,
        )(x)  # [B, 2 h, 2 w, size]
    extra = (rows * factor - height, columns * factor - width)
    if any(extra):
        crop = ((0, extra[0]), (0, extra[1]))
        x = keras.layers.Cropping2D(crop, dtype=dtype)(x)
    x = keras.layers.Activation("linear", dtype="float32")(x)
    return keras.Model(inputs, x, name=name)
