"""Dropout of whole channels, in training and after it, by given keys.

A channel is dropped where its key lies below a threshold. The keys are numbers
of the row, so the same row drops the same channels on a server and on a phone,
whatever its batch mates.

Reference: Isola et al. 2016, arXiv 1611.07004, section 3.2.1, which leaves
dropout on in generated images too; of single numbers, not of channels.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gen")
class KeyedDropout(keras.layers.Layer):
    """Drops channels whose key is low; the others are scaled up.

    Args:
        rate: share of channels that are dropped.
        threshold: the keys' quantile at `rate`.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, rate: float, threshold: float, **options: Any) -> None:
        super().__init__(**options)
        self.rate = rate
        self.threshold = threshold

    def call(self, inputs: list) -> Any:
        """Maps [B, h, w, C] and keys [B, C] to maps [B, h, w, C]."""
        maps, keys = inputs
        kept = ops.cast(keys > self.threshold, maps.dtype)
        kept = kept / (1.0 - self.rate)
        return maps * kept[:, None, None, :]

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        own = {"rate": self.rate, "threshold": self.threshold}
        return super().get_config() | own
