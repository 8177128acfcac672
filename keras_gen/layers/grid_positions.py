"""Positions of a grid, added to its maps: sines and cosines, not learned.

    [sin(x w), cos(x w), sin(y w), cos(y w)]
    w_i = 10000 ** (-4 i / D),  i < D / 4

where x counts columns and y rows, from 0.

Reference: Vaswani et al. 2017, arXiv 1706.03762, section 3.5, in two dimensions
as by Peebles and Xie 2022, arXiv 2212.09748, section 3.2.
"""

from typing import Any

import keras
from keras import ops

_MAX_PERIOD = 10000.0


@keras.saving.register_keras_serializable("keras_gen")
class GridPositions(keras.layers.Layer):
    """Maps [B, h, w, D] beside where they are, [B, h, w, D]; D divides by 4."""

    def build(self, input_shape) -> None:
        if input_shape[-1] % 4:
            raise ValueError(
                "The number of channels must divide by 4: a quarter each for "
                "sines and cosines of columns and rows. Received "
                f"{input_shape[-1]}: choose a multiple of 4."
            )

    def call(self, maps: Any) -> Any:
        """[B, h, w, D] -> [B, h, w, D]."""
        height, width, size = maps.shape[1:]
        columns = ops.broadcast_to(
            _waves(width, size // 4)[None], (height, width, size // 2)
        )
        rows = ops.broadcast_to(
            _waves(height, size // 4)[:, None], (height, width, size // 2)
        )
        positions = ops.concatenate([columns, rows], axis=-1)
        return maps + ops.cast(positions, maps.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape


def _waves(length, num_frequencies):
    """Sines, then cosines of 0 to `length`, [length, 2 num_frequencies]."""
    frequencies = [
        _MAX_PERIOD ** (-i / num_frequencies) for i in range(num_frequencies)
    ]
    steps = ops.arange(length, dtype="float32")
    angles = steps[:, None] * ops.convert_to_tensor(frequencies, "float32")
    return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)
