"""Convolutional encoder: an image to a vector, halving the size each layer."""

from collections.abc import Sequence
from typing import Any

import keras


def conv_encoder(
    image_shape: Sequence[int],
    widths: Sequence[int],
    output_size: int,
    *,
    activation: str = "relu",
    dtype: Any = None,
    name: str = "conv_encoder",
) -> keras.Model:
    """Convolutions with stride 2, then one dense layer.

    Images are moved to [0, 1] first: black then equals the padding's zeros.

    Args:
        image_shape: (H, W, C).
        widths: channels of each convolution.
        output_size: numbers in the output.
        activation: of the convolutions; the output is linear.
        dtype: Keras precision policy; the output is float32 all the same.
        name: of the network.

    Returns:
        [B, H, W, C] in [-1, 1] -> [B, output_size] float32.
    """
    inputs = keras.Input(tuple(image_shape))
    x = keras.layers.Rescaling(0.5, 0.5, dtype=dtype)(inputs)
    for width in widths:
        x = keras.layers.Conv2D(
            width,
            kernel_size=4,
            strides=2,
            padding="same",
            activation=activation,
            dtype=dtype,
        )(x)  # [B, ceil(H / 2), ceil(W / 2), width]
    x = keras.layers.Flatten(dtype=dtype)(x)
    x = keras.layers.Dense(output_size, dtype=dtype)(x)
    x = keras.layers.Activation("linear", dtype="float32")(x)
    return keras.Model(inputs, x, name=name)
