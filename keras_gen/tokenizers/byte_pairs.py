"""Byte-pair encoding of one's own text: from bytes to frequent pieces of words.

    tokenizer = BytePairTokenizer.of(text, vocabulary_size=1000)

Tokens 0 to 255 are bytes, so that no text is unknown; each other token is a
pair of tokens before it. Merges do not cross `pieces`.

Reference: Sennrich et al. 2015, arXiv 1508.07909, section 3.2; Radford et al.
2019, "Language Models are Unsupervised Multitask Learners", section 2.2, for
bytes.
"""

import functools
import json
from collections.abc import Sequence
from typing import Self

import numpy as np
import tensorflow as tf

from keras_gen.tokenizers import merging, pieces, text_bytes

_NUM_BYTES = 256


class BytePairTokenizer:
    """Texts to tokens, and back without loss.

    `to_tokens` and `to_texts` do the same in a graph.

    Args:
        merges: pairs in their order as text, "116 104,256 101" for "th", "the".

    Raises:
        ValueError: a pair is not of two tokens that are there before it.
    """

    def __init__(self, merges: str) -> None:
        self.merges = merges
        pairs = _pairs(merges)
        self.vocabulary_size = _NUM_BYTES + len(pairs)
        self._ids = {pair: _NUM_BYTES + i for i, pair in enumerate(pairs)}
        self._bytes = [bytes([value]) for value in range(_NUM_BYTES)]
        for left, right in pairs:
            self._bytes.append(self._bytes[left] + self._bytes[right])
        self._merged = functools.lru_cache(2**16)(
            lambda piece: merging.merge(piece, self._ids)
        )

    @classmethod
    def of(cls, text: str, vocabulary_size: int) -> Self:
        """That of the most frequent pairs of a text; needs `tokenizers`.

        Raises:
            ValueError: fewer tokens than bytes.
        """
        if vocabulary_size < _NUM_BYTES:
            raise ValueError(
                f"`vocabulary_size` must be at least the {_NUM_BYTES} bytes. "
                f"Received: {vocabulary_size}."
            )
        return cls(_trained(text.encode("utf-8"), vocabulary_size))

    def encode(self, text: str | bytes) -> np.ndarray:
        """[T] int32."""
        if isinstance(text, str):
            text = text.encode("utf-8")
        found = [self._merged(piece) for piece in pieces.split(text)]
        return np.array([each for row in found for each in row], np.int32)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens [T]; what is not UTF-8 becomes U+FFFD."""
        found = b"".join(self._bytes[token] for token in tokens)
        return found.decode("utf-8", "replace")

    def to_tokens(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Texts [B] string to tokens [B, (T)] int32, in a graph."""
        every = text_bytes.ByteTokenizer().to_tokens(texts)
        values, text_rows = every.flat_values, every.value_rowids()
        starts = pieces.starts(values, text_rows)
        piece_rows = tf.cumsum(tf.cast(starts, tf.int64)) - 1
        of_text = tf.boolean_mask(text_rows, starts)
        tokens, rows = merging.merge_rows(
            tf.cast(values, tf.int64), piece_rows, self._find
        )
        return tf.RaggedTensor.from_value_rowids(
            tf.cast(tokens, tf.int32), tf.gather(of_text, rows), every.nrows()
        )

    def to_texts(self, tokens: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Tokens [B, T] up to lengths [B] to texts [B] string, in a graph.

        What is not UTF-8 becomes U+FFFD.
        """
        inside = tf.sequence_mask(lengths, tf.shape(tokens)[1])
        each = tf.gather(tf.constant(self._bytes), tokens)
        texts = tf.strings.reduce_join(tf.where(inside, each, ""), axis=1)
        return tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8")

    def _find(self, left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
        """Pairs [N], [N] to the ids of their merges, or NONE."""
        if not self._ids:
            return tf.fill(tf.shape(left), tf.constant(merging.NONE, tf.int64))
        size = self.vocabulary_size
        keys = np.array([a * size + b for a, b in self._ids], np.int64)
        order = np.argsort(keys)
        place = tf.searchsorted(tf.constant(keys[order]), left * size + right)
        place = tf.minimum(place, len(keys) - 1)
        there = tf.gather(keys[order], place) == left * size + right
        ids = tf.gather(np.int64(order + _NUM_BYTES), place)
        return tf.where(there, ids, tf.constant(merging.NONE, tf.int64))


def _pairs(merges: str) -> list[tuple[int, int]]:
    found = []
    for index, pair in enumerate(merges.split(",") if merges else []):
        parts = pair.split(" ")
        fits = len(parts) == 2 and all(part.isdecimal() for part in parts)
        if not fits or max(map(int, parts)) >= _NUM_BYTES + index:
            raise ValueError(
                "`merges` must be pairs of tokens that are there before them, "
                f'such as "116 104,256 101". Received {pair[:40]!r} as number '
                f"{index}. Use BytePairTokenizer.of(text, vocabulary_size)."
            )
        found.append((int(parts[0]), int(parts[1])))
    return found


def _trained(text: bytes, vocabulary_size: int) -> str:
    """Merges by the library `tokenizers`, one character for each byte."""
    try:
        import tokenizers  # Only those who train need it.
    except ImportError as error:
        raise ImportError(
            "Learning byte pairs needs the package tokenizers: "
            "`pip install 'keras_gen[text]'`."
        ) from error

    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        initial_alphabet=[chr(_NUM_BYTES + value) for value in range(256)],
        show_progress=False,
    )
    words = (
        "".join(chr(_NUM_BYTES + value) for value in piece)
        for piece in pieces.split(text)
    )
    model.train_from_iterator(words, trainer)
    ids = {chr(_NUM_BYTES + value): value for value in range(256)}
    pairs = []
    for left, right in json.loads(model.to_str())["model"]["merges"]:
        ids[left + right] = _NUM_BYTES + len(pairs)
        pairs.append(f"{ids[left]} {ids[right]}")
    return ",".join(pairs)
