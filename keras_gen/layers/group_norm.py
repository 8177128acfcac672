"""Group normalization from sums of channels.

    y = activation(gamma (x - mean) / sqrt(variance + epsilon) + beta)

with mean and variance of a group of channels over all positions of one image.
Keras computes this in the shape of groups, which takes twice the time on CPU.
Here positions are summed first, which leaves numbers for each channel; groups
and parameters meet there, and the maps see *one* scale and shift of [B, C].

All of it is float32 whatever the policy, the activation too: bfloat16 would
round the shift of maps whose mean is far from zero, and the gradient of a
sigmoid takes longer in it on CPU. Maps are read in and rounded once.

Reference: Wu and He 2018, arXiv 1803.08494, Eq. 1, 7 and 8.
"""

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gen")
class GroupNorm(keras.layers.Layer):
    """As `keras.layers.GroupNormalization` over the last axis, but faster.

    Args:
        num_groups: of channels; must divide their number.
        epsilon: added to the variance.
        activation: of what is normalized, a name or function; None for none.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        num_groups: int = 32,
        epsilon: float = 1e-5,
        activation: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_groups = num_groups
        self.epsilon = epsilon
        self.activation = keras.activations.get(activation)

    def build(self, input_shape) -> None:
        size = input_shape[-1]
        if self.num_groups < 1 or size % self.num_groups:
            raise ValueError(
                "`num_groups` must divide the number of channels. Received "
                f"num_groups={self.num_groups} for {size} channels: choose a "
                "divisor of it."
            )
        self.gamma, self.beta = (
            self.add_weight(
                shape=(size,), initializer=start, autocast=False, name=name
            )
            for name, start in (("gamma", "ones"), ("beta", "zeros"))
        )

    def call(self, inputs: Any) -> Any:
        """[B, ..., C] -> [B, ..., C]."""
        maps, gamma, beta = (
            ops.cast(x, "float32") for x in (inputs, self.gamma, self.beta)
        )
        sums, squares, count = _sums(maps)
        size = maps.shape[-1] // self.num_groups
        mean, variance = self._moments(sums, squares, count * size)
        scale = ops.rsqrt(variance + self.epsilon) * self._groups(gamma)
        shift = self._groups(beta) - mean * scale  # [B, G, C / G]
        maps = self.activation(_affine(maps, scale, shift))
        return ops.cast(maps, inputs.dtype)

    def _groups(self, channels):
        """[..., C] as [-1, G, C / G]."""
        size = channels.shape[-1] // self.num_groups
        return ops.reshape(channels, (-1, self.num_groups, size))

    def _moments(self, sums, squares, count):
        """Mean and variance of groups, [B, G, 1], from sums of channels."""
        mean, mean_square = (
            ops.sum(self._groups(x), axis=-1, keepdims=True) / count
            for x in (sums, squares)
        )
        # Rounding may make it negative where all are equal.
        return mean, ops.maximum(mean_square - ops.square(mean), 0.0)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = {
            "num_groups": self.num_groups,
            "epsilon": self.epsilon,
            "activation": keras.activations.serialize(self.activation),
        }
        return super().get_config() | own


def _sums(maps):
    """Sums of maps [B, ..., C] and of their squares, [B, C], and of how many.

    Sums, not means: the gradient of a mean divides whole maps.
    """
    axes = tuple(range(1, len(maps.shape) - 1))
    if not axes:
        return maps, ops.square(maps), 1.0
    count = math.prod(ops.shape(maps)[axis] for axis in axes)
    sums, squares = ops.sum(maps, axes), ops.sum(ops.square(maps), axes)
    return sums, squares, ops.cast(count, "float32")


def _affine(maps, scale, shift):
    """Maps [B, ..., C] times scale plus shift, which are [B, G, C / G]."""
    ones = (1,) * (len(maps.shape) - 2)
    scale, shift = (
        ops.reshape(x, (-1, *ones, maps.shape[-1])) for x in (scale, shift)
    )
    return maps * scale + shift
