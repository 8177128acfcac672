"""The transformer from one row of tokens to another.

    encoder_0 ...   source + attention(norm(source)), then two dense layers
    cross_0 ...     tokens + attention(norm(tokens), source), then
    block_0 ...     the block of `gpt`: what came before, and two dense layers
    norm_out        layer normalization
    logits          products with the embedding's vectors, or with others

Positions of both rows are learned, and added once; in the blocks they are
rotary, too.

Differs from the paper: norms come first, and a layer of the decoder looks at
the source before it looks at its own tokens.

Reference: Vaswani et al. 2017, arXiv 1706.03762, section 3.1.
"""

from typing import Any

import keras
from keras import ops

from keras_gen import layers
from keras_gen.networks import gpt, token_network


@keras.saving.register_keras_serializable("keras_gen")
class EncoderDecoder(token_network.TokenNetwork):
    """source [B, S] and tokens [B, T] -> logits [B, T, V] of what follows.

    Args:
        vocabulary_size: V, of both rows.
        width: D.
        num_layers: of the encoder, and of the decoder.
        num_heads: N, of all attention.
        source_length: the longest S.
        length: the longest T.
        tied: whether logits are products with the embedding's vectors.
        **options: of `keras.Model`.
    """

    def __init__(
        self,
        vocabulary_size: int,
        width: int = 128,
        num_layers: int = 2,
        num_heads: int = 4,
        source_length: int = 64,
        length: int = 64,
        tied: bool = True,
        **options: Any,
    ) -> None:
        sizes = {
            "vocabulary_size": vocabulary_size,
            "width": width,
            "num_layers": num_layers,
            "num_heads": num_heads,
            "source_length": source_length,
            "length": length,
            "tied": tied,
        }
        dtype = options.get("dtype")
        start = keras.initializers.RandomNormal(stddev=gpt.STDDEV)
        norm_out = gpt.norm("norm_out", dtype)
        super().__init__(sizes, start, norm_out, **options)
        self.places = [
            layers.PositionEmbedding(source_length, dtype=dtype, name="places"),
            layers.PositionEmbedding(length, dtype=dtype, name="positions"),
        ]
        self.encoder, self.crosses = (
            [
                _Looking(num_heads, feeds, dtype=dtype, name=f"{name}_{index}")
                for index in range(num_layers)
            ]
            for name, feeds in (("encoder", True), ("cross", False))
        )
        self.blocks = gpt.blocks_of(num_layers, num_heads, None, dtype)
        self.norm_in = gpt.norm("norm_in", dtype)
        self.build((None, None))

    @property
    def inner_layers(self) -> list[keras.layers.Layer]:
        every = (*self.places, *self.encoder, *self.crosses, *self.blocks)
        return [*every, self.norm_in]

    @property
    def num_masks(self) -> int:
        return 2 + 2 * len(self.blocks)

    def encode(self, source: Any, inside: Any, masks: Any = None) -> list:
        """What a decoder looks at, of each layer: keys and values.

        Args:
            source: [B, S] int32.
            inside: [B, S] bool, which tokens there are.
            masks: [B, M, D] of dropout, or None.
        """
        x = self.places[0](self.embedding(source))
        x = token_network.dropped(x, masks, 0)
        for layer in self.encoder:
            x = layer(x, layer.keys_values(layer.norm(x)), inside)
        x = self.norm_in(x)
        return [cross.keys_values(x) for cross in self.crosses]

    def call(
        self, source: Any, inside: Any, tokens: Any, masks: Any = None
    ) -> Any:
        """Logits [B, T, V] of what follows each of the tokens [B, T]."""
        memory = self.encode(source, inside, masks)
        x = self.places[1](self.embedding(tokens))
        x = token_network.dropped(x, masks, 1)
        for index, (cross, block) in enumerate(
            zip(self.crosses, self.blocks, strict=True)
        ):
            place = 2 + 2 * index
            own = None if masks is None else masks[:, place : place + 2]
            x = block(cross(x, memory[index], inside), own)
        return self.logits_of(x)

    def step(self, tokens: Any, state: dict[str, Any]) -> tuple[Any, Any]:
        """A StepFn: tokens [B] -> logits [B, V] of the next one."""
        index, inside = state["index"], state["inside"] > 0
        x = self.embedding(tokens)
        places = ops.take(self.places[1].embeddings, index, axis=0)
        x = x + ops.cast(places, x.dtype)
        caches = []
        for cross, block, memory, cache in zip(
            self.crosses,
            self.blocks,
            state["memory"],
            state["caches"],
            strict=True,
        ):
            x = cross(x[:, None], memory, inside)[:, 0]
            x, cache = block.step(x, index, cache)
            caches.append(cache)
        after = {"index": index + 1, "caches": caches}
        return self.logits_of(x), state | after

    def initial_state(self, memory: list, inside: Any, length: int) -> dict:
        """Before the first token, with room for `length` tokens."""
        rows = ops.shape(inside)[0]
        return {
            "index": ops.zeros((rows,), "int32"),
            "inside": ops.cast(inside, "int32"),
            "memory": memory,
            "caches": [
                block.attention.empty_cache(rows, length)
                for block in self.blocks
            ],
        }


@keras.saving.register_keras_serializable("keras_gen")
class _Looking(keras.layers.Layer):
    """Attention to keys and values, and dense layers if it is to think."""

    def __init__(self, num_heads, feeds, **options):
        super().__init__(**options)
        self.num_heads, self.feeds = num_heads, feeds

    def build(self, input_shape):
        width, dtype = input_shape[-1], self.dtype_policy
        size = width // self.num_heads
        heads = {"num_heads": self.num_heads, "head_size": size, "dtype": dtype}
        self.keys_values = layers.KeysValues(**heads, name="keys_values")
        self.attention = layers.Attention(**heads, name="attention")
        self.norm = gpt.norm("norm", dtype)
        self.keys_values.build(input_shape)
        shapes = self.keys_values.compute_output_shape(input_shape)
        self.attention.build(input_shape, shapes)
        self.norm.build(input_shape)
        if self.feeds:
            self.feed = gpt.Feed(gpt.STDDEV, dtype=dtype, name="feed")
            self.feed.build(input_shape)

    def call(self, x, keys_values, inside):
        """[B, T, D] -> [B, T, D]."""
        x = x + self.attention(self.norm(x), keys_values, inside)
        return x + self.feed(x) if self.feeds else x

    def compute_output_shape(self, input_shape, *_):
        return input_shape
