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
_STDDEV = 0.02


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
        norm_out = _norm("norm_out", dtype)
        super().__init__(sizes, _normal(_STDDEV), norm_out, **options)
        self.blocks = [
            _Block(
                num_heads,
                num_key_heads,
                num_distances,
                _STDDEV / math.sqrt(2 * num_layers),
                dtype=dtype,
                name=f"block_{index}",
            )
            for index in range(num_layers)
        ]
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
            together: whether all rows are always at one position, which is
                faster, under XLA much so; then `index` is no row's own.
        """
        shape = () if together else (num_rows,)
        caches = [
            block.attention.empty_cache(num_rows, length)
            for block in self.blocks
        ]
        return {"index": ops.zeros(shape, "int32"), "caches": caches}


@keras.saving.register_keras_serializable("keras_gen")
class _Block(keras.layers.Layer):
    """Attention and two dense layers, each beside what comes in."""

    def __init__(
        self, num_heads, num_key_heads, num_distances, stddev, **options
    ):
        super().__init__(**options)
        dtype = self.dtype_policy
        self.stddev = stddev
        self.attention = layers.CausalAttention(
            num_heads,
            num_key_heads,
            _normal(_STDDEV),
            _normal(stddev),
            num_distances,
            dtype=dtype,
            name="attention",
        )
        self.norms = [_norm(f"norm_{index}", dtype) for index in range(2)]

    def build(self, input_shape):
        width, dtype = input_shape[-1], self.dtype_policy
        self.feed_in = _dense(_FEED_FACTOR * width, "feed_in", _STDDEV, dtype)
        self.feed_out = _dense(width, "feed_out", self.stddev, dtype)
        self.feed_in.build(input_shape)
        self.feed_out.build((*input_shape[:-1], _FEED_FACTOR * width))
        for each in (self.attention, *self.norms):
            each.build(input_shape)

    def call(self, x, masks=None):
        """[B, T, D] -> [B, T, D], with masks [B, 2, D] of both branches."""
        found = self.attention(self.norms[0](x))
        return self._fed(x + token_network.dropped(found, masks, 0), masks)

    def step(self, x, index, cache):
        """[B, D] and the cache -> the same."""
        found, cache = self.attention.step(self.norms[0](x), index, cache)
        return self._fed(x + found), cache

    def compute_output_shape(self, input_shape):
        return input_shape

    def _fed(self, x, masks=None):
        inner = keras.activations.gelu(self.feed_in(self.norms[1](x)))
        return x + token_network.dropped(self.feed_out(inner), masks, 1)


def _norm(name, dtype):
    return keras.layers.LayerNormalization(
        epsilon=_EPSILON, center=False, dtype=dtype, name=name
    )


def _dense(size, name, stddev, dtype):
    return keras.layers.Dense(
        size,
        use_bias=False,
        kernel_initializer=_normal(stddev),
        dtype=dtype,
        name=name,
    )


def _normal(stddev):
    return keras.initializers.RandomNormal(stddev=stddev)
