"""Twice the size, each pixel four times: nearest neighbours.

Keras' UpSampling2D makes 26 operations of it, whose shapes LiteRT cannot follow
through several of them; here they are four.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gen")
class Doubling2D(keras.layers.Layer):
    """[B, h, w, C] -> [B, 2 h, 2 w, C]."""

    def call(self, inputs: Any) -> Any:
        _, height, width, channels = ops.shape(inputs)
        wide = ops.concatenate([inputs, inputs], axis=-1)
        rows = ops.reshape(wide, (-1, height, 2 * width, channels))
        twice = ops.concatenate([rows, rows], axis=2)
        return ops.reshape(twice, (-1, 2 * height, 2 * width, channels))

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        doubled = (size and 2 * size for size in (height, width))
        return (batch, *doubled, channels)

    def get_config(self) -> dict[str, Any]:
        # Keras' own cannot write a precision that came as an object.
        return super().get_config()
