"""The decoder-only transformer: the tokens before to the next one.

    embedding   a vector of each token
    block_0 ... tokens + attention(norm(tokens)), then
                tokens + feed(norm(tokens)), 4 D wide inside, with GELU
    norm_out    layer normalization
    logits      products with the embedding's vectors, or with others

Norm comes first, positions are rotary or relative, and no layer but the norms
has a bias. Weights are drawn from N(0, 0.02), those that end a block's branch
from one narrower by sqrt(2 layers).

Reference: Radford et al. 2019, "Language Models are Unsupervised Multitask
Learners", section 2.3; Press and Wolf 2016, arXiv 1608.05859, for tied vectors.
"""

import math
from typing import Any

import keras
from keras import ops

from keras_gen import layers
from keras_gen.networks import token_network

_FEED_FACTOR = 4
_EPSILON = 1e-5
# Of weights at the start.
STDDEV = 0.02


@keras.saving.register_keras_serializable("keras_gen")
class GPT(token_network.TokenNetwork):
    """tokens [B, T] int32 -> logits [B, T, V] of what follows each, float32.

    `step` does the same token by token, and is a StepFn.

    Args:
        vocabulary_size: V.
        width: D.
        num_layers: blocks.
        num_heads: N, of attention.
        num_key_heads: of keys and values; N where None.
        tied: whether logits are products with the embedding's vectors.
        num_distances: with vectors of their own, if positions are relative;
            rotary where 0.
        multi_hot: whether a token is many of V at once, [B, T, V] of 0 and 1.
        **options: of `keras.Model`.
    """

    def __init__(
        self,
        vocabulary_size: int,
        width: int = 128,
        num_layers: int = 4,
        num_heads: int = 4,
        num_key_heads: int | None = None,
        tied: bool = True,
        num_distances: int = 0,
        multi_hot: bool = False,
        **options: Any,
    ) -> None:
        sizes = {
            "vocabulary_size": vocabulary_size,
            "width": width,
            "num_layers": num_layers,
            "num_heads": num_heads,
            "num_key_heads": num_key_heads,
            "tied": tied,
            "num_distances": num_distances,
            "multi_hot": multi_hot,
        }
        dtype = options.get("dtype")
        norm_out = norm("norm_out", dtype)
        super().__init__(sizes, _normal(STDDEV), norm_out, **options)
        self.blocks = blocks_of(
            num_layers, num_heads, num_key_heads, dtype, num_distances
        )
        self.build((None, None))

    @property
    def inner_layers(self) -> list[keras.layers.Layer]:
        return self.blocks

    @property
    def num_masks(self) -> int:
        return 1 + 2 * len(self.blocks)

    def call(self, tokens: Any, masks: Any = None) -> Any:
        """tokens [B, T] and masks [B, M, D] or None -> logits [B, T, V]."""
        x = token_network.dropped(self.embedding(tokens), masks, 0)
        for index, block in enumerate(self.blocks):
            place = 1 + 2 * index
            own = None if masks is None else masks[:, place : place + 2]
            x = block(x, own)
        return self.logits_of(x)

    def step(self, tokens: Any, state: dict[str, Any]) -> tuple[Any, Any]:
        """A StepFn: tokens [B] -> logits [B, V] of the next one.

        Args:
            tokens: [B] int32.
            state: of `initial_state`, or of the step before.
        """
        index = state["index"]
        x = self.embedding(tokens)  # [B, D]
        caches = []
        for block, cache in zip(self.blocks, state["caches"], strict=True):
            x, cache = block.step(x, index, cache)
            caches.append(cache)
        return self.logits_of(x), {"index": index + 1, "caches": caches}

    def initial_state(
        self, num_rows: Any, length: int, together: bool = False
    ) -> dict[str, Any]:
        """Before the first token, with room for `length` tokens.

        Args:
            num_rows: B.
            length: T.
            together: whether all rows are always at one position and stay
                where they are, as in drawing and unlike in beams. It is
                faster, under XLA much so; then `index` is no row's own.
        """
        shape = () if together else (num_rows,)
        caches = [
            block.attention.empty_cache(num_rows, length, together)
            for block in self.blocks
        ]
        return {"index": ops.zeros(shape, "int32"), "caches": caches}


def blocks_of(
    num_layers: int,
    num_heads: int,
    num_key_heads: int | None,
    dtype: Any,
    num_distances: int = 0,
) -> list[keras.layers.Layer]:
    """Blocks with `call` for a row and `step` for one token of it."""
    stddev = STDDEV / math.sqrt(2 * num_layers)
    return [
        _Block(
            num_heads,
            num_key_heads,
            num_distances,
            stddev,
            dtype=dtype,
            name=f"block_{index}",
        )
        for index in range(num_layers)
    ]


@keras.saving.register_keras_serializable("keras_gen")
class _Block(keras.layers.Layer):
    """Attention and two dense layers, each beside what comes in."""

    def __init__(
        self, num_heads, num_key_heads, num_distances, stddev, **options
    ):
        super().__init__(**options)
        dtype = self.dtype_policy
        self.attention = layers.CausalAttention(
            num_heads,
            num_key_heads,
            _normal(STDDEV),
            _normal(stddev),
            num_distances,
            dtype=dtype,
            name="attention",
        )
        self.norm = norm("norm", dtype)
        self.feed = Feed(stddev, dtype=dtype, name="feed")

    def build(self, input_shape):
        for each in (self.norm, self.attention, self.feed):
            each.build(input_shape)

    def call(self, x, masks=None):
        """[B, T, D] -> [B, T, D], with masks [B, 2, D] of both branches."""
        found = self.attention(self.norm(x))
        x = x + token_network.dropped(found, masks, 0)
        return x + token_network.dropped(self.feed(x), masks, 1)

    def step(self, x, index, cache):
        """[B, D] and the cache -> the same."""
        found, cache = self.attention.step(self.norm(x), index, cache)
        x = x + found
        return x + self.feed(x), cache

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable("keras_gen")
class Feed(keras.layers.Layer):
    """Normalization and two dense layers: [..., D] -> [..., D].

    Args:
        stddev: of the last weights at the start.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, stddev: float, **options: Any) -> None:
        super().__init__(**options)
        self.stddev = stddev

    def build(self, input_shape) -> None:
        width, dtype = input_shape[-1], self.dtype_policy
        self.norm = norm("norm", dtype)
        self.into = _dense(_FEED_FACTOR * width, "into", STDDEV, dtype)
        self.out = _dense(width, "out", self.stddev, dtype)
        self.norm.build(input_shape)
        self.into.build(input_shape)
        self.out.build((*input_shape[:-1], _FEED_FACTOR * width))

    def call(self, x: Any) -> Any:
        """[..., D] -> [..., D]."""
        return self.out(keras.activations.gelu(self.into(self.norm(x))))

    def compute_output_shape(self, input_shape):
        return input_shape


def norm(name: str, dtype: Any) -> keras.layers.Layer:
    """Layer normalization without a shift."""
    return keras.layers.LayerNormalization(
        epsilon=_EPSILON, center=False, dtype=dtype, name=name
    )


def _dense(size, name, stddev, dtype):
    return layers.Projection(
        size,
        kernel_initializer=_normal(stddev),
        dtype=dtype,
        name=name,
    )


def _normal(stddev):
    return keras.initializers.RandomNormal(stddev=stddev)
