"""A small convolutional classifier: thousands of images a second on a CPU."""

from collections.abc import Sequence
from typing import Any

import keras


def digit_classifier(
    image_shape: Sequence[int],
    num_classes: int = 10,
    feature_size: int = 64,
    *,
    seed: int = 0,
    dtype: Any = None,
    name: str = "digit_classifier",
) -> keras.Model:
    """Two convolutions of stride 2 and two dense layers, without normalisation.

    No layer depends on the batch or draws noise: an image has one answer.

    Args:
        image_shape: (H, W, C).
        num_classes: V.
        feature_size: D, width of the layer before the last.
        seed: of the first weights.
        dtype: Keras precision policy; the output is float32 all the same.
        name: of the network.

    Returns:
        [B, H, W, C] in [-1, 1] -> {"features": [B, D], "logits": [B, V]}.
    """

    def initializer(layer: int) -> keras.initializers.Initializer:
        return keras.initializers.HeUniform(seed=4 * seed + layer)

    inputs = keras.Input(tuple(image_shape))
    # Black is the padding's 0.
    x = keras.layers.Rescaling(0.5, 0.5, dtype=dtype)(inputs)
    for layer, width in enumerate((32, 64)):
        x = keras.layers.Conv2D(
            width,
            kernel_size=5,
            strides=2,
            padding="same",
            activation="relu",
            kernel_initializer=initializer(layer),
            dtype=dtype,
        )(x)  # [B, ceil(H / 2), ceil(W / 2), width]
    x = keras.layers.Flatten(dtype=dtype)(x)
    outputs = {}
    for layer, (output, width, activation) in enumerate(
        (("features", feature_size, "relu"), ("logits", num_classes, None)), 2
    ):
        x = keras.layers.Dense(
            width,
            activation=activation,
            kernel_initializer=initializer(layer),
            dtype=dtype,
        )(x)  # [B, D], then [B, V]
        outputs[output] = keras.layers.Activation("linear", dtype="float32")(x)
    return keras.Model(inputs, outputs, name=name)
