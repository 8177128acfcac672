"""The recurrent network from one row of tokens to another, with attention.

    forward, backward   the source, read from both ends by an LSTM or a GRU
    decoder             an LSTM or a GRU over the tokens, which starts from
                        where the readers ended
    attention           what of the source goes with where the decoder is
    norm_out            layer normalization of both together
    logits              products with the embedding's vectors, or with others

Attention is by products, after the decoder, so that training reads all tokens
at once.

Reference: Bahdanau et al. 2014, arXiv 1409.0473; Luong et al. 2015, arXiv
1508.04025, section 3, without what feeds attention back.
"""

from typing import Any

import keras
from keras import ops

from keras_gen import layers
from keras_gen.networks import recurrent, token_network


@keras.saving.register_keras_serializable("keras_gen")
class RecurrentEncoderDecoder(token_network.TokenNetwork):
    """source [B, S] and tokens [B, T] -> logits [B, T, V] of what follows.

    Args:
        vocabulary_size: V, of both rows.
        width: D.
        cell: "lstm" or "gru".
        tied: whether logits are products with the embedding's vectors.
        **options: of `keras.Model`.
    """

    def __init__(
        self,
        vocabulary_size: int,
        width: int = 128,
        cell: str = "lstm",
        tied: bool = True,
        **options: Any,
    ) -> None:
        sizes = {
            "vocabulary_size": vocabulary_size,
            "width": width,
            "cell": cell,
            "tied": tied,
        }
        dtype = options.get("dtype")
        start = keras.initializers.RandomNormal(stddev=width**-0.5)
        norm_out = recurrent.norm("norm_out", dtype)
        super().__init__(sizes, start, norm_out, **options)
        self.readers = [
            recurrent.layer_of(cell, width, name, dtype, go_backwards=backwards)
            for name, backwards in (("forward", False), ("backward", True))
        ]
        self.decoder = recurrent.layer_of(cell, width, "decoder", dtype)
        self.bridges = [
            keras.layers.Dense(width, "tanh", dtype=dtype, name=f"bridge_{i}")
            for i in range(recurrent.num_states(self.decoder))
        ]
        heads = {"num_heads": 1, "head_size": width, "dtype": dtype}
        self.keys_values = layers.KeysValues(**heads, name="keys_values")
        self.attention = layers.Attention(**heads, name="attention")
        self.build((None, None))

    @property
    def inner_layers(self) -> list[keras.layers.Layer]:
        return [*self.readers, self.decoder]

    @property
    def num_masks(self) -> int:
        return 3

    def build(self, input_shape) -> None:
        if self.built:
            return
        width = self._sizes["width"]
        both = (None, None, 2 * width)
        self.keys_values.build(both)
        self.attention.build(
            (None, None, width), self.keys_values.compute_output_shape(both)
        )
        for each in self.bridges:
            each.build((None, 2 * width))
        super().build(input_shape)

    def encode(self, source: Any, inside: Any, masks: Any = None) -> dict:
        """Keys, values, and what the decoder starts from.

        Args:
            source: [B, S] int32.
            inside: [B, S] bool, which tokens there are.
            masks: [B, M, D] of dropout, or None.
        """
        x = token_network.dropped(self.embedding(source), masks, 0)
        found = [
            reader(x, mask=inside, initial_state=self._zeros(x))
            for reader in self.readers
        ]
        outputs, states = (
            [each[0] for each in found],
            [each[1:] for each in found],
        )
        outputs[1] = ops.flip(outputs[1], axis=1)
        start = [
            bridge(ops.concatenate(ends, axis=-1))
            for bridge, *ends in zip(self.bridges, *states, strict=True)
        ]
        keys_values = self.keys_values(ops.concatenate(outputs, axis=-1))
        return {"keys_values": list(keys_values), "start": start}

    def call(
        self, source: Any, inside: Any, tokens: Any, masks: Any = None
    ) -> Any:
        """Logits [B, T, V] of what follows each of the tokens [B, T]."""
        memory = self.encode(source, inside, masks)
        x = token_network.dropped(self.embedding(tokens), masks, 1)
        x = self.decoder(x, initial_state=memory["start"])[0]
        x = x + self.attention(x, memory["keys_values"], inside)
        return self.logits_of(token_network.dropped(x, masks, 2))

    def step(self, tokens: Any, state: dict[str, Any]) -> tuple[Any, Any]:
        """A StepFn: tokens [B] -> logits [B, V] of the next one."""
        x, news = self.decoder.cell(self.embedding(tokens), state["states"])
        inside = state["inside"] > 0
        seen = self.attention(x[:, None], state["memory"], inside)
        return self.logits_of(x + seen[:, 0]), state | {"states": list(news)}

    def initial_state(self, memory: dict, inside: Any, length: int) -> dict:
        """Before the first token; with room for any `length`."""
        del length
        return {
            "inside": ops.cast(inside, "int32"),
            "memory": memory["keys_values"],
            "states": memory["start"],
        }

    def _zeros(self, x):
        count = recurrent.num_states(self.decoder)
        return [ops.zeros_like(x[:, 0]) for _ in range(count)]
