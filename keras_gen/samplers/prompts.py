"""What is known before anything is drawn: how rows begin, or any places."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import tensorflow as tf


class Prompt(NamedTuple):
    """What rows begin with.

    Attributes:
        tokens: [B, P] int32; what is behind the end of a row does not matter.
        lengths: [B] int32, in [1, P].
    """

    tokens: tf.Tensor
    lengths: tf.Tensor

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Self:
        """That of lists of tokens.

        Raises:
            ValueError: there is no row, or one has no token.
        """
        empty = [index for index, row in enumerate(rows) if not len(row)]
        if empty or not len(rows):
            found = f"none in row {empty[0]}" if empty else "no rows"
            raise ValueError(
                "`prompt` must have a token or more in each row. Received: "
                f"{found}. Begin with the token that starts a text."
            )
        tokens = np.zeros((len(rows), max(map(len, rows))), np.int32)
        for index, row in enumerate(rows):
            tokens[index, : len(row)] = row
        lengths = np.array([len(row) for row in rows], np.int32)
        return cls(tf.constant(tokens), tf.constant(lengths))

    def padded(self, length: int, pad_token: int) -> tf.Tensor:
        """[B, length], with `pad_token` behind the ends.

        Raises:
            ValueError: P is more than that.
        """
        size = self.tokens.shape[1]
        if size > length:
            raise ValueError(
                f"`length` must be at least that of the prompt, {size} tokens. "
                f"Received: {length}. Shorten the prompt, or ask for more."
            )
        inside = tf.range(size) < self.lengths[:, tf.newaxis]
        tokens = tf.where(inside, self.tokens, pad_token)
        return tf.pad(
            tokens, ((0, 0), (0, length - size)), constant_values=pad_token
        )

    def given(self, length: int) -> tf.Tensor:
        """[B, length] bool: which tokens are the prompt's."""
        return tf.range(length) < self.lengths[:, tf.newaxis]


class Known(NamedTuple):
    """Tokens at any places; what lies between them is to be drawn.

    A token is drawn given those before it, so it knows nothing of known ones
    behind it.

    Attributes:
        tokens: [B, T] int32; where they are not known they do not matter.
        known: [B, T] bool; of the first one always true.
    """

    tokens: tf.Tensor
    known: tf.Tensor

    @property
    def lengths(self) -> tf.Tensor:
        """[B] int32, places up to the last known one."""
        places = tf.range(1, self.tokens.shape[1] + 1)
        return tf.reduce_max(tf.where(self.known, places, 1), axis=1)

    def padded(self, length: int, pad_token: int) -> tf.Tensor:
        """[B, length], with `pad_token` where nothing is known.

        Raises:
            ValueError: T is not that.
        """
        size = self.tokens.shape[1]
        if size != length:
            raise ValueError(
                f"`length` must be that of the known tokens, {size}. Received: "
                f"{length}."
            )
        return tf.where(self.known, self.tokens, pad_token)

    def given(self, length: int) -> tf.Tensor:
        """[B, length] bool: which tokens are known."""
        del length  # `padded` has looked at it.
        return self.known


def are_among(tokens: tf.Tensor, chosen: Sequence[int]) -> tf.Tensor:
    """Which of `tokens` [...] are in a list, bool [...]."""
    if not chosen:
        return tf.zeros_like(tokens, tf.bool)
    equal = tokens[..., tf.newaxis] == tf.constant(list(chosen), tokens.dtype)
    return tf.reduce_any(equal, axis=-1)


def put(tokens: tf.Tensor, index: tf.Tensor, token: tf.Tensor) -> tf.Tensor:
    """Tokens [..., T] with `token` [...] at the place `index` []."""
    here = tf.range(tokens.shape[-1]) == index
    return tf.where(here, token[..., tf.newaxis], tokens)
