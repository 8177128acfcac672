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

import functools
import math
from typing import Any

import keras
from keras import ops

from keras_gen.ops import custom_gradient, fused


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
        normalize = _activated(self.num_groups, self.epsilon, self.activation)
        return normalize(inputs, self.gamma, self.beta)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = {
            "num_groups": self.num_groups,
            "epsilon": self.epsilon,
            "activation": keras.activations.serialize(self.activation),
        }
        return super().get_config() | own


@functools.cache
def _activated(num_groups, epsilon, activation):
    """(maps [B, ..., C], gamma [C], beta [C]) -> maps, in float32 within."""
    normalize = _normalizing(num_groups, epsilon)

    @fused.fused
    def activated(maps, gamma, beta):
        given = (ops.cast(x, "float32") for x in (maps, gamma, beta))
        return ops.cast(activation(normalize(*given)), maps.dtype)

    return activated


def _normalizing(num_groups, epsilon):
    """(maps [B, ..., C], gamma [C], beta [C]) -> maps, with its gradient.

    The gradient too is two sums of positions, and one affine map of the maps:

        dx = r (gamma dy - mean(gamma dy) - z mean(gamma dy z)), z = (x - m) r

    with means over a group. By itself, TensorFlow would spread the gradients
    of both sums over the maps and add up three of them.
    """

    @custom_gradient.custom_gradient
    def normalize(maps, gamma, beta):
        sums, count = _sums(maps)
        both = sums, _sums(ops.square(maps))[0]
        mean, square = _group_means(both, count, num_groups)
        # Rounding may make it negative where all are equal.
        variance = ops.maximum(square - ops.square(mean), 0.0)
        rate = ops.rsqrt(variance + epsilon)  # [B, C], as all of these.
        scale = rate * gamma
        found = _affine(maps, scale, beta - mean * scale)

        def gradient(upstream):
            down, _ = _sums(upstream)
            slope = rate * (_sums(upstream * maps)[0] - mean * down)
            both = gamma * down, gamma * slope
            level, tilt = _group_means(both, count, num_groups)
            shift = rate * (rate * mean * tilt - level)
            along = _affine(maps, -ops.square(rate) * tilt, shift)
            return (
                _affine(upstream, scale, along),
                ops.sum(slope, axis=0),
                ops.sum(down, axis=0),
            )

        return found, gradient

    return normalize


def _sums(maps):
    """Sums of maps [B, ..., C] over positions, [B, C], and of how many."""
    axes = tuple(range(1, len(maps.shape) - 1))
    if not axes:
        return maps, 1.0
    count = math.prod(ops.shape(maps)[axis] for axis in axes)
    return ops.sum(maps, axes), ops.cast(count, "float32")


def _group_means(both, count, num_groups):
    """Means of groups, of two sums of channels [B, C], at each channel."""
    channels = both[0].shape[-1]
    size = channels // num_groups
    groups = ops.reshape(ops.stack(both), (2, -1, num_groups, size))
    means = ops.sum(groups, axis=-1, keepdims=True) / (count * size)
    # `ops.repeat` is 26 operations of TensorFlow.
    spread = means + ops.zeros_like(groups)
    return ops.unstack(ops.reshape(spread, (2, -1, channels)), 2)


def _affine(maps, scale, shift):
    """Maps [B, ..., C] times scale [B, C] plus shift, [B, C] or maps."""
    between = (1,) * (len(maps.shape) - 2)

    def spread(each):
        if len(each.shape) == len(maps.shape):
            return each
        return ops.reshape(each, (-1, *between, maps.shape[-1]))

    return maps * spread(scale) + spread(shift)
