"""Multi-layer perceptron."""

from collections.abc import Sequence
from typing import Any

import keras


def mlp(
    input_shape: Sequence[int],
    widths: Sequence[int],
    output_shape: Sequence[int],
    *,
    activation: str = "relu",
    output_activation: str = "linear",
    inputs_are_images: bool = False,
    dtype: Any = None,
    name: str = "mlp",
) -> keras.Model:
    """Dense layers between two shapes.

    Args:
        input_shape: of one row; flattened.
        widths: D of each hidden layer.
        output_shape: of one row.
        activation: of the hidden layers.
        output_activation: of the output, computed in float32.
        inputs_are_images: whether inputs in [-1, 1] are moved to [0, 1], so
            that black pixels add nothing; with -1 for black, the many black
            pixels of a drawing drown the few white ones.
        dtype: Keras precision policy; the output is float32 all the same.
        name: of the network.

    Returns:
        [B, *input_shape] -> [B, *output_shape] float32.
    """
    inputs = keras.Input(tuple(input_shape))
    x = inputs
    if inputs_are_images:
        x = keras.layers.Rescaling(0.5, 0.5, dtype=dtype)(x)
    x = keras.layers.Flatten(dtype=dtype)(x)  # [B, size]
    for width in widths:
        x = keras.layers.Dense(width, activation, dtype=dtype)(x)  # [B, D]
    size = 1
    for each in output_shape:
        size *= each
    x = keras.layers.Dense(size, dtype=dtype)(x)
    x = keras.layers.Reshape(tuple(output_shape), dtype="float32")(x)
    if output_activation != "linear":
        x = keras.layers.Activation(output_activation, dtype="float32")(x)
    return keras.Model(inputs, x, name=name)
