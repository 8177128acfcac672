"""Reflection padding: the border of an image is its own mirror image.

Zeros around an image are an edge that networks see, and draw: a dark frame.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gen")
class ReflectionPadding2D(keras.layers.Layer):
    """[B, H, W, C] -> [B, H + 2 p, W + 2 p, C], the edge itself not repeated.

    Args:
        padding: p, less than H and W.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, padding: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self.padding = padding

    def call(self, inputs: Any) -> Any:
        around = (self.padding, self.padding)
        pads = ((0, 0), around, around, (0, 0))
        return ops.pad(inputs, pads, mode="reflect")

    def compute_output_shape(self, input_shape):
        batch, *sizes, channels = input_shape
        sizes = [size and size + 2 * self.padding for size in sizes]
        return (batch, *sizes, channels)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"padding": self.padding}
