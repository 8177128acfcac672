"""The byte-pair tokenizer of CLIP.

A text is cleaned and split into words. A word is the sequence of its UTF-8
bytes, of which the last carries the mark </w>. The pair of neighbours that
comes first in the list of merges becomes one symbol, until no pair of the list
is left. The symbols are the tokens. A row is BOS, tokens, EOS, and EOS again as
padding.

Differs from the original in cleaning, as `clip_words` says.

Reference: Radford et al. 2021, arXiv 2103.00020, section 2.4; Sennrich et al.
2015, arXiv 1508.07909, section 3.2.
"""

import functools
import operator
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from keras_gen.tokenizers import clip_vocabulary, clip_words, merging

# Longer words are rare, and would fill the cache.
_CACHED_LENGTH = 64


class ClipTokenizer:
    """Texts to the ids that the text encoder of CLIP reads.

        tokenizer = ClipTokenizer()
        tokenizer.encode("a photo of a cat")  # [320, 1125, 539, 320, 2368]
        tokenizer(["a photo of a cat"])  # [1, 77] int32

    The names of BOS and EOS, written in a text, are these tokens.

    Args:
        length: T, positions of a row with BOS and EOS; 77 in CLIP and in
            Stable Diffusion 1.

    Raises:
        TypeError: `length` is not an integer.
        ValueError: `length` is less than 2.
    """

    def __init__(self, length: int = 77) -> None:
        try:
            self.length = operator.index(length)
        except TypeError:
            raise TypeError(
                "`length` must be an integer, such as 77. Received "
                f"{_shown(length)}."
            ) from None
        if self.length < 2:
            raise ValueError(
                "`length` must be 2 or more: BOS and EOS stand in every row. "
                f"Received {length}. CLIP has 77."
            )

    @property
    def vocabulary_size(self) -> int:
        """V, 49,408: ids are less."""
        return clip_vocabulary.SIZE

    @property
    def bos(self) -> int:
        """The id that every row begins with."""
        return clip_vocabulary.BOS

    @property
    def eos(self) -> int:
        """The id that ends a text and fills the row after it."""
        return clip_vocabulary.EOS

    def encode(self, text: str | bytes) -> list[int]:
        """Ids of a text of any length, without BOS, EOS and padding.

        Args:
            text: a string, or its bytes in UTF-8.

        Raises:
            TypeError: `text` is neither.
            ValueError: `text` is not valid Unicode.
        """
        return _encode(_checked(text, "text"))

    def decode(self, ids: Iterable[int]) -> str:
        """The cleaned text of some ids, with one space after every word.

        BOS, EOS and padding are left out. A character of which bytes are
        missing, as after a cut, reads U+FFFD.

        Args:
            ids: [T] integers in [0, V).

        Raises:
            TypeError: an id is not an integer.
            ValueError: an id is not in the vocabulary.
        """
        symbols = clip_vocabulary.load().symbols
        found = []
        for i, each in enumerate(ids):
            index = _index(each, i, self.vocabulary_size)
            found += symbols[index : index + 1]
        data = b"".join(s.data + b" " * s.ends_word for s in found)
        return data.decode(errors="replace").removesuffix(" ")

    def __call__(self, texts: Sequence[str | bytes]) -> np.ndarray:
        """Rows of BOS, the ids of a text, EOS and padding.

        A text that does not fit loses its end, with a warning.

        Args:
            texts: [B] strings, or their bytes in UTF-8.

        Returns:
            [B, length] int32.

        Raises:
            TypeError: `texts` is one text, or has something that is none.
            ValueError: a text is not valid Unicode.
        """
        if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
            raise TypeError(
                "`texts` must be a sequence of texts. Received "
                f"{_shown(texts)}. Put a single text into a list."
            )
        texts = [_checked(each, f"texts[{i}]") for i, each in enumerate(texts)]
        rows = np.full((len(texts), self.length), self.eos, np.int32)
        rows[:, 0] = self.bos
        room = self.length - 2
        for i, text in enumerate(texts):
            ids = _encode(text)
            if len(ids) > room:
                warnings.warn(
                    f"texts[{i}], {_shown(text)}, has {len(ids)} tokens, and "
                    f"{room} fit: the last {len(ids) - room} were cut, from "
                    f"{_shown(self.decode(ids[room:]))} on.",
                    stacklevel=2,
                )
            rows[i, 1 : 1 + len(ids[:room])] = ids[:room]
        return rows


def _encode(text: str) -> list[int]:
    found = []
    for word in clip_words.split(text):
        if word in clip_vocabulary.SPECIAL:
            found.append(clip_vocabulary.SPECIAL[word])
        else:
            merge = _merge if len(word) > _CACHED_LENGTH else _merge_cached
            found.extend(merge(word))
    return found


def _merge(word: str) -> tuple[int, ...]:
    """Ids of one word."""
    _, byte_ids, merges = clip_vocabulary.load()
    ids = [byte_ids[each] for each in word.encode()]
    ids[-1] += 256
    return tuple(merging.merge(ids, merges))


_merge_cached = functools.lru_cache(2**16)(_merge)


def _checked(text: Any, name: str) -> str:
    if not isinstance(text, str | bytes):
        raise TypeError(
            f"`{name}` must be a string, or its bytes in UTF-8. Received "
            f"{_shown(text)}."
        )
    try:
        if isinstance(text, bytes):
            return text.decode()
        text.encode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"`{name}` must be UTF-8 where it is bytes. Received "
            f"{_shown(text)}, in which byte {error.start} is not. Decode it "
            "with the encoding it has."
        ) from None
    except UnicodeEncodeError as error:
        raise ValueError(
            f"`{name}` must be valid Unicode. Received {_shown(text)}, in "
            f"which character {error.start} is half of a surrogate pair. Read "
            "the text again with the encoding it has."
        ) from None
    return str(text)


def _index(value: Any, position: int, size: int) -> int:
    try:
        found = operator.index(value)
    except TypeError:
        raise TypeError(
            f"`ids` must be integers. Received {_shown(value)} at position "
            f"{position}. Decode the rows of a batch one by one."
        ) from None
    if not 0 <= found < size:
        raise ValueError(
            f"`ids` must be in [0, {size}). Received {found} at position "
            f"{position}. Take ids of this tokenizer."
        )
    return found


def _shown(value: Any) -> str:
    if isinstance(value, str | bytes):
        return repr(value) if len(value) <= 40 else f"{value[:40]!r}..."
    text = repr(value)
    return f"{text[:40]}, of type {type(value).__name__}"
