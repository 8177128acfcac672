"""Many of V at once, such as the keys of a piano: into a vector, and back.

It stands where `keras.layers.ReversibleEmbedding` stands for one of V.
"""

from typing import Any

import keras
from keras import ops

# Of logits: few of many are there.
_START = -3.0


@keras.saving.register_keras_serializable("keras_gen")
class MultiHotEmbedding(keras.layers.Layer):
    """[..., V] of 0 and 1 -> [..., D]; reversed [..., D] -> logits [..., V].

    Args:
        input_dim: V.
        output_dim: D.
        tie_weights: whether both ways have the same vectors.
        embeddings_initializer: of the vectors.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Any = "glorot_uniform",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.tie_weights = tie_weights
        get = keras.initializers.get
        self.embeddings_initializer = get(embeddings_initializer)

    def build(self, input_shape=None) -> None:
        size = (self.input_dim, self.output_dim)
        vectors = self.embeddings_initializer
        self.embeddings = self.add_weight(
            shape=size, initializer=vectors, name="embeddings"
        )
        self.reverse_embeddings = self.embeddings
        if not self.tie_weights:
            again = type(vectors).from_config(
                vectors.get_config() | {"seed": None}
            )  # The same one would draw the same numbers.
            self.reverse_embeddings = self.add_weight(
                shape=size, initializer=again, name="reverse_embeddings"
            )
        self.bias = self.add_weight(
            shape=(self.output_dim,), initializer="zeros", name="bias"
        )
        self.reverse_bias = self.add_weight(
            shape=(self.input_dim,),
            initializer=keras.initializers.Constant(_START),
            name="reverse_bias",
        )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Vectors of what is there; or logits of what may be."""
        x = ops.cast(inputs, self.compute_dtype)
        if reverse:
            kernel = ops.transpose(self.reverse_embeddings)
            return ops.matmul(x, kernel) + self.reverse_bias
        return ops.matmul(x, self.embeddings) + self.bias

    def compute_output_shape(self, input_shape, reverse=False):
        size = self.input_dim if reverse else self.output_dim
        return (*input_shape[:-1], size)

    def get_config(self) -> dict[str, Any]:
        start = keras.initializers.serialize(self.embeddings_initializer)
        return super().get_config() | {
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "tie_weights": self.tie_weights,
            "embeddings_initializer": start,
        }
