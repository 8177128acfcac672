"""A frozen convolution by Winograd's algorithm, and its ReLU.

A gradient with respect to the maps alone is a convolution again, with the
kernel turned by half a turn: both kernels are transformed once, when the layer
takes them over.

Reference: Lavin and Gray 2015, arXiv 1509.09308.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.ops import custom_gradient, fused, winograd


@keras.saving.register_keras_serializable("keras_gen")
class WinogradConv2D(keras.layers.Layer):
    """[B, H, W, C] -> [B, H, W, filters], zeros around, strides 1.

    In graphs the size of maps must be known: XLA compiles the layer for it.

    Args:
        filters: of the output.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, filters: int, **options: Any) -> None:
        super().__init__(**(options | {"trainable": False}))
        self.filters = filters

    def build(self, input_shape) -> None:
        size, filters = input_shape[-1], self.filters
        # Its gradient knows of no weights that are trained.
        options = {"initializer": "zeros", "trainable": False}
        self.kernels, self.turned_kernels, self.bias = (
            self.add_weight(shape=shape, name=name, **options)
            for name, shape in (
                ("kernels", (16, size, filters)),
                ("turned_kernels", (16, filters, size)),
                ("bias", (filters,)),
            )
        )

    def take(self, layer: keras.layers.Conv2D) -> None:
        """Takes over the weights of a convolution of 3 x 3, `filters` wide."""
        kernel = ops.convert_to_tensor(layer.kernel)
        turned = ops.transpose(ops.flip(kernel, (0, 1)), (0, 1, 3, 2))
        self.kernels.assign(winograd.transformed(kernel))
        self.turned_kernels.assign(winograd.transformed(turned))
        self.bias.assign(layer.bias)

    def call(self, inputs: Any) -> Any:
        """[B, H, W, C] -> [B, H, W, filters]."""
        kernels, turned, bias = self.kernels, self.turned_kernels, self.bias

        @custom_gradient.custom_gradient
        def convolve(maps):
            result = _forward(maps, kernels, bias)
            return result, lambda given: _backward(given, result, turned)

        return convolve(inputs)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"filters": self.filters}


@fused.in_graphs
def _forward(maps, kernels, bias):
    return ops.relu(winograd.convolved(maps, kernels) + bias)


@fused.in_graphs
def _backward(upstream, result, turned):
    return winograd.convolved(ops.where(result > 0, upstream, 0.0), turned)
