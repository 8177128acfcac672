"""Self-attention over what came before, all at once or token by token.

    softmax(Q K^T / sqrt(head_size) + mask) V

Positions are rotary: queries and keys are turned by angles that grow with the
position, so that a product knows their distance alone. Or they are relative:
each distance has vectors of its own (`RelativePositions`). Several heads may
share keys and values (grouped queries).

    call   [B, T, D], in training
    step   one token [B, D], beside the cache of those before it

The cache is two tensors [B, G, T, head_size] of G heads: a row's own, so rows
may be taken from it and put together, and contiguous, so each step reads it as
it lies.

Reference: Vaswani et al. 2017, arXiv 1706.03762; Su et al. 2021, arXiv
2104.09864, Eq. 34; Ainslie et al. 2023, arXiv 2305.13245.
"""

from typing import Any

import keras
from keras import ops

from keras_gen.layers import projection, relative_positions

# Its exponential is 0 in float32; minus infinity has no difference to itself.
_NEVER = -1e9
_BASE = 10_000.0


@keras.saving.register_keras_serializable("keras_gen")
class CausalAttention(keras.layers.Layer):
    """Attention of tokens to those up to them: [B, T, D] -> [B, T, D].

    Args:
        num_heads: N, of queries; must divide D.
        num_key_heads: G, of keys and values; must divide N; N where None.
        initializer: of the first kernels; Keras' where None.
        out_initializer: of the last kernel; the other one where None.
        num_distances: that have vectors of their own, if positions are
            relative; rotary where 0.
        **options: of `keras.layers.Layer`.

    Raises:
        ValueError: heads that do not divide; a head of an odd size.
    """

    def __init__(
        self,
        num_heads: int,
        num_key_heads: int | None = None,
        initializer: Any = None,
        out_initializer: Any = None,
        num_distances: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        get = keras.initializers.get
        self.initializer = get(initializer or "glorot_uniform")
        self.out_initializer = get(out_initializer or self.initializer)
        self.num_heads = num_heads
        self.num_key_heads = num_key_heads or num_heads
        self.num_distances = num_distances
        if num_heads % self.num_key_heads:
            raise ValueError(
                "`num_key_heads` must divide `num_heads`. Received: "
                f"{num_key_heads} and {num_heads}. Choose a divisor."
            )

    def build(self, input_shape) -> None:
        width = input_shape[-1]
        if width % (2 * self.num_heads):
            raise ValueError(
                "`num_heads` must divide the width into heads of an even size, "
                f"which positions turn in pairs. Received: {self.num_heads} "
                f"heads of width {width}. Choose a divisor of {width // 2}."
            )
        self.head_size = width // self.num_heads
        shared = self.num_key_heads * self.head_size
        self.query = self._dense(width, "query", width)
        self.key = self._dense(shared, "key", width)
        self.value = self._dense(shared, "value", width)
        self.out = self._dense(width, "out", width, self.out_initializer)
        self.relative = None
        if self.num_distances:
            self.relative = relative_positions.RelativePositions(
                self.num_key_heads,
                self.head_size,
                self.num_distances,
                _copy(self.initializer),
                dtype=self.dtype_policy,
                trainable=self.trainable,
                name="relative",
            )
            self.relative.build()

    def call(self, inputs: Any) -> Any:
        """[B, T, D] -> [B, T, D]."""
        length = ops.shape(inputs)[1]
        positions = ops.arange(length)
        keys, values = self._keys_values(inputs, positions)
        queries = self._queries(inputs, positions)  # [B, G, R, T, H]
        shape = (-1, self.num_key_heads, self._group * length, self.head_size)
        distances = None
        if self.relative is not None:
            distances = self.relative(queries)  # [B, G, R, T, T]
            rows = (*shape[:-1], length)
            distances = ops.reshape(distances, rows)
        logits = self._logits(ops.reshape(queries, shape), keys, distances)
        later = ops.cast(positions[:, None] < positions, "float32") * _NEVER
        later = ops.tile(later, (self._group, 1))  # [R T, T]
        # A sum, whose gradient is one tensor; that of `where` is two.
        found = self._found(logits + later, values)
        shape = (-1, self.num_heads, length, self.head_size)
        found = ops.transpose(ops.reshape(found, shape), (0, 2, 1, 3))
        shape = (-1, length, self.num_heads * self.head_size)
        return self.out(ops.reshape(found, shape))

    def step(
        self, inputs: Any, index: Any, cache: tuple[Any, Any]
    ) -> tuple[Any, tuple[Any, Any]]:
        """One token of each row.

        Args:
            inputs: [B, D].
            index: its position: [B] int32; or [] where all rows are at one,
                which is faster.
            cache: keys and values of the tokens before.

        Returns:
            [B, D], and the cache with this token.
        """
        inputs = inputs[:, None]
        positions = ops.reshape(index, (-1, 1))
        news = self._keys_values(inputs, positions)  # [B, G, 1, H]
        cache = tuple(
            _put(old, index, new) for old, new in zip(cache, news, strict=True)
        )
        keys, values = map(_flat, cache)  # [B G, T, H]
        queries = self._queries(inputs, positions)[:, :, :, 0]  # [B, G, R, H]
        length = keys.shape[1]
        # Keys come first: the transpose of what is small.
        scaled = ops.swapaxes(_flat(queries * self.head_size**-0.5), 1, 2)
        logits = ops.swapaxes(ops.matmul(keys, scaled), 1, 2)
        logits = ops.reshape(
            logits, (-1, self.num_key_heads, self._group, length)
        )
        if self.relative is not None:
            found = self.relative.step(queries, positions, length)
            logits += ops.cast(found * self.head_size**-0.5, logits.dtype)
        later = ops.arange(length) > positions  # [B, T]
        logits = ops.cast(logits, "float32")
        logits = ops.where(later[:, None, None], _NEVER, logits)
        found = self._found(_flat(logits), values)
        shape = (-1, self.num_heads * self.head_size)
        return self.out(ops.reshape(found, shape)), cache

    def empty_cache(
        self, num_rows: Any, length: int, together: bool = False
    ) -> tuple[Any, Any]:
        """Of no token yet, with room for `length` tokens.

        Args:
            num_rows: B.
            length: T.
            together: whether all rows are always at one position: then there
                is no axis of rows. What a loop updates and multiplies in one
                shape it updates in place.

        Returns:
            keys and values [B, G, T, H], or [B G, T, H].
        """
        lead = (num_rows, self.num_key_heads)
        lead = (num_rows * self.num_key_heads,) if together else lead
        shape = (*lead, length, self.head_size)
        return tuple(ops.zeros(shape, self.compute_dtype) for _ in range(2))

    @property
    def _group(self) -> int:
        """R, heads of queries that share one of keys."""
        return self.num_heads // self.num_key_heads

    def _queries(self, x, positions):
        """[B, T, D] -> [B, G, R, T, H]."""
        found = self._split(self.query(x), self.num_heads)
        found = self._turned(found, positions)
        heads = (self.num_key_heads, self._group)
        return ops.reshape(found, (-1, *heads, *ops.shape(found)[2:]))

    def _keys_values(self, x, positions):
        """[B, T, D] -> two of [B, G, T, H]."""
        key, value = (
            self._split(layer(x), self.num_key_heads)
            for layer in (self.key, self.value)
        )
        return self._turned(key, positions), value

    def _turned(self, x, positions):
        return x if self.num_distances else rotated(x, positions)

    def _split(self, x, num_heads):
        shape = (-1, ops.shape(x)[1], num_heads, self.head_size)
        return ops.transpose(ops.reshape(x, shape), (0, 2, 1, 3))

    def _logits(self, queries, keys, distances):
        scale = self.head_size**-0.5
        keys = ops.transpose(keys, (0, 1, 3, 2))
        logits = ops.matmul(queries * scale, keys)
        if distances is not None:
            logits += ops.cast(distances * scale, logits.dtype)
        return ops.cast(logits, "float32")

    def _found(self, logits, values):
        return ops.matmul(ops.cast(ops.softmax(logits), values.dtype), values)

    def _dense(self, size, name, input_size, initializer=None):
        dense = projection.Projection(
            size,
            kernel_initializer=_copy(initializer or self.initializer),
            dtype=self.dtype_policy,
            trainable=self.trainable,  # Keras hands it down only later.
            name=name,
        )
        dense.build((None, None, input_size))
        return dense

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = {
            "num_heads": self.num_heads,
            "num_key_heads": self.num_key_heads,
            "initializer": keras.initializers.serialize(self.initializer),
            "out_initializer": keras.initializers.serialize(
                self.out_initializer
            ),
            "num_distances": self.num_distances,
        }
        return super().get_config() | own


def _copy(initializer):
    """An equal one: the same one would draw the same numbers again."""
    return type(initializer).from_config(
        initializer.get_config() | {"seed": None}
    )


def rotated(x: Any, positions: Any) -> Any:
    """[B, N, T, H], pairs of numbers turned by angles of positions.

    Number i of the first half goes with number i of the second.

    Args:
        x: [B, N, T, H].
        positions: [T], or [B, T] or [1, T] where rows differ.
    """
    half = x.shape[-1] // 2
    frequencies = ops.convert_to_tensor(
        [_BASE ** (-i / half) for i in range(half)], "float32"
    )
    angles = ops.cast(positions, "float32")[..., None] * frequencies
    if len(angles.shape) == 3:
        angles = angles[:, None]  # The same for all heads.
    cosine, sine = (
        ops.cast(wave(angles), x.dtype) for wave in (ops.cos, ops.sin)
    )
    first, second = ops.split(x, 2, axis=-1)  # The gradient of slices is slow.
    return ops.concatenate(
        [first * cosine - second * sine, second * cosine + first * sine],
        axis=-1,
    )


def _put(cache, index, new):
    """The cache with `new` [B, G, 1, H] at the index; see `empty_cache`."""
    if not len(index.shape):
        return ops.slice_update(cache, (0, index, 0), _flat(new))
    here = ops.arange(cache.shape[2]) == ops.reshape(index, (-1, 1))
    return ops.where(here[:, None, :, None], new, cache)


def _flat(x):
    """[B, G, ...] -> [B G, ...]; [B G, ...] as it is."""
    return x if len(x.shape) == 3 else ops.reshape(x, (-1, *x.shape[2:]))
