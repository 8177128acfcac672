"""One token for each character of an alphabet."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import tensorflow as tf

_SHOWN = 5


class CharacterTokenizer:
    """Texts to characters, token i being character i of the alphabet.

        tokenizer = CharacterTokenizer.of("hello")  # The alphabet "ehlo".
        tokenizer.encode("hole")  # [1, 3, 2, 0]
        tokenizer.decode([1, 3, 2, 0])  # "hole"

    `to_tokens` and `to_texts` do the same in a graph.

    Args:
        alphabet: each character once, sorted.

    Raises:
        ValueError: it is empty or not so.
    """

    def __init__(self, alphabet: str) -> None:
        if not alphabet or list(alphabet) != sorted(set(alphabet)):
            raise ValueError(
                "`alphabet` must have each character once, sorted. Received: "
                f"{alphabet[:40]!r}. Use CharacterTokenizer.of(text)."
            )
        self.alphabet = alphabet
        self._codes = _codes(alphabet)

    @classmethod
    def of(cls, text: str) -> Self:
        """That of all characters of a text."""
        return cls("".join(sorted(set(text))))

    @property
    def vocabulary_size(self) -> int:
        """V."""
        return len(self.alphabet)

    def encode(self, text: str) -> np.ndarray:
        """[T] int32.

        Raises:
            ValueError: names the characters that the alphabet lacks.
        """
        codes = _codes(text)
        tokens = np.searchsorted(self._codes, codes)
        tokens = np.minimum(tokens, len(self._codes) - 1)
        unknown = np.unique(codes[self._codes[tokens] != codes])
        if len(unknown):
            shown = ", ".join(repr(chr(code)) for code in unknown[:_SHOWN])
            more = len(unknown) - _SHOWN
            others = f" and {more} others" if more > 0 else ""
            raise ValueError(
                f"`text` must have characters of the alphabet, "
                f"{self.alphabet!r}. Received: {shown}{others}."
            )
        return tokens.astype(np.int32)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens [T]."""
        return "".join(self.alphabet[token] for token in tokens)

    def to_tokens(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Texts [B] string to tokens [B, (T)] int32, in a graph.

        Raises:
            tf.errors.InvalidArgumentError: a text is not UTF-8 or has a
                character that the alphabet lacks; no row of the batch has an
                answer then.
        """
        codes = tf.strings.unicode_decode(texts, "UTF-8", errors="strict")
        known = tf.constant(self._codes, tf.int32)
        tokens = tf.searchsorted(known, codes.flat_values)
        tokens = tf.minimum(tokens, len(self._codes) - 1)
        missing = tf.not_equal(tf.gather(known, tokens), codes.flat_values)
        unknown = tf.strings.unicode_encode(
            tf.boolean_mask(codes.flat_values, missing)[tf.newaxis], "UTF-8"
        )
        check = tf.debugging.Assert(
            tf.logical_not(tf.reduce_any(missing)),
            ["Characters that the alphabet lacks:", unknown],
        )
        with tf.control_dependencies([check] if check is not None else []):
            return codes.with_flat_values(tf.identity(tokens))

    def to_texts(self, tokens: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Tokens [B, T] up to lengths [B] to texts [B] string, in a graph."""
        rows = tf.RaggedTensor.from_tensor(tokens, lengths)
        codes = tf.gather(tf.constant(self._codes, tf.int32), rows.flat_values)
        return tf.strings.unicode_encode(rows.with_flat_values(codes), "UTF-8")


def _codes(text: str) -> np.ndarray:
    """Code points [T] of a text."""
    encoded = text.encode("utf-32-le", "surrogatepass")
    return np.frombuffer(encoded, np.uint32).astype(np.int64)
