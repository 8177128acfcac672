"""The byte-pair vocabulary of CLIP.

A symbol is a byte, or the two symbols of a merge; it may end a word.

    id          symbol
    0..255      the bytes, those that print first
    256..511    the same bytes at the end of a word, marked </w>
    512..49405  the 48,894 merges, in order
    49406       <|startoftext|>, BOS
    49407       <|endoftext|>, EOS

Reference: Radford et al. 2021, arXiv 2103.00020; Sennrich et al. 2015, arXiv
1508.07909, section 3.2; `embedded/README.md` says where the file is from.
"""

import functools
import gzip
import pathlib
from typing import NamedTuple

import numpy as np

NUM_MERGES = 48_894
BOS = 512 + NUM_MERGES
EOS = BOS + 1
SIZE = EOS + 1
SPECIAL = {"<|startoftext|>": BOS, "<|endoftext|>": EOS}

_FILE = pathlib.Path(__file__).parent / "embedded/bpe_simple_vocab_16e6.txt.gz"


class Symbol(NamedTuple):
    """What an id stands for: bytes, and whether a word ends after them."""

    data: bytes
    ends_word: bool


class Vocabulary(NamedTuple):
    """Symbols by id, and how they come about.

    Attributes:
        symbols: by id, without BOS and EOS.
        bytes: id of each byte within a word; at its end 256 more.
        merges: {(left id, right id): id}. What is merged first has the lowest
            id, and a symbol's id is higher than those of its parts.
    """

    symbols: list[Symbol]
    bytes: list[int]
    merges: dict[tuple[int, int], int]


@functools.cache
def load() -> Vocabulary:
    """That of CLIP, read when first asked for."""
    lines = gzip.decompress(_FILE.read_bytes()).decode().split("\n")
    # Bytes that do not print are written as letters from U+0100 on.
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [each for each in range(256) if each not in printed]
    written = [chr(each) for each in printed]
    written += [chr(256 + i) for i in range(len(hidden))]
    order = printed + hidden
    symbols = [Symbol(bytes([b]), end) for end in (False, True) for b in order]
    ids = {text: i for i, text in enumerate(written)}
    ids |= {f"{text}</w>": 256 + i for i, text in enumerate(written)}
    merges = {}
    for line in lines[1 : 1 + NUM_MERGES]:
        left, right = line.split(" ")
        pair = ids[left], ids[right]
        merges[pair] = ids[left + right] = len(symbols)
        first, last = (symbols[each] for each in pair)
        symbols.append(Symbol(first.data + last.data, last.ends_word))
    return Vocabulary(symbols, np.argsort(order).tolist(), merges)
