"""Multi-head attention in two layers, so that a context is read only once.

    softmax(Q K^T / sqrt(head_size)) V

`KeysValues` makes K and V of what is looked at, `Attention` makes Q of what
looks, and joins the heads:

    self-attention    attention(tokens, keys_values(tokens))
    cross-attention   attention(tokens, keys_values(context))

The context of a diffusion model, a prompt, is the same in all its steps: keep
what `keys_values(context)` returned, and give it to each of them.

Maps [B, h, w, C] are looked at as they are: each position is a token.

The output always has a bias, the rest with `use_bias`. The softmax is float32
whatever the policy.

Reference: Vaswani et al. 2017, arXiv 1706.03762, Eq. 1, sections 3.2.2 and, for
`causal`, 3.2.3; Rombach et al. 2021, arXiv 2112.10752, section 3.3.
"""

import math
from typing import Any

import keras
from keras import ops

# Its exponential is 0 in float32; minus infinity has no difference to itself.
_NEVER = -1e9


class _Heads(keras.layers.Layer):
    """What both halves have: heads, and their sizes in the config.

    Args:
        num_heads: N.
        head_size: numbers of a key.
        use_bias: of queries, keys and values.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        num_heads: int,
        head_size: int,
        use_bias: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_heads = num_heads
        self.head_size = head_size
        self.use_bias = use_bias

    def _projection(self, name: str) -> keras.layers.Layer:
        return keras.layers.Dense(
            self.num_heads * self.head_size,
            use_bias=self.use_bias,
            dtype=self.dtype_policy,
            trainable=self.trainable,  # Keras hands it down only later.
            name=name,
        )

    def _split(self, x: Any) -> Any:
        """[B, T, N * head_size] -> [B, N, T, head_size]."""
        shape = (-1, ops.shape(x)[1], self.num_heads, self.head_size)
        return ops.transpose(ops.reshape(x, shape), (0, 2, 1, 3))

    def get_config(self) -> dict[str, Any]:
        own = {
            "num_heads": self.num_heads,
            "head_size": self.head_size,
            "use_bias": self.use_bias,
        }
        return super().get_config() | own


@keras.saving.register_keras_serializable("keras_gen")
class KeysValues(_Heads):
    """Keys and values of tokens: [B, M, D] -> two of [B, N, M, head_size].

    Args:
        num_heads: N.
        head_size: numbers of a key.
        use_bias: of keys and values.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        num_heads: int,
        head_size: int,
        use_bias: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(num_heads, head_size, use_bias, **options)
        self.key = self._projection("key")
        self.value = self._projection("value")

    def build(self, input_shape) -> None:
        self.key.build(input_shape)
        self.value.build(input_shape)

    def call(self, context: Any) -> tuple[Any, Any]:
        """[B, M, D], or maps [B, h, w, D], -> keys and values."""
        context = _tokens(context)
        return self._split(self.key(context)), self._split(self.value(context))

    def compute_output_shape(self, input_shape):
        batch, *positions, _ = input_shape
        length = None if None in positions else math.prod(positions)
        return ((batch, self.num_heads, length, self.head_size),) * 2


@keras.saving.register_keras_serializable("keras_gen")
class Attention(_Heads):
    """Tokens that look at keys and take values: [B, T, C] -> [B, T, C].

    Args:
        num_heads: N.
        head_size: numbers of a key, as of the `KeysValues`.
        use_bias: of queries; the output always has one.
        causal: whether token t sees the keys up to t alone.
        **options: of `keras.layers.Layer`.
    """

    def __init__(
        self,
        num_heads: int,
        head_size: int,
        use_bias: bool = False,
        causal: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(num_heads, head_size, use_bias, **options)
        self.causal = causal
        self.query = self._projection("query")

    def build(self, inputs_shape, keys_values_shape, inside_shape=None) -> None:
        del keys_values_shape, inside_shape
        self.query.build(inputs_shape)
        self.out = keras.layers.Dense(
            inputs_shape[-1],
            dtype=self.dtype_policy,
            trainable=self.trainable,
            name="out",
        )
        self.out.build((*inputs_shape[:-1], self.num_heads * self.head_size))

    def call(
        self, inputs: Any, keys_values: tuple[Any, Any], inside: Any = None
    ) -> Any:
        """[B, T, C] and two of [B, N, M, head_size] -> as the first.

        Args:
            inputs: who looks.
            keys_values: what `KeysValues` returned.
            inside: [B, M] bool, which keys are looked at; all where None.
        """
        keys, values = keys_values
        tokens = _tokens(inputs)
        queries = self._split(self.query(tokens)) * self.head_size**-0.5
        logits = ops.matmul(queries, ops.transpose(keys, (0, 1, 3, 2)))
        logits = ops.cast(logits, "float32")  # [B, N, T, M]
        if self.causal:
            logits = _causal(logits)
        if inside is not None:
            logits = ops.where(inside[:, None, None], logits, _NEVER)
        found = ops.matmul(ops.cast(ops.softmax(logits), values.dtype), values)
        found = ops.transpose(found, (0, 2, 1, 3))  # [B, T, N, head_size]
        size = self.num_heads * self.head_size
        found = self.out(ops.reshape(found, (-1, ops.shape(found)[1], size)))
        return ops.reshape(found, (-1, *ops.shape(inputs)[1:]))

    def compute_output_shape(
        self, inputs_shape, keys_values_shape, inside_shape=None
    ):
        del keys_values_shape, inside_shape
        return inputs_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"causal": self.causal}


def _tokens(x):
    """[B, ..., C] -> [B, T, C]: all positions, one after the other."""
    if len(x.shape) == 3:
        return x
    length = math.prod(ops.shape(x)[1:-1])
    return ops.reshape(x, (-1, length, x.shape[-1]))


def _causal(logits):
    """[B, N, T, M] without what comes later."""
    queries, keys = (ops.arange(x) for x in ops.shape(logits)[-2:])
    return ops.where(queries[:, None] >= keys, logits, _NEVER)
