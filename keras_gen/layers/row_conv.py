"""A convolution that sees whole rows above: the vertical stack.

A pixel sees the columns beside its own to both sides, of its row and those
above; with `strict`, of those above alone. So behind a strict layer a row is
known when all rows above it are, and is computed at once.

Reference: van den Oord et al. 2016, arXiv 1606.05328, section 2.2 and Figure 1.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gen")
class RowConv2D(keras.layers.Layer):
    """[B, H, W, D] -> [B, H, W, filters] of rows up to a pixel's own.

    `row` does the same row by row.

    Args:
        filters: numbers of a pixel that come out.
        height: rows that are seen.
        side: columns that are seen to either side.
        strict: whether the pixel's own row is not among them.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        filters: int,
        height: int,
        side: int,
        strict: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.filters = filters
        self.height = height
        self.side = side
        self.strict = strict

    def build(self, input_shape) -> None:
        size = input_shape[-1]
        self.kernel = self.add_weight(
            shape=(self.height, 2 * self.side + 1, size, self.filters),
            initializer="glorot_uniform",
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.filters,), initializer="zeros", name="bias"
        )

    def call(self, inputs: Any) -> Any:
        """[B, H, W, D] -> [B, H, W, filters]."""
        above = self.height - 1
        if self.strict:
            inputs, above = inputs[:, :-1], above + 1
        return self._conv(ops.pad(inputs, ((0, 0), (above, 0), (0, 0), (0, 0))))

    def row(self, inputs: Any, register: Any) -> tuple[Any, Any]:
        """One row of each image.

        Args:
            inputs: [B, W, D], the last row that is seen.
            register: of `initial_state`, or of the row before.

        Returns:
            [B, W, filters], and the register with this row.
        """
        rows = ops.concatenate([register, inputs[:, None]], axis=1)
        return self._conv(rows)[:, 0], rows[:, 1:]

    def initial_state(self, num_rows: Any, width: int) -> Any:
        """Before the first row."""
        shape = (num_rows, self.height - 1, width, self.kernel.shape[2])
        return ops.zeros(shape, self.compute_dtype)

    def _conv(self, inputs):
        side = (self.side, self.side)
        inputs = ops.pad(inputs, ((0, 0), (0, 0), side, (0, 0)))
        kernel = ops.cast(self.kernel, inputs.dtype)
        return ops.conv(inputs, kernel) + ops.cast(self.bias, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "filters": self.filters,
            "height": self.height,
            "side": self.side,
            "strict": self.strict,
        }
