"""Row LSTM: rows from top to bottom, all pixels of a row at once.

    gates[r, c] = K_is * x[r, c - 1 .. c] + K_ss * h[r - 1, c - 1 .. c + 1]

The input part is a masked convolution along the row, the state part one of the
row above: a pixel sees a triangle above it.

Reference: van den Oord et al. 2016, arXiv 1601.06759, section 3.1, Eq. 3.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.layers import lstm_gates, masked_conv, raster, scanning


@keras.saving.register_keras_serializable("keras_gen")
class RowLSTM(keras.layers.Layer):
    """[B, H, W, D] -> [B, H, W, units].

    `step` does the same pixel by pixel.

    Args:
        units: numbers of a state.
        kernel_size: columns that both convolutions cover, odd.
        num_groups: C, of channels; must divide `units` and D.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        units: int,
        kernel_size: int = 3,
        num_groups: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units = units
        self.kernel_size = kernel_size
        self.num_groups = num_groups
        self.side = kernel_size // 2
        self.inputs_to_gates = masked_conv.MaskedConv2D(
            4 * units,
            (0, self.side, 0),
            num_groups=num_groups,
            dtype=self.dtype_policy,
            name="inputs_to_gates",
        )

    def build(self, input_shape) -> None:
        self.inputs_to_gates.build(input_shape)
        self.kernel = self.add_weight(
            shape=(self.kernel_size, self.units, 4 * self.units),
            initializer="glorot_uniform",
            name="kernel",
        )

    def call(self, inputs: Any) -> Any:
        """[B, H, W, D] -> [B, H, W, units]."""
        gates = self.inputs_to_gates(inputs)
        kernel = ops.cast(self.kernel, gates.dtype)

        def advance(state, given):
            hidden, cell = ops.split(state, 2, axis=-1)  # [B, W, units]
            gates = given[0] + ops.conv(hidden, kernel, padding="same")
            new = lstm_gates.gated(gates, cell, self.num_groups)
            return ops.concatenate(new, axis=-1)

        state = ops.zeros_like(gates[:, 0, :, : 2 * self.units])
        rows = ops.moveaxis(gates, 1, 0)
        states = scanning.scan(advance, state, (rows,))
        return ops.moveaxis(states[..., : self.units], 0, 1)

    def step(
        self, inputs: Any, state: dict[str, Any], place: raster.Place
    ) -> tuple[Any, dict[str, Any]]:
        """One pixel of each row; as that of `MaskedConv2D`."""
        gates, register = self.inputs_to_gates.step(
            inputs, state["inputs"], place
        )
        hidden, cell = (
            raster.turn(state[name], place) for name in ("hidden", "cell")
        )
        above = raster.near(hidden, place, 1, self.side, self.side)
        flat = ops.reshape(above, (-1, self.kernel_size * self.units))
        kernel = ops.cast(self.kernel, gates.dtype)
        kernel = ops.reshape(kernel, (-1, 4 * self.units))
        found = lstm_gates.gated(
            gates + ops.matmul(flat, kernel), cell[:, 0], self.num_groups
        )
        return found[0], {
            "inputs": register,
            "hidden": raster.write(hidden, found[0]),
            "cell": raster.write(cell, found[1]),
        }

    def initial_state(self, num_rows: Any, width: int) -> dict[str, Any]:
        """Before the first pixel."""
        lengths = {"hidden": width + self.side + 1, "cell": width + 1}
        registers = {
            name: ops.zeros((num_rows, length, self.units), self.compute_dtype)
            for name, length in lengths.items()
        }
        inputs = self.inputs_to_gates.initial_state(num_rows, width)
        return registers | {"inputs": inputs}

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "units": self.units,
            "kernel_size": self.kernel_size,
            "num_groups": self.num_groups,
        }
