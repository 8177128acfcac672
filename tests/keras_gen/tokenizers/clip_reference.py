"""The byte-pair encoding of CLIP written plainly, and texts to compare on."""

import functools
import gzip
import itertools
import pathlib

import keras_gen.tokenizers
from keras_gen.tokenizers import clip_words

_FILE = (
    pathlib.Path(keras_gen.tokenizers.__file__).parent
    / "embedded/bpe_simple_vocab_16e6.txt.gz"
)
TEXTS = [
    "",
    "a photo of a cat",
    "I'm, you're, we'd; don't 'tis isn't it's THEY'LL 'Re",
    "x_y [a](b) {c} a/b -- --- ... $1,234.50 100% @home #tag",
    "1/2 \u00bd \u2167 \u0663 \u4e00 \u00b2 \u3007",
    "na\u00efve \u041f\u0440\u0438\u0432\u0435\u0442 \u03a3\u03a3\u0391\u03a3",
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22",
    "\ud55c\uad6d\uc5b4 \u65e5\u672c\u8a9e",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1eb\U0001f1f7 \u2764\ufe0f",
    "aaaa aaaaa hahahahaha zzzzzzzzzzzz abababab",
    "\u017fun '\u017f <|\u017ftartoftext|> \u212a \ufb01 \u0345",
    "tabs\tand\r\nlines\u00a0\u2003\u3000\x1c end ",
    "&lt;b&gt; &amp;amp; caf&eacute; &#x1F600; &notanentity &amp;lt; R&D",
    "<|startoftext|> a<|ENDOFTEXT|>b !<|endoftext|>!",
]


@functools.cache
def vocabulary():
    """Merges as pairs of texts, and {text: id}."""
    lines = gzip.decompress(_FILE.read_bytes()).decode().split("\n")
    merges = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbol = {byte: chr(byte) for byte in visible}
    for byte in range(256):
        symbol.setdefault(byte, chr(256 + len(symbol) - len(visible)))
    texts = list(symbol.values())
    texts += [each + "</w>" for each in texts]
    texts += ["".join(pair) for pair in merges]
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    return symbol, ranks, {text: i for i, text in enumerate(texts)}


def ids_of_word(word):
    """Sennrich et al. 2015, algorithm 1, with texts and without a heap."""
    symbol, ranks, ids = vocabulary()
    parts = [symbol[byte] for byte in word.encode()]
    parts[-1] += "</w>"
    while known := [p for p in itertools.pairwise(parts) if p in ranks]:
        best = min(known, key=ranks.get)
        joined = []
        while parts:
            size = 2 if tuple(parts[:2]) == best else 1
            joined.append("".join(parts[:size]))
            parts = parts[size:]
        parts = joined
    return [ids[part] for part in parts]


def encode(text):
    special = {"<|startoftext|>": [49406], "<|endoftext|>": [49407]}
    found = []
    for word in clip_words.split(text):
        found += special.get(word) or ids_of_word(word)
    return found
