"""The text encoder of CLIP: a causal transformer over tokens.

    embedding   token_embedding + position_embedding
    block_0 ... tokens + attention(norm(tokens)), each to those before it, then
                tokens + feed(norm(tokens)), 4 D wide inside, with quick_gelu
    norm_out    layer normalization

All vectors are returned: they are the context of Stable Diffusion's U-Net. The
defaults are its encoder, that of CLIP ViT-L/14: 123,060,480 parameters.

Reference: Radford et al. 2021, arXiv 2103.00020, section 2.4; Rombach et al.
2021, arXiv 2112.10752.
"""

import dataclasses
from typing import Any

import keras

from keras_gen import layers

_FEED_FACTOR = 4
_EPSILON = 1e-5


def clip_text_encoder(
    vocabulary_size: int = 49408,
    length: int = 77,
    width: int = 768,
    num_layers: int = 12,
    num_heads: int = 12,
    *,
    dtype: Any = None,
    name: str = "clip_text_encoder",
) -> keras.Model:
    """Texts, as tokens, to a vector of each token.

    Args:
        vocabulary_size: V.
        length: T, tokens of a text.
        width: D.
        num_layers: blocks.
        num_heads: N, of attention; must divide `width`.
        dtype: Keras precision policy; the output is float32 all the same.
        name: of the network.

    Returns:
        tokens [B, T] int32 below V -> [B, T, D] float32, normalized.

    Raises:
        ValueError: for heads that do not divide the width.
    """
    if num_heads < 1 or width % num_heads:
        raise ValueError(
            f"`num_heads` must divide `width`. Received num_heads={num_heads} "
            f"and width={width}: choose a divisor."
        )
    blocks = _Blocks(width, num_heads, dtype)
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    embedding = keras.layers.Embedding(
        vocabulary_size,
        width,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=0.02),
        dtype=dtype,
        name="token_embedding",
    )
    positions = layers.PositionEmbedding(
        length, dtype=dtype, name="position_embedding"
    )
    x = positions(embedding(tokens))  # [B, T, D]
    for index in range(num_layers):
        x = blocks.attended(x, f"block_{index}_self")
        x = blocks.fed(x, f"block_{index}_feed")
    x = blocks.normalized(x, "norm_out")
    x = keras.layers.Activation("linear", dtype="float32", name="output")(x)
    return keras.Model(tokens, x, name=name)


@dataclasses.dataclass(frozen=True)
class _Blocks:
    """Blocks that share what does not change from one to the next."""

    width: int
    num_heads: int
    dtype: Any

    def attended(self, x: Any, name: str) -> Any:
        """Each token [B, T, D] beside what it found in those before it."""
        heads = self.num_heads, self.width // self.num_heads
        read = layers.KeysValues(
            *heads, use_bias=True, dtype=self.dtype, name=f"{name}_keys_values"
        )
        attention = layers.Attention(
            *heads,
            use_bias=True,
            causal=True,
            dtype=self.dtype,
            name=f"{name}_attention",
        )
        normal = self.normalized(x, f"{name}_norm")
        return self._sum(name, x, attention(normal, read(normal)))

    def fed(self, x: Any, name: str) -> Any:
        """Each token [B, T, D] beside two dense layers of it."""
        gelu = keras.layers.Activation(
            layers.quick_gelu, dtype=self.dtype, name=f"{name}_gelu"
        )
        y = self.normalized(x, f"{name}_norm")
        y = gelu(self._dense(_FEED_FACTOR * self.width, f"{name}_in")(y))
        return self._sum(name, x, self._dense(self.width, f"{name}_out")(y))

    def normalized(self, x: Any, name: str) -> Any:
        """Layer normalization of [B, T, D]."""
        return keras.layers.LayerNormalization(
            epsilon=_EPSILON, dtype=self.dtype, name=name
        )(x)

    def _dense(self, size: int, name: str) -> keras.layers.Layer:
        return keras.layers.Dense(size, dtype=self.dtype, name=name)

    def _sum(self, name: str, *parts: Any) -> Any:
        return keras.layers.Add(dtype=self.dtype, name=f"{name}_sum")(parts)
