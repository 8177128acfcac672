"""One token for each byte of a text in UTF-8: no character is unknown."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf


class ByteTokenizer:
    """Texts to bytes.

        tokenizer = ByteTokenizer()
        tokenizer.encode("é")  # [195, 169]
        tokenizer.decode([195, 169])  # "é"

    `to_tokens` and `to_texts` do the same in a graph.
    """

    vocabulary_size = 256

    def encode(self, text: str | bytes) -> np.ndarray:
        """[T] int32."""
        if isinstance(text, str):
            text = text.encode("utf-8")
        return np.frombuffer(text, np.uint8).astype(np.int32)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens [T]; what is not UTF-8 becomes U+FFFD."""
        return bytes(int(token) for token in tokens).decode("utf-8", "replace")

    def to_tokens(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Texts [B] string to tokens [B, (T)] int32, in a graph."""
        each = tf.strings.bytes_split(texts)
        values = tf.io.decode_raw(each.flat_values, tf.uint8)
        return each.with_flat_values(
            tf.cast(tf.reshape(values, (-1,)), "int32")
        )

    def to_texts(self, tokens: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Tokens [B, T] up to lengths [B] to texts [B] string, in a graph.

        What is not UTF-8 becomes U+FFFD.
        """
        every = tf.constant([bytes([value]) for value in range(256)])
        inside = tf.sequence_mask(lengths, tf.shape(tokens)[1])
        each = tf.where(inside, tf.gather(every, tokens), "")
        texts = tf.strings.reduce_join(each, axis=1)
        return tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8")
