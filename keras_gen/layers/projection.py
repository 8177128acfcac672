"""A dense layer without bias, whose product with one row is fast.

    x W = [x W_1, x W_2],   W = [W_1, W_2]

XLA multiplies a row and a matrix on one core. A batch of two products, of the
row and each half, takes two thirds of the time, but the halves must lie apart:

    with projection.in_halves(network):  # They are made here,
        samplers.generate(network.step, ...)  # and read for each token.
"""

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

_NUM_PARTS = 2


@keras.saving.register_keras_serializable("keras_gen")
class Projection(keras.layers.Dense):
    """[..., D] -> [..., `units`].

    Args:
        units: of the output.
        use_bias: none by default; with one there are no halves.
        **options: of `keras.layers.Dense`.
    """

    _halves = None

    def __init__(
        self, units: int, use_bias: bool = False, **options: Any
    ) -> None:
        super().__init__(units, use_bias=use_bias, **options)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """[..., D] -> [..., units]."""
        *lead, size = inputs.shape
        is_row = None not in lead and math.prod(lead) == 1
        if self._halves is None or not is_row:
            return super().call(inputs, training=training)
        row = ops.reshape(inputs, (1, 1, size))
        rows = ops.tile(row, (_NUM_PARTS, 1, 1))
        return ops.reshape(ops.matmul(rows, self._halves), (*lead, self.units))

    def halve(self) -> None:
        """Products with one row are those with halves, from here on."""
        if self.use_bias or self.activation is not keras.activations.linear:
            return
        if self.units % _NUM_PARTS == 0:
            kernel = ops.cast(self.kernel, self.compute_dtype)
            shape = (-1, _NUM_PARTS, self.units // _NUM_PARTS)
            self._halves = ops.transpose(ops.reshape(kernel, shape), (1, 0, 2))

    def join(self) -> None:
        """Products are those with the kernel again."""
        self._halves = None


@contextlib.contextmanager
def in_halves(network: keras.Model) -> Iterator[None]:
    """Within, projections of a network multiply single rows by halves."""
    found = [
        each
        for each in network._flatten_layers()
        if isinstance(each, Projection)
    ]
    try:
        for each in found:
            each.halve()
        yield
    finally:
        for each in found:
            each.join()
