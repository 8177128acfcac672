"""`clip_bpe` as TensorFlow operations: text goes into a SavedModel itself.

    tokenizer = GraphClipTokenizer()
    tokenizer(["a photo of a cat"]).ids  # [1, 77] int32

The ids are those of `clip_bpe.ClipTokenizer`, without Python: the operations
are those of TensorFlow alone, so that a server runs them. Keep the tokenizer
as an attribute of the module that is saved: its tables go with it.

Reference: Radford et al. 2021, arXiv 2103.00020, section 2.4; Sennrich et al.
2015, arXiv 1508.07909, section 3.2.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from keras_gen.tokenizers import (
    clip_bpe,
    clip_vocabulary,
    clip_words_graph,
    merging,
)

_NONE = merging.NONE


class Tokens(NamedTuple):
    """Rows of ids, and how much of the texts is not in them.

    Attributes:
        ids: [B, T] int32: BOS, the ids of a text, EOS and padding.
        num_cut: [B] int32, tokens of each text that did not fit.
    """

    ids: tf.Tensor
    num_cut: tf.Tensor


class GraphClipTokenizer(tf.Module):
    """Texts to the ids that the text encoder of CLIP reads, in a graph.

    Args:
        length: T, positions of a row with BOS and EOS.

    Raises:
        TypeError: `length` is not an integer.
        ValueError: `length` is less than 2.
    """

    def __init__(self, length: int = 77) -> None:
        super().__init__()
        self.length = clip_bpe.ClipTokenizer(length).length
        vocabulary = clip_vocabulary.load()
        self._words = clip_words_graph.GraphWords()
        self._byte_ids = vocabulary.bytes
        self._special = clip_words_graph.table(clip_vocabulary.SPECIAL, _NONE)
        merges = {_key(*pair): each for pair, each in vocabulary.merges.items()}
        self._merges = clip_words_graph.table(merges, _NONE)

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.string)], autograph=False
    )
    def __call__(self, texts: tf.Tensor) -> Tokens:
        """Rows of ids; `num_cut` says which texts do not fit.

        Args:
            texts: [B] string, UTF-8.

        Raises:
            tf.errors.InvalidArgumentError: a text is not UTF-8; no row of the
                batch has an answer then.
        """
        texts = tf.strings.unicode_transcode(
            texts, "UTF-8", "UTF-8", errors="strict"
        )
        words = self._words.split(texts)
        different, which = tf.unique(words.values)
        ids = tf.gather(self._merge(self._symbols(different)), which)
        ids = words.with_values(ids).merge_dims(1, 2)  # [B, (T)]
        room = self.length - 2
        num_cut = tf.maximum(ids.row_lengths() - room, 0)
        rows = ids[:, :room].to_tensor(clip_vocabulary.EOS, shape=[None, room])
        rows = tf.pad(rows, [[0, 0], [1, 0]], "CONSTANT", clip_vocabulary.BOS)
        rows = tf.pad(rows, [[0, 0], [0, 1]], "CONSTANT", clip_vocabulary.EOS)
        return Tokens(tf.cast(rows, tf.int32), tf.cast(num_cut, tf.int32))

    def _symbols(self, words: tf.Tensor) -> tf.RaggedTensor:
        """Words [N] to the ids of their bytes, ragged [N, (bytes)] int64."""
        letters = tf.strings.bytes_split(words)
        data = tf.reshape(tf.io.decode_raw(letters.values, tf.uint8), [-1])
        ids = tf.gather(
            tf.constant(self._byte_ids, tf.int64), tf.cast(data, tf.int32)
        )
        rows = letters.value_rowids()
        is_last = merging.is_last(rows)
        ids = tf.where(is_last, ids + 256, ids)
        # Of BOS and EOS, the id stands for the first letter of the name.
        special = tf.gather(self._special.lookup(words), rows)
        ids = tf.where(special != _NONE, special, ids)
        ids = letters.with_values(ids)
        is_kept = (special == _NONE) | tf.roll(is_last, 1, 0)
        return tf.ragged.boolean_mask(ids, letters.with_values(is_kept))

    def _merge(self, ids: tf.RaggedTensor) -> tf.RaggedTensor:
        """Bytes of words to their tokens, ragged [N, (tokens)] int64."""
        values, rows = merging.merge_rows(
            ids.values,
            ids.value_rowids(),
            lambda left, right: self._merges.lookup(_key(left, right)),
        )
        return tf.RaggedTensor.from_value_rowids(values, rows, ids.nrows())


def _key(left: Any, right: Any) -> Any:
    """A pair of ids, or of tensors of ids, as one number."""
    return left * clip_vocabulary.SIZE + right
