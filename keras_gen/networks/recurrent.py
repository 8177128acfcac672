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

_CELLS = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
_EPSILON = 1e-5


@keras.saving.register_keras_serializable("keras_gen")
class RecurrentNetwork(keras.Model):
    """tokens [B, T] int32 -> logits [B, T, V] of what follows each, float32.

    `step` does the same token by token, and is a StepFn.

    Args:
        vocabulary_size: V.
        width: D.
        num_layers: of the network.
        cell: "lstm" or "gru".
        tied: whether logits are products with the embedding's vectors.
        **options: of `keras.Model`.
    """

    def __init__(
        self,
        vocabulary_size: int,
        width: int = 128,
        num_layers: int = 2,
        cell: str = "lstm",
        tied: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._sizes = {
            "vocabulary_size": vocabulary_size,
            "width": width,
            "num_layers": num_layers,
            "cell": cell,
            "tied": tied,
        }
        dtype = self.dtype_policy
        start = keras.initializers.RandomNormal(stddev=width**-0.5)
        self.embedding = keras.layers.ReversibleEmbedding(
            vocabulary_size,
            width,
            tie_weights=tied,
            embeddings_initializer=start,
            dtype=dtype,
            name="embedding",
        )
        options = {"return_sequences": True, "dtype": dtype}
        self.recurrent = [  # The seed is that of a dropout that is not there.
            _CELLS[cell](width, seed=0, name=f"layer_{index}", **options)
            for index in range(num_layers)
        ]
        self.norm_out = keras.layers.LayerNormalization(
            epsilon=_EPSILON, dtype=dtype, name="norm_out"
        )
        self.build((None, None))

    def build(self, input_shape) -> None:
        if self.built:
            return
        self.embedding.build((None, None))
        for each in (*self.recurrent, self.norm_out):
            each.build((None, None, self._sizes["width"]))
        self.built = True

    def call(self, tokens: Any) -> Any:
        """tokens [B, T] -> logits [B, T, V]."""
        x = self.embedding(tokens)
        for layer in self.recurrent:
            x = layer(x)
        return self._logits_of(x)

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
        return self._logits_of(x), news

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
            [ops.zeros(shape, layer.compute_dtype) for _ in _sizes_of(layer)]
            for layer in self.recurrent
        ]

    def _logits_of(self, x):
        found = self.embedding(self.norm_out(x), reverse=True)
        return ops.cast(found, "float32")

    def compute_output_shape(self, input_shape):
        return (*input_shape, self._sizes["vocabulary_size"])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | self._sizes


def _sizes_of(layer):
    size = layer.cell.state_size
    return size if isinstance(size, list | tuple) else [size]
