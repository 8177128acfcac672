"""Layer normalization whose scale and shift come from outside.

    y = (1 + scale) (x - mean) / sqrt(variance + epsilon) + shift

with mean and variance of each token. Scale and shift of a row are computed from
what the row is told, such as its time and class: at 0 it only normalizes.

All of it is float32 whatever the policy: bfloat16 would round 1 + scale.

Reference: Perez et al. 2017, arXiv 1709.07871; Peebles and Xie 2022, arXiv
2212.09748, section 3.2.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gen")
class AdaptiveNorm(keras.layers.Layer):
    """Normalizes tokens, then scales and shifts them as it is told.

    Args:
        epsilon: added to the variance.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, epsilon: float = 1e-6, **options: Any) -> None:
        super().__init__(**options)
        self.epsilon = epsilon

    def call(self, inputs: list) -> Any:
        """Tokens [B, T, D], shift and scale [B, 1, D] to tokens [B, T, D]."""
        tokens, shift, scale = (ops.cast(x, "float32") for x in inputs)
        mean, variance = ops.moments(tokens, axes=-1, keepdims=True)
        normal = (tokens - mean) * ops.rsqrt(variance + self.epsilon)
        return ops.cast((1.0 + scale) * normal + shift, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"epsilon": self.epsilon}
