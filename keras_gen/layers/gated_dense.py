"""GEGLU: a dense layer whose numbers pass as far as others let them.

    y = (x A + a) gelu(x B + b),    kernel [A B], bias [a b]

One layer of twice the size and a split would write and read its output once
more, and so would the gradient; halves of a kernel cost nothing. The gradient
of the product keeps the normal distribution that the product has found.

Reference: Shazeer 2020, arXiv 2002.05202, Eq. 6.
"""

import math
from typing import Any

import keras
from keras import ops

from keras_gen.ops import custom_gradient, fused


@keras.saving.register_keras_serializable("keras_gen")
class GatedDense(keras.layers.Layer):
    """[..., C] -> [..., units].

    Args:
        units: of the output; the kernel has twice as many columns, the gates
            last.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units

    def build(self, input_shape) -> None:
        columns = 2 * self.units
        self.kernel = self.add_weight(
            shape=(input_shape[-1], columns), name="kernel"
        )
        self.bias = self.add_weight(
            shape=(columns,), initializer="zeros", name="bias"
        )

    def call(self, inputs: Any) -> Any:
        """[..., C] -> [..., units]."""
        products = (
            ops.matmul(inputs, kernel)
            for kernel in ops.split(self.kernel, 2, axis=-1)
        )
        return _gated_sums(*products, *ops.split(self.bias, 2))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units}


@custom_gradient.custom_gradient
def gated(values: Any, gates: Any) -> Any:
    """values gelu(gates), by the exact GELU; any shape, both the same."""
    # On CPU the error function takes six times as long in bfloat16. The order
    # is that by which LiteRT knows a GELU.
    wide = ops.cast(gates, "float32")
    twice_below = ops.erfc(-wide * math.sqrt(0.5))
    passed = ops.cast(0.5 * wide * twice_below, gates.dtype)

    def gradient(upstream):
        density = ops.exp(-0.5 * ops.square(wide)) / math.sqrt(2.0 * math.pi)
        slope = ops.cast(0.5 * twice_below + wide * density, gates.dtype)
        return upstream * passed, upstream * (values * slope)

    return values * passed, gradient


@fused.fused
def _gated_sums(values, gates, value_bias, gate_bias):
    return gated(values + value_bias, gates + gate_bias)
