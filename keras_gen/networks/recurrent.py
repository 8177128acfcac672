"""A recurrent network: the tokens before to the next one.

    embedding   a vector of each token
    layer_0 ... LSTM or GRU of the vectors, as wide as they are
    norm_out    layer normalization
    logits      products with the embedding's vectors, or with others

Reference: Hochreiter and Schmidhuber 1997, "Long Short-Term Memory"; Cho et al.
2014, arXiv 1406.1078; Press and Wolf 2016, arXiv 1608.05859, for tied vectors.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.networks import token_network

_CELLS = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
_EPSILON = 1e-5


@keras.saving.register_keras_serializable("keras_gen")
class RecurrentNetwork(token_network.TokenNetwork):
    """tokens [B, T] int32 -> logits [B, T, V] of what follows each, float32.

    `step` does the same token by token, and is a StepFn.

    Args:
        vocabulary_size: V.
        width: D.
        num_layers: of the network.
        cell: "lstm" or "gru".
        tied: whether logits are products with the embedding's vectors.
        multi_hot: whether a token is many of V at once, [B, T, V] of 0 and 1.
        **options: of `keras.Model`.
    """

    def __init__(
        self,
        vocabulary_size: int,
        width: int = 128,
        num_layers: int = 2,
        cell: str = "lstm",
        tied: bool = True,
        multi_hot: bool = False,
        **options: Any,
    ) -> None:
        sizes = {
            "vocabulary_size": vocabulary_size,
            "width": width,
            "num_layers": num_layers,
            "cell": cell,
            "tied": tied,
            "multi_hot": multi_hot,
        }
        dtype = options.get("dtype")
        start = keras.initializers.RandomNormal(stddev=width**-0.5)
        super().__init__(sizes, start, norm("norm_out", dtype), **options)
        self.recurrent = [
            layer_of(cell, width, f"layer_{index}", dtype)
            for index in range(num_layers)
        ]
        self.build((None, None))

    @property
    def inner_layers(self) -> list[keras.layers.Layer]:
        return self.recurrent

    @property
    def num_masks(self) -> int:
        return 1 + len(self.recurrent)

    def call(self, tokens: Any, masks: Any = None) -> Any:
        """tokens [B, T] and masks [B, M, D] or None -> logits [B, T, V]."""
        return self.read(tokens, None, masks)[0]

    def read(
        self, tokens: Any, state: list[Any] | None = None, masks: Any = None
    ) -> tuple[Any, list[Any]]:
        """Logits [B, T, V], and the state after the last token.

        Args:
            tokens: [B, T] int32.
            state: before the first; zeros where None.
            masks: [B, M, D] of dropout, or None.
        """
        x = token_network.dropped(self.embedding(tokens), masks, 0)
        state = state or [None] * len(self.recurrent)
        news = []
        for index, (layer, old) in enumerate(
            zip(self.recurrent, state, strict=True)
        ):
            x, *new = layer(x, initial_state=old)
            x = token_network.dropped(x, masks, 1 + index)
            news.append(new)
        return self.logits_of(x), news

    def step(self, tokens: Any, state: list[Any]) -> tuple[Any, list[Any]]:
        """A StepFn: tokens [B] -> logits [B, V] of the next one.

        Args:
            tokens: [B] int32.
            state: of `initial_state`, or of the step before.
        """
        x, news = self.embedding(tokens), []
        for layer, old in zip(self.recurrent, state, strict=True):
            x, new = layer.cell(x, old)
            news.append(list(new))
        return self.logits_of(x), news

    def initial_state(
        self, num_rows: Any, length: int | None = None, together: bool = False
    ) -> list[Any]:
        """Before the first token; as GPT's, but with room for any length.

        Args:
            num_rows: B.
            length: of no matter.
            together: of no matter.
        """
        del length, together
        shape = (num_rows, self._sizes["width"])
        return [
            [
                ops.zeros(shape, layer.compute_dtype)
                for _ in range(num_states(layer))
            ]
            for layer in self.recurrent
        ]


def layer_of(
    cell: str, width: int, name: str, dtype: Any, **options: Any
) -> keras.layers.Layer:
    """x [B, T, D] -> outputs [B, T, D] and the states after the last.

    Args:
        cell: "lstm" or "gru".
        width: D.
        name: of the layer.
        dtype: Keras precision policy.
        **options: of the layer.
    """
    return _CELLS[cell](
        width,
        return_sequences=True,
        return_state=True,
        seed=0,  # Of a dropout that is not there; else a loaded one differs.
        dtype=dtype,
        name=name,
        **options,
    )


def num_states(layer: keras.layers.Layer) -> int:
    """Tensors [B, D] that a recurrent layer remembers."""
    size = layer.cell.state_size
    return len(size) if isinstance(size, list | tuple) else 1


def norm(name: str, dtype: Any) -> keras.layers.Layer:
    """Layer normalization."""
    return keras.layers.LayerNormalization(
        epsilon=_EPSILON, dtype=dtype, name=name
    )
