"""Tokenizers: from text to the ids that networks embed, and back.

Those of language models, which are all but ClipTokenizer, share

    vocabulary_size   V
    encode, decode    text to [T] int32 and back
    to_tokens         texts [B] string to [B, (T)] int32, in a graph
    to_texts          tokens [B, T] and lengths [B] to texts [B], in a graph
"""

from keras_gen.tokenizers.byte_pairs import BytePairTokenizer
from keras_gen.tokenizers.characters import CharacterTokenizer
from keras_gen.tokenizers.clip_bpe import ClipTokenizer
from keras_gen.tokenizers.text_bytes import ByteTokenizer
from keras_gen.tokenizers.words import WordTokenizer

__all__ = [
    "BytePairTokenizer",
    "ByteTokenizer",
    "CharacterTokenizer",
    "ClipTokenizer",
    "WordTokenizer",
]
