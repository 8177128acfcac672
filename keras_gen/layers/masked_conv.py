"""A convolution that sees only what comes before, in raster order.

The kernel covers `above` rows, and in the pixel's own row what is left of it;
of a k x k kernel that is the upper half, (k + 1) / 2 rows. At the pixel itself

    mask "A"   output group g sees input groups below g
    mask "B"   output group g sees input groups up to g

where the groups are those of the C channels of a pixel, which come one after
the other: of one channel, mask A does not see the pixel and mask B does.

The mask is a constant factor of the kernel, in `call`.

Reference: van den Oord et al. 2016, arXiv 1601.06759, section 3.4 and Figure 2.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gen.layers import raster


def square(kernel_size: int) -> tuple[int, int, int]:
    """The reach of a k x k kernel: rows above, columns to either side."""
    side = kernel_size // 2
    return side, side, side


@keras.saving.register_keras_serializable("keras_gen")
class MaskedConv2D(keras.layers.Layer):
    """[B, H, W, D] -> [B, H, W, filters] of pixels before, and zeros beyond.

    `step` does the same pixel by pixel. Without reach it is a masked dense
    layer, of any number of axes.

    Args:
        filters: numbers of a pixel that come out.
        reach: rows above, columns to the left, columns to the right (of rows
            above); `square(k)` of a k x k kernel.
        mask_type: "A" or "B".
        num_groups: C, of channels; must divide `filters` and D.
        **options: of `keras.layers.Layer`.

    Raises:
        ValueError: an unknown mask, or groups that do not divide.

    Reference: van den Oord et al. 2016, arXiv 1601.06759.
    """

    def __init__(
        self,
        filters: int,
        reach: tuple[int, int, int] = (0, 0, 0),
        mask_type: str = "B",
        num_groups: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if mask_type not in ("A", "B"):
            raise ValueError(
                f"`mask_type` must be A or B. Received: {mask_type!r}. The "
                "first layer has A, those behind it B."
            )
        self.filters = filters
        self.reach = tuple(reach)
        self.mask_type = mask_type
        self.num_groups = num_groups

    def build(self, input_shape) -> None:
        size = input_shape[-1]
        above, left, right = self.reach
        for name, count in (("filters", self.filters), ("inputs", size)):
            if count % self.num_groups:
                raise ValueError(
                    f"`{name}` must be a multiple of the {self.num_groups} "
                    f"channels. Received: {count}."
                )
        if above and input_shape[-2] is not None and input_shape[-2] < right:
            raise ValueError(
                "Images must be as wide as half of the kernel, "
                f"{right}. Received width {input_shape[-2]}."
            )
        self.kernel = self.add_weight(
            shape=(above + 1, left + 1 + right, size, self.filters),
            initializer="glorot_uniform",
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.filters,), initializer="zeros", name="bias"
        )
        self.mask = self._mask(size)

    def call(self, inputs: Any) -> Any:
        """[B, H, W, D] -> [B, H, W, filters]."""
        above, left, right = self.reach
        kernel, bias = self._weights(inputs.dtype)
        if not any(self.reach):
            return ops.matmul(inputs, kernel[0, 0]) + bias
        padding = ((0, 0), (above, 0), (left, right), (0, 0))
        return ops.conv(ops.pad(inputs, padding), kernel) + bias

    def step(
        self, inputs: Any, register: Any, place: raster.Place
    ) -> tuple[Any, Any]:
        """One pixel of each row.

        Args:
            inputs: [B, D].
            register: of `initial_state`, or of the step before.
            place: where the pixel is.

        Returns:
            [B, filters], and the register with this pixel.
        """
        register = raster.push(register, inputs, place)
        return self.at(register, place), register

    def at(self, register: Any, place: raster.Place) -> Any:
        """[B, filters] from a register that has all it needs."""
        above, left, right = self.reach
        kernel, bias = self._weights(register.dtype)
        size, filters = kernel.shape[2:]
        rows = [
            raster.near(register, place, dy, left, right)
            for dy in range(above, 0, -1)
        ]
        rows.append(raster.near(register, place, 0, left, 0))
        patch = ops.concatenate(rows, axis=1)  # [B, taps, D]
        flat = ops.reshape(patch, (-1, patch.shape[1] * size))
        parts = (kernel[:above], kernel[above, : left + 1])
        parts = [ops.reshape(each, (-1, filters)) for each in parts]
        return ops.matmul(flat, ops.concatenate(parts, axis=0)) + bias

    def initial_state(self, num_rows: Any, width: int) -> Any:
        """A register before the first pixel."""
        above, left, _ = self.reach
        shape = (num_rows, above * width + left + 1, self.kernel.shape[2])
        return ops.zeros(shape, self.compute_dtype)

    def _weights(self, dtype):
        """Masked kernel and bias; of `step` nobody else casts them."""
        kernel = ops.cast(self.kernel, dtype)
        if self.num_groups > 1 or self.mask_type == "A" or self.reach[2]:
            kernel = kernel * ops.convert_to_tensor(self.mask, dtype)
        return kernel, ops.cast(self.bias, dtype)

    def _mask(self, size):
        above, left, right = self.reach
        shape = (above + 1, left + 1 + right, size, self.filters)
        mask = np.ones(shape, "float32")
        mask[above, left + 1 :] = 0.0
        group_in, group_out = (
            np.arange(n) * self.num_groups // n for n in (size, self.filters)
        )
        sees = np.less if self.mask_type == "A" else np.less_equal
        mask[above, left] = sees(group_in[:, None], group_out)
        return mask

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "filters": self.filters,
            "reach": self.reach,
            "mask_type": self.mask_type,
            "num_groups": self.num_groups,
        }
