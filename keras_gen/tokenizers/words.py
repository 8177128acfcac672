"""One token for each frequent word, and one for all others.

The words are `pieces`: with the space before them, so that joined tokens are a
text again; an unknown one reads U+FFFD.
"""

import collections
from collections.abc import Sequence
from typing import Self

import numpy as np
import tensorflow as tf

from keras_gen.tokenizers import pieces, text_bytes

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_BUCKETS = 2**62  # Two of a million words meet once in four million times.


class WordTokenizer:
    """Texts to words, token 0 being every unknown one.

        tokenizer = WordTokenizer.of("to be, or not to be", 6)
        tokenizer.encode("not to be")

    `to_tokens` and `to_texts` do the same in a graph.

    Args:
        words: each once; token i + 1 is word i.

    Raises:
        ValueError: none, or one twice.
    """

    def __init__(self, words: Sequence[str]) -> None:
        if not words or len(set(words)) != len(words):
            raise ValueError(
                "`words` must be different ones, one or more. Received "
                f"{len(words)}, of which {len(set(words))} are different. Use "
                "WordTokenizer.of(text, vocabulary_size)."
            )
        self.words = tuple(words)
        self.vocabulary_size = 1 + len(self.words)
        self._ids = {w.encode(): i for i, w in enumerate(self.words, start=1)}
        self._texts = [UNKNOWN, *self.words]

    @classmethod
    def of(cls, text: str, vocabulary_size: int) -> Self:
        """That of the most frequent words of a text, the first ones first."""
        counts = collections.Counter(pieces.split(text.encode("utf-8")))
        most = counts.most_common(vocabulary_size - 1)
        return cls([word.decode("utf-8") for word, _ in most])

    def encode(self, text: str | bytes) -> np.ndarray:
        """[T] int32."""
        if isinstance(text, str):
            text = text.encode("utf-8")
        found = [self._ids.get(word, 0) for word in pieces.split(text)]
        return np.array(found, np.int32)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens [T]."""
        return "".join(self._texts[token] for token in tokens)

    def to_tokens(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Texts [B] string to tokens [B, (T)] int32, in a graph."""
        every = text_bytes.ByteTokenizer().to_tokens(texts)
        text_rows = every.value_rowids()
        starts = pieces.starts(every.flat_values, text_rows)
        rows = tf.cumsum(tf.cast(starts, tf.int32)) - 1
        letters = tf.strings.bytes_split(texts).flat_values
        words = tf.strings.reduce_join(
            tf.RaggedTensor.from_value_rowids(letters, rows), axis=1
        )
        return tf.RaggedTensor.from_value_rowids(
            self._find(words), tf.boolean_mask(text_rows, starts), every.nrows()
        )

    def to_texts(self, tokens: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Tokens [B, T] up to lengths [B] to texts [B] string, in a graph."""
        inside = tf.sequence_mask(lengths, tf.shape(tokens)[1])
        each = tf.gather(tf.constant(self._texts), tokens)
        return tf.strings.reduce_join(tf.where(inside, each, ""), axis=1)

    def _find(self, words: tf.Tensor) -> tf.Tensor:
        """Tokens [N] int32 of words [N], by their hashes."""
        with tf.init_scope():  # Once, not in the graph.
            keys = _hashed(tf.constant(self.words)).numpy()
        order = np.argsort(keys)
        wanted = _hashed(words)
        place = tf.searchsorted(tf.constant(keys[order]), wanted)
        place = tf.minimum(place, len(keys) - 1)
        there = tf.gather(keys[order], place) == wanted
        return tf.where(there, tf.gather(np.int32(order + 1), place), 0)


def _hashed(words: tf.Tensor) -> tf.Tensor:
    return tf.strings.to_hash_bucket_fast(words, _BUCKETS)
