"""Texts as pieces: a word, or one other character, each with the space before.

    "To be, or"  ->  "To", " be", ",", " or"

Nothing is lost: the pieces, joined, are the text. Letters, digits and all bytes
beyond ASCII belong to words.
"""

import re
import string

import numpy as np
import tensorflow as tf

_SPACES = b" \t\n\r\x0b\x0c"
_WORD, _SPACE, _OTHER = range(3)
_PIECE = re.compile(
    rb"[ \t\n\r\x0b\x0c]*(?:[A-Za-z0-9\x80-\xff]+|[^A-Za-z0-9\x80-\xff \t\n\r"
    rb"\x0b\x0c])|[ \t\n\r\x0b\x0c]+"
)


def split(text: bytes) -> list[bytes]:
    """The pieces of a text, UTF-8."""
    return _PIECE.findall(text)


def _kinds() -> np.ndarray:
    """What each of 256 bytes is."""
    kinds = np.full(256, _OTHER)
    letters = (string.ascii_letters + string.digits).encode()
    kinds[[*letters, *range(128, 256)]] = _WORD
    kinds[[*_SPACES]] = _SPACE
    return kinds


_KINDS = _kinds()


def starts(values: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """Where pieces begin, [N] bool.

    Args:
        values: [N] int32, bytes of all texts.
        rows: [N], the text of each, ascending.
    """
    kinds = tf.gather(tf.constant(_KINDS, tf.int32), values)
    before = tf.concat([kinds[:1] * 0 + _SPACE, kinds[:-1]], 0)
    new_row = rows != tf.concat([rows[:1] * 0 - 1, rows[:-1]], 0)
    after_space = before == _SPACE
    same_word = (kinds == _WORD) & (before == _WORD)
    return new_row | ~(after_space | same_word)
