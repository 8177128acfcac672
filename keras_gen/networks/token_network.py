"""What networks of tokens share: vectors of tokens in, logits of tokens out.

    embedding   a vector of each token
    ...         what the network is about
    norm_out    layer normalization
    logits      products with the embedding's vectors, or with others

Dropout is by given masks: a number of each row and channel, the same for all
tokens, so that a recurrence forgets nothing it was to keep.

Reference: Press and Wolf 2016, arXiv 1608.05859, for tied vectors; Gal and
Ghahramani 2016, arXiv 1512.05287, for masks that do not change with time.
"""

from typing import Any

import keras
from keras import ops

from keras_gen import layers


class TokenNetwork(keras.Model):
    """tokens [B, T] int32 -> logits [B, T, V] of what follows each, float32.

    `step` does the same token by token, and is a StepFn.

    Args:
        sizes: arguments of the subclass, V (`vocabulary_size`), D (`width`)
            and `tied` among them; where `multi_hot` is, a token is many of V
            at once, [B, T, V] of 0 and 1, and so is what follows.
        initializer: of the vectors.
        norm_out: the last layer, built here.
        **options: of `keras.Model`.
    """

    def __init__(
        self,
        sizes: dict[str, Any],
        initializer: Any,
        norm_out: keras.layers.Layer,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._sizes = sizes
        embedding = keras.layers.ReversibleEmbedding
        if sizes.get("multi_hot"):
            embedding = layers.MultiHotEmbedding
        self.embedding = embedding(
            sizes["vocabulary_size"],
            sizes["width"],
            tie_weights=sizes["tied"],
            embeddings_initializer=initializer,
            dtype=self.dtype_policy,
            name="embedding",
        )
        self.norm_out = norm_out

    @property
    def num_masks(self) -> int:
        """Places where dropout may be."""
        raise NotImplementedError(f"{type(self).__name__}.num_masks")

    def build(self, input_shape) -> None:
        if self.built:
            return
        self.embedding.build((None, None))
        for each in (*self.inner_layers, self.norm_out):
            each.build((None, None, self._sizes["width"]))
        self.built = True

    @property
    def inner_layers(self) -> list[keras.layers.Layer]:
        """Between the vectors and the last norm, each as wide as they are."""
        raise NotImplementedError(f"{type(self).__name__}.inner_layers")

    def logits_of(self, x: Any) -> Any:
        """[..., D] -> [..., V] float32."""
        found = self.embedding(self.norm_out(x), reverse=True)
        return ops.cast(found, "float32")

    def compute_output_shape(self, input_shape):
        if self._sizes.get("multi_hot"):
            return tuple(input_shape)
        return (*input_shape, self._sizes["vocabulary_size"])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | self._sizes


def dropped(x: Any, masks: Any, index: int) -> Any:
    """x [B, T, D] times the mask of that index of [B, M, D], if any."""
    if masks is None:
        return x
    return x * ops.cast(masks[:, None, index], x.dtype)
