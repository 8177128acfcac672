"""What attention adds for the distance between two tokens.

    logits[i, j] = (query_i . key_j + query_i . distance_(i - j)) / sqrt(H)

A vector for each distance and head is learned; distances past the last share
its vector. All at once, the products with the vectors are skewed into place,
so that no [T, T, H] tensor is made.

Reference: Shaw et al. 2018, arXiv 1803.02155, Eq. 4; Huang et al. 2018, arXiv
1809.04281, section 3.4.1, for the skew.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_gen")
class RelativePositions(keras.layers.Layer):
    """Products of queries with the vectors of distances, before the scale.

    Args:
        num_heads: G, heads with vectors of their own.
        head_size: H.
        num_distances: M; i - j = M - 1 and more share a vector.
        initializer: of the vectors.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        num_heads: int,
        head_size: int,
        num_distances: int,
        initializer: Any = "glorot_uniform",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_heads = num_heads
        self.head_size = head_size
        self.num_distances = num_distances
        self.initializer = keras.initializers.get(initializer)

    def build(self, input_shape=None) -> None:
        self.vectors = self.add_weight(
            shape=(self.num_heads, self.num_distances, self.head_size),
            initializer=self.initializer,
            name="vectors",
        )

    def call(self, queries: Any) -> Any:
        """[B, G, R, T, H] -> [B, G, R, T, T]; only j <= i has a meaning."""
        length = ops.shape(queries)[3]
        groups = queries.shape[2]
        shape = (-1, self.num_heads, groups * length, self.head_size)
        flat = ops.reshape(queries, shape)
        falling = self._of(ops.arange(length - 1, -1, -1))  # [G, T, H]
        found = ops.matmul(flat, ops.transpose(falling, (0, 2, 1)))
        shape = (-1, self.num_heads, groups, length, length)
        return skewed(ops.reshape(found, shape))

    def step(self, queries: Any, index: Any, length: int) -> Any:
        """Queries [B, G, R, H] at an index -> [B, G, R, length].

        Args:
            queries: of one token of each row.
            index: its position, [B, 1], or [1, 1] where all are at one.
            length: of the cache of keys; those past the index have no meaning.
        """
        distances = ops.maximum(index - ops.arange(length), 0)  # [B, T]
        vectors = self._of(distances)  # [G, B, T, H]
        vectors = ops.transpose(vectors, (1, 0, 3, 2))
        return ops.matmul(queries, vectors)

    def _of(self, distances):
        last = self.num_distances - 1
        vectors = ops.cast(self.vectors, self.compute_dtype)
        return ops.take(vectors, ops.minimum(distances, last), axis=1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-2])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "num_heads": self.num_heads,
            "head_size": self.head_size,
            "num_distances": self.num_distances,
            "initializer": keras.initializers.serialize(self.initializer),
        }


def skewed(x: Any) -> Any:
    """[..., T, T] whose columns are distances T - 1 ... 0, by keys.

    Row i moves left by T - 1 - i: a column of zeros in front, read in rows one
    shorter, the first of which is left out.
    """
    length = ops.shape(x)[-1]
    lead = (-1, *x.shape[1:-2])
    x = ops.pad(x, [(0, 0)] * (len(x.shape) - 1) + [(1, 0)])
    x = ops.reshape(x, (*lead, length + 1, length))
    return x[..., 1:, :]
