r"""`clip_words` as TensorFlow operations, for a SavedModel.

A text gives the words that Python gives. TensorFlow has neither HTML nor NFC,
and its Unicode is another version than Python's: all tables are Python's, and
stand in the graph.

Reference: Radford et al. 2021, arXiv 2103.00020, section 2.4; the Unicode
Standard, section 3.11, for NFC; the HTML Standard, section 13.2.5, for
character references.
"""

import functools
import html
import html.entities
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from keras_gen.tokenizers import clip_words

_LONGEST_NAME = max(map(len, html.entities.html5))
# A number of more digits is beyond Unicode, in base 10 as in base 16.
_NUM_DIGITS = 7
_NUM_CODES = sys.maxunicode + 1
_TO_THE_END = 2**31 - 1
_CASED, _IGNORED = 1, 2


class GraphWords(tf.Module):
    """Texts to words, by tables that a SavedModel holds."""

    def __init__(self) -> None:
        super().__init__()
        self._names = table(html.entities.html5, "")
        self._numbers = table(_odd_numbers(), "as it is")
        self._digits = table({x: int(x, 16) for x in "0123456789abcdef"}, 0)
        self._parts = table(_decompositions(), "")
        self._wholes = table(_compositions(), 0)
        self._classes = table(_combining_classes(), 0)
        self._casing = table(_casings(), 0)
        self._small = table(_small_letters(), 0)
        self._space = f"[{''.join(filter(str.isspace, _characters()))}]+"

    def split(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """The words of texts [B] in UTF-8, ragged [B, (words)]."""
        lines = tf.strings.regex_replace(
            self.clean(texts), clip_words.pattern(), "\\0\n"
        )
        lines = tf.strings.regex_replace(lines, " ", "")
        words = tf.strings.split(lines, "\n")
        return tf.ragged.boolean_mask(words, words != "")

    def clean(self, texts: tf.Tensor) -> tf.Tensor:
        """HTML resolved, NFC, single spaces, small letters: [B] to [B]."""
        for _ in range(2):
            texts = self._resolve(texts)
        codes = self._lower(self._compose(self._decompose(texts)))
        texts = tf.strings.unicode_encode(tf.cast(codes, tf.int32), "UTF-8")
        texts = tf.strings.regex_replace(texts, self._space, " ")
        texts = tf.strings.regex_replace(texts, "^ | $", "")
        # The one letter that becomes two.
        return tf.strings.regex_replace(texts, "\u0130", "i\u0307")

    def _resolve(self, texts: tf.Tensor) -> tf.Tensor:
        """Replaces every character reference once."""
        pieces = tf.strings.split(texts, "&")
        flat = pieces.values
        is_number = tf.strings.regex_full_match(
            flat, r"(?s)#([0-9]|[xX][0-9a-fA-F]).*"
        )
        text, size = (
            tf.where(is_number, number, name)
            for number, name in zip(
                self._by_number(flat), self._by_name(flat), strict=True
            )
        )
        rest = tf.strings.substr(flat, size, tf.ones_like(size) * _TO_THE_END)
        resolved = tf.where(size > 0, text, "&") + rest
        # No ampersand stands before the first piece of a text.
        is_first = tf.scatter_nd(
            pieces.row_starts()[:, tf.newaxis],
            tf.ones_like(texts, tf.bool),
            tf.shape(flat, tf.int64),
        )
        pieces = pieces.with_values(tf.where(is_first, flat, resolved))
        return tf.strings.reduce_join(pieces, axis=1)

    def _by_name(self, pieces: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What the longest name at the start stands for, and its length."""
        sizes = tf.range(2, _LONGEST_NAME + 1)[tf.newaxis]
        starts = tf.strings.substr(
            pieces[:, tf.newaxis], tf.zeros_like(sizes), sizes
        )
        found = self._names.lookup(starts)
        sizes = tf.where(found != "", tf.strings.length(starts), 0)
        best = tf.argmax(sizes, axis=1)
        return (
            tf.gather(found, best, batch_dims=1),
            tf.gather(sizes, best, batch_dims=1),
        )

    def _by_number(self, pieces: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What the number at the start stands for, and its length."""
        reference = tf.strings.regex_replace(
            pieces, r"(?s)^(#(?:[xX][0-9a-fA-F]+|[0-9]+);?).*", r"\1"
        )
        is_hex = tf.strings.regex_full_match(reference, "(?s)#[xX].*")
        digits = tf.strings.regex_replace(reference, "^#[xX]?0*|;", "")
        count = tf.strings.length(digits)
        # Zeros lead, so that every number has its last digits in columns.
        columns = tf.strings.substr(
            tf.strings.lower("0" * _NUM_DIGITS + digits)[:, tf.newaxis],
            count[:, tf.newaxis] + tf.range(_NUM_DIGITS)[tf.newaxis],
            tf.ones_like(count)[:, tf.newaxis]
            * tf.ones([1, _NUM_DIGITS], tf.int32),
        )
        base = tf.where(is_hex, tf.constant(16, tf.int64), 10)[:, tf.newaxis]
        place = tf.range(_NUM_DIGITS - 1, -1, -1, tf.int64)[tf.newaxis]
        code = tf.reduce_sum(self._digits.lookup(columns) * base**place, 1)
        code = tf.where(count > _NUM_DIGITS, tf.int64.max, code)
        odd = self._numbers.lookup(code)
        # A code that is none becomes U+FFFD.
        code = tf.minimum(code, _NUM_CODES)
        plain = tf.strings.unicode_encode(
            tf.cast(code, tf.int32)[:, tf.newaxis], "UTF-8"
        )
        text = tf.where(odd == "as it is", plain, odd)
        return text, tf.strings.length(reference)

    def _decompose(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Codes of NFD, ragged [B, (codes)] int64."""
        characters = tf.strings.unicode_split(texts, "UTF-8")
        parts = self._parts.lookup(characters.values)
        parts = tf.where(parts != "", parts, characters.values)
        texts = tf.strings.reduce_join(characters.with_values(parts), axis=1)
        codes = tf.cast(tf.strings.unicode_decode(texts, "UTF-8"), tf.int64)
        # Marks are sorted by class, in between of what is no mark.
        classes = self._classes.lookup(codes.values)
        rows = codes.value_rowids()
        begins = (classes == 0) | (rows != tf.roll(rows, 1, 0))
        runs = tf.cumsum(tf.cast(begins, tf.int64))
        order = tf.argsort(runs * 256 + classes, stable=True)
        return codes.with_values(tf.gather(codes.values, order))

    def _compose(self, codes: tf.RaggedTensor) -> tf.RaggedTensor:
        """NFD to NFC, ragged [B, (codes)] int64."""
        unknown = tf.TensorShape([None])
        values, rows, _ = tf.while_loop(
            lambda values, rows, is_done: ~is_done,
            self._compose_once,
            (codes.values, codes.value_rowids(), tf.constant(False)),
            (unknown, unknown, tf.TensorShape([])),
        )
        return tf.RaggedTensor.from_value_rowids(values, rows, codes.nrows())

    def _compose_once(
        self, codes: tf.Tensor, rows: tf.Tensor, _: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Every starter takes the first character that it composes with."""
        classes = self._classes.lookup(codes)
        index = tf.range(tf.size(codes, tf.int64))
        is_starter = classes == 0
        starters = tf.concat([[-1], tf.where(is_starter)[:, 0]], 0)
        number = tf.cumsum(tf.cast(is_starter, tf.int64), exclusive=True)
        starter = tf.gather(starters, number)
        at = tf.maximum(starter, 0)
        before = tf.maximum(index - 1, 0)
        # D115: a character is blocked by one of its class or of a higher one.
        is_open = (before == at) | (tf.gather(classes, before) < classes)
        whole = self._wholes.lookup(tf.gather(codes, at) * _NUM_CODES + codes)
        fits = is_open & (whole > 0) & (starter >= 0)
        fits &= tf.gather(rows, at) == rows
        first = tf.math.segment_min(tf.where(fits, index, tf.int64.max), number)
        taken = fits & (tf.gather(first, number) == index)
        taken &= ~tf.gather(taken, at)
        codes = tf.tensor_scatter_nd_update(
            codes, starter[taken][:, tf.newaxis], whole[taken]
        )
        return codes[~taken], rows[~taken], ~tf.reduce_any(taken)

    def _lower(self, codes: tf.RaggedTensor) -> tf.RaggedTensor:
        """Small letters, ragged [B, (codes)] int64.

        A capital sigma is final after a letter with a case and not before one;
        marks and apostrophes between them do not count.
        """
        values, rows = codes.values, codes.value_rowids()
        casing = self._casing.lookup(values)
        counts = casing != _IGNORED
        at = tf.where(counts)[:, 0]
        # Neighbours of what counts, from the second place on.
        is_cased = tf.pad(tf.gather(casing, at) == _CASED, [[1, 2]])
        row = tf.pad(tf.gather(rows, at), [[1, 2]], constant_values=-1)
        number = tf.cumsum(tf.cast(counts, tf.int64), exclusive=True)
        after, before = (
            tf.gather(is_cased, each) & (tf.gather(row, each) == rows)
            for each in (number, number + 2)
        )
        sigma = tf.where(after & ~before, ord("\u03c2"), ord("\u03c3"))
        small = self._small.lookup(values)
        small = tf.where(small > 0, small, values)
        sigma = tf.cast(sigma, tf.int64)
        is_sigma = values == ord("\u03a3")
        return codes.with_values(tf.where(is_sigma, sigma, small))


def table(entries: dict[Any, Any], default: Any) -> tf.lookup.StaticHashTable:
    """A table of strings or integers, which is int64, in a graph."""
    dtypes = {str: tf.string, int: tf.int64}
    initializer = tf.lookup.KeyValueTensorInitializer(
        list(entries),
        list(entries.values()),
        dtypes[type(next(iter(entries)))],
        dtypes[type(default)],
    )
    return tf.lookup.StaticHashTable(initializer, default)


def _characters() -> Iterator[str]:
    """All of Unicode but halves of surrogate pairs."""
    yield from map(chr, range(0xD800))
    yield from map(chr, range(0xE000, _NUM_CODES))


@functools.cache
def _odd_numbers() -> dict[int, str]:
    """What HTML makes of numbers that are not the code of a character."""
    codes = [*range(0xA0), *range(0xFDD0, 0xFDF0)]
    codes += [each | 0xFFFE for each in range(0, _NUM_CODES, 0x10000)]
    codes += [each | 0xFFFF for each in range(0, _NUM_CODES, 0x10000)]
    texts = {each: html.unescape(f"&#{each};") for each in codes}
    return {code: text for code, text in texts.items() if text != chr(code)}


@functools.cache
def _decompositions() -> dict[str, str]:
    """Characters that NFD takes apart."""
    pairs = ((x, unicodedata.normalize("NFD", x)) for x in _characters())
    return {whole: parts for whole, parts in pairs if whole != parts}


@functools.cache
def _compositions() -> dict[int, int]:
    """A pair of codes, as one number, to the code that NFC makes of it."""
    found = {}
    for whole, parts in _decompositions().items():
        if unicodedata.normalize("NFC", parts) == whole:
            # All but the last compose with each other first.
            first = unicodedata.normalize("NFC", parts[:-1])
            if len(first) == 1:
                key = ord(first) * _NUM_CODES + ord(parts[-1])
                found[key] = ord(whole)
    return found


@functools.cache
def _combining_classes() -> dict[int, int]:
    classes = ((ord(x), unicodedata.combining(x)) for x in _characters())
    return {code: each for code, each in classes if each}


@functools.cache
def _casings() -> dict[int, int]:
    """How a character counts for the sigma after it, by Python's rule."""
    found = {}
    for each in _characters():
        if f"{each}\u03a3".lower()[-1] == "\u03c2":
            found[ord(each)] = _CASED
        elif f"A{each}\u03a3".lower()[-1] == "\u03c2":
            found[ord(each)] = _IGNORED
    return found


@functools.cache
def _small_letters() -> dict[int, int]:
    pairs = ((x, x.lower()) for x in _characters() if x != "\u03a3")
    return {ord(x): ord(y) for x, y in pairs if x != y and len(y) == 1}
