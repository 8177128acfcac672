"""Positions of tokens, learned: a vector for each is added.

Reference: Gehring et al. 2017, arXiv 1705.03122, section 3.1; Radford et al.
2021, arXiv 2103.00020, for CLIP.
"""

from typing import Any

import keras


@keras.saving.register_keras_serializable("keras_gen")
class PositionEmbedding(keras.layers.Layer):
    """Tokens [B, T, D] beside where they are, [B, T, D].

    Args:
        length: the longest T.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, length: int, **options: Any) -> None:
        super().__init__(**options)
        self.length = length

    def build(self, input_shape) -> None:
        if input_shape[1] is not None and input_shape[1] > self.length:
            raise ValueError(
                "`length` must be that of the longest row. Received "
                f"length={self.length} for rows of {input_shape[1]} tokens: "
                "cut them, or choose a larger one."
            )
        self.embeddings = self.add_weight(
            shape=(self.length, input_shape[-1]),
            initializer=keras.initializers.RandomNormal(stddev=0.01),
            name="embeddings",
        )

    def call(self, inputs: Any) -> Any:
        """[B, T, D] -> [B, T, D]."""
        return inputs + self.embeddings[: keras.ops.shape(inputs)[1]]

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"length": self.length}
