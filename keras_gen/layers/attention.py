"""Multi-head attention in two layers, so that a context is read only once.

    softmax(Q K^T / sqrt(head_size)) V

`KeysValues` makes K and V of what is looked at, `Attention` makes Q of what
looks, and joins the heads:

    self-attention    attention(tokens, keys_values(tokens))
    cross-attention   attention(tokens, keys_values(context))

The context of a diffusion model, a prompt, is the same in all its steps: keep
what `keys_values(context)` returned, and give it to each of them.

No biases but that of the output. The softmax is float32 whatever the policy.

Reference: Vaswani et al. 2017, arXiv 1706.03762, Eq. 1 and section 3.2.2;
Rombach et al. 2021, arXiv 2112.10752, section 3.3.
"""

from typing import Any

import keras
from keras import ops


class _Heads(keras.layers.Layer):
    """What both halves have: heads, and their sizes in the config.

    Args:
        num_heads: N.
        head_size: numbers of a key.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, num_heads: int, head_size: int, **options: Any) -> None:
        super().__init__(**options)
        self.num_heads = num_heads
        self.head_size = head_size

    def _projection(self, name: str) -> keras.layers.Layer:
        return keras.layers.Dense(
            self.num_heads * self.head_size,
            use_bias=False,
            dtype=self.dtype_policy,
            name=name,
        )

    def _split(self, x: Any) -> Any:
        """[B, T, N * head_size] -> [B, N, T, head_size]."""
        shape = (-1, ops.shape(x)[1], self.num_heads, self.head_size)
        return ops.transpose(ops.reshape(x, shape), (0, 2, 1, 3))

    def get_config(self) -> dict[str, Any]:
        own = {"num_heads": self.num_heads, "head_size": self.head_size}
        return super().get_config() | own


@keras.saving.register_keras_serializable("keras_gen")
class KeysValues(_Heads):
    """Keys and values of tokens: [B, M, D] -> two of [B, N, M, head_size].

    Args:
        num_heads: N.
        head_size: numbers of a key.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, num_heads: int, head_size: int, **options: Any) -> None:
        super().__init__(num_heads, head_size, **options)
        self.key = self._projection("key")
        self.value = self._projection("value")

    def build(self, input_shape) -> None:
        self.key.build(input_shape)
        self.value.build(input_shape)

    def call(self, context: Any) -> tuple[Any, Any]:
        """[B, M, D] -> keys and values."""
        return self._split(self.key(context)), self._split(self.value(context))

    def compute_output_shape(self, input_shape):
        batch, length, _ = input_shape
        return ((batch, self.num_heads, length, self.head_size),) * 2


@keras.saving.register_keras_serializable("keras_gen")
class Attention(_Heads):
    """Tokens that look at keys and take values: [B, T, C] -> [B, T, C].

    Args:
        num_heads: N.
        head_size: numbers of a key, as of the `KeysValues`.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, num_heads: int, head_size: int, **options: Any) -> None:
        super().__init__(num_heads, head_size, **options)
        self.query = self._projection("query")

    def build(self, inputs_shape, keys_values_shape) -> None:
        del keys_values_shape
        self.query.build(inputs_shape)
        self.out = keras.layers.Dense(
            inputs_shape[-1], dtype=self.dtype_policy, name="out"
        )
        self.out.build((*inputs_shape[:-1], self.num_heads * self.head_size))

    def call(self, inputs: Any, keys_values: tuple[Any, Any]) -> Any:
        """[B, T, C] and two of [B, N, M, head_size] -> [B, T, C]."""
        keys, values = keys_values
        queries = self._split(self.query(inputs)) * self.head_size**-0.5
        logits = ops.matmul(queries, ops.transpose(keys, (0, 1, 3, 2)))
        weights = ops.softmax(ops.cast(logits, "float32"))  # [B, N, T, M]
        found = ops.matmul(ops.cast(weights, values.dtype), values)
        found = ops.transpose(found, (0, 2, 1, 3))  # [B, T, N, head_size]
        size = self.num_heads * self.head_size
        return self.out(ops.reshape(found, (-1, ops.shape(found)[1], size)))

    def compute_output_shape(self, inputs_shape, keys_values_shape):
        del keys_values_shape
        return inputs_shape
