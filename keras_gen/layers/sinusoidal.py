"""Cosines and sines of a number at many frequencies.

    [cos(x w_0), ..., cos(x w_n), sin(x w_0), ..., sin(x w_n)]
    w_i = max_period ** (-i / (n + 1)),  n + 1 = size / 2

Cosines come first and the last frequency stays above 1 / max_period, as in
Stable Diffusion.

Reference: Vaswani et al. 2017, arXiv 1706.03762, section 3.5; Ho et al. 2020,
arXiv 2006.11239, appendix B.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gen")
class SinusoidalEmbedding(keras.layers.Layer):
    """Numbers as vectors. Computed in float32 whatever the policy.

    Args:
        size: of a vector; even.
        max_period: 2 pi times this is the longest period.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self, size: int, max_period: float = 10000.0, **options: Any
    ) -> None:
        # bfloat16 tells no 1000th step from the 998th.
        super().__init__(**{"autocast": False} | options)
        if size < 2 or size % 2:
            raise ValueError(
                "`size` must be even: half of it are cosines, half sines. "
                f"Received {size}."
            )
        self.size = size
        self.max_period = max_period

    def call(self, inputs: Any) -> Any:
        """[B] -> [B, size]."""
        half = self.size // 2
        frequencies = [self.max_period ** (-i / half) for i in range(half)]
        frequencies = ops.convert_to_tensor(frequencies, "float32")
        angles = ops.cast(inputs, "float32")[:, None] * frequencies
        waves = ops.concatenate([ops.cos(angles), ops.sin(angles)], axis=-1)
        return ops.cast(waves, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.size)

    def get_config(self) -> dict[str, Any]:
        own = {"size": self.size, "max_period": self.max_period}
        return super().get_config() | own
