"""Layer normalization whose operations XLA may fuse.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta

Reference: Ba et al. 2016, arXiv 1607.06450, Eq. 4.
"""

import functools
from typing import Any

import keras
from keras import ops

from keras_gen.ops import fused


@keras.saving.register_keras_serializable("keras_gen")
class LayerNorm(keras.layers.LayerNormalization):
    """As `keras.layers.LayerNormalization` over the last axis, but faster.

    Args:
        epsilon: added to the variance.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, epsilon: float = 1e-3, **options: Any) -> None:
        super().__init__(epsilon=epsilon, **options)

    def call(self, inputs: Any) -> Any:
        """[B, ..., C] -> [B, ..., C]."""
        return _normalizing(self.epsilon)(inputs, self.gamma, self.beta)

    def get_config(self) -> dict[str, Any]:
        own = {"epsilon": self.epsilon}
        return keras.layers.Layer.get_config(self) | own


@functools.cache
def _normalizing(epsilon):
    """(maps [B, ..., C], gamma [C], beta [C]) -> maps, in float32 within."""

    @fused.fused
    def normalize(maps, gamma, beta):
        x, gamma, beta = (
            ops.cast(each, "float32") for each in (maps, gamma, beta)
        )
        mean, variance = ops.moments(x, axes=[-1], keepdims=True)
        scale = ops.rsqrt(variance + epsilon) * gamma
        return ops.cast(x * scale + (beta - mean * scale), maps.dtype)

    return normalize
