"""Diagonal BiLSTM: each pixel sees all before it, whatever the distance.

(Behind a layer of mask A, whose map at a pixel does not know its value: the
last value of the row above is seen as far as that layer's kernel goes.)

One LSTM goes from left to right,

    gates[r, c] = K_is x[r, c] + K_ss [h[r, c - 1], h[r - 1, c]]

the other from right to left, and its map is moved down by a row before the two
are added, so that none sees what comes later.

Pixels of one diagonal are computed at once: with row r moved to the right by r
(skewed) a diagonal is a column. Where a column of the skewed map is outside of
the image the state is held at 0.

Reference: van den Oord et al. 2016, arXiv 1601.06759, section 3.2 and Figure 3.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gen.layers import lstm_gates, masked_conv, raster, scanning


def skew(x: Any) -> Any:
    """[N, H, W, D] -> [N, H, W + H - 1, D], row r moved to the right by r."""
    _, height, width, size = x.shape
    x = ops.pad(x, ((0, 0), (0, 0), (0, height), (0, 0)))
    x = ops.reshape(x, (-1, height * (width + height), size))
    return ops.reshape(x[:, :-height], (-1, height, width + height - 1, size))


def unskew(x: Any) -> Any:
    """The inverse of `skew`."""
    _, height, length, size = x.shape
    x = ops.reshape(x, (-1, height * length, size))
    x = ops.pad(x, ((0, 0), (0, height), (0, 0)))
    x = ops.reshape(x, (-1, height, length + 1, size))
    return x[:, :, : length + 1 - height]


@keras.saving.register_keras_serializable("keras_gen")
class DiagonalBiLSTM(keras.layers.Layer):
    """[B, H, W, D] -> [B, H, W, units].

    `step` does the same pixel by pixel; the LSTM from right to left does a row
    as soon as it is known.

    Args:
        units: numbers of a state.
        num_groups: C, of channels; must divide `units` and D.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, units: int, num_groups: int = 1, **options: Any):
        super().__init__(**options)
        self.units = units
        self.num_groups = num_groups
        self.to_right, self.to_left = (
            masked_conv.MaskedConv2D(
                4 * units,
                num_groups=num_groups,
                dtype=self.dtype_policy,
                name=name,
            )
            for name in ("to_right", "to_left")
        )

    def build(self, input_shape) -> None:
        self.to_right.build(input_shape)
        self.to_left.build(input_shape)
        self.kernel = self.add_weight(
            shape=(2, 2 * self.units, 4 * self.units),
            initializer=keras.initializers.VarianceScaling(
                1.0, "fan_avg", "uniform"
            ),
            name="kernel",
        )

    def call(self, inputs: Any) -> Any:
        """[B, H, W, D] -> [B, H, W, units]."""
        height, width = inputs.shape[1:3]
        gates = [self.to_right(inputs), ops.flip(self.to_left(inputs), 2)]
        gates = skew(ops.concatenate(gates, axis=0))  # [2 B, H, S, 4 units]
        gates = ops.transpose(gates, (2, 0, 1, 3))
        states = self._diagonals(gates, height, width)
        states = unskew(ops.transpose(states, (1, 2, 0, 3)))
        right, left = ops.split(states, 2, axis=0)
        left = ops.flip(left, 2)[:, :-1]
        return right + ops.pad(left, ((0, 0), (1, 0), (0, 0), (0, 0)))

    def _diagonals(self, gates, height, width):
        """h [S, 2 B, H, units] of gates [S, 2 B, H, 4 units]."""
        diagonals = np.arange(width + height - 1)[:, None]
        columns = diagonals - np.arange(height)
        inside = ((columns >= 0) & (columns < width)).astype("float32")
        inside = ops.convert_to_tensor(inside[:, None, :, None], gates.dtype)
        kernel = ops.cast(self.kernel, gates.dtype)

        def advance(state, given):
            gates, inside = given
            hidden, cell = ops.split(state, 2, axis=-1)  # [2 B, H, units]
            above = ops.pad(hidden[:, :-1], ((0, 0), (1, 0), (0, 0)))
            near = ops.concatenate([hidden, above], axis=-1)
            near = ops.reshape(near, (2, -1, 2 * self.units))
            found = ops.reshape(ops.matmul(near, kernel), ops.shape(gates))
            new = lstm_gates.gated(gates + found, cell, self.num_groups)
            return ops.concatenate(new, axis=-1) * inside

        state = ops.zeros_like(gates[0, ..., : 2 * self.units])
        states = scanning.scan(advance, state, (gates, inside))
        return states[..., : self.units]

    def step(
        self, inputs: Any, state: dict[str, Any], place: raster.Place
    ) -> tuple[Any, dict[str, Any]]:
        """One pixel of each row; as that of `MaskedConv2D`."""
        last = raster.turn(state["inputs"], place)
        hidden = raster.turn(state["hidden"], place)
        cell = raster.turn(state["cell"], place)
        above = ops.cond(
            place.begins_row,
            lambda: self._row_to_left(last, state["above"], place),
            lambda: state["above"],
        )
        before = ops.cast(ops.greater(place.column, 0), hidden.dtype)
        near = [hidden[:, -2] * before, hidden[:, 0]]
        kernel = ops.cast(self.kernel[0], hidden.dtype)
        gates = ops.matmul(ops.concatenate(near, axis=-1), kernel)
        found = lstm_gates.gated(
            self.to_right.at(inputs[:, None], place) + gates,
            cell[:, 0] * before,
            self.num_groups,
        )
        here = ops.take(above, place.column, axis=1)
        return found[0] + here, {
            "inputs": raster.write(last, inputs),
            "hidden": raster.write(hidden, found[0]),
            "cell": raster.write(cell, found[1]),
            "above": above,
        }

    def _row_to_left(self, last, above, place):
        """h [B, W, units] from right to left, of the row that is complete."""
        gates = self.to_left(last[:, :-1])  # [B, W, 4 units]
        kernel = ops.cast(self.kernel[1], gates.dtype)

        def advance(column, state, row):
            hidden, cell = ops.split(state, 2, axis=-1)  # [B, units]
            here = ops.take(above, column, axis=1)
            near = ops.concatenate([hidden, here], axis=-1)
            found = ops.take(gates, column, axis=1) + ops.matmul(near, kernel)
            hidden, cell = lstm_gates.gated(found, cell, self.num_groups)
            row = ops.concatenate([hidden[:, None], row[:, :-1]], axis=1)
            return column - 1, ops.concatenate([hidden, cell], axis=-1), row

        # Not `scan`: what it needs LiteRT has for batches of known size alone.
        _, _, found = ops.while_loop(
            lambda column, *_: ops.greater_equal(column, 0),
            advance,
            (
                ops.convert_to_tensor(place.width - 1, "int32"),
                ops.zeros_like(gates[:, 0, : 2 * self.units]),
                ops.zeros_like(above),
            ),
            maximum_iterations=place.width,
        )
        # Above the first row there is none.
        return found * ops.cast(ops.greater(place.row, 0), found.dtype)

    def initial_state(self, num_rows: Any, width: int) -> dict[str, Any]:
        """Before the first pixel."""
        size = self.to_right.kernel.shape[2]
        shapes = {
            "inputs": (width + 1, size),
            "hidden": (width + 1, self.units),
            "cell": (2, self.units),
            "above": (width, self.units),
        }
        return {
            name: ops.zeros((num_rows, *shape), self.compute_dtype)
            for name, shape in shapes.items()
        }

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "units": self.units,
            "num_groups": self.num_groups,
        }
