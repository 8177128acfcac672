"""Tokenizers: from text to the ids that networks embed, and back.

Those of language models, which are all but ClipTokenizer, share

    vocabulary_size   V
    encode, decode    text to [T] int32 and back
    to_tokens         texts [B] string to [B, (T)] int32, in a graph
    to_texts          tokens [B, T] and lengths [B] to texts [B], in a graph

Those of music, MelodyTokenizer, ChoraleTokenizer and PerformanceTokenizer,
know pieces instead of texts; token 0 starts one, token 1 ends it.
"""

from keras_gen.tokenizers.byte_pairs import BytePairTokenizer
from keras_gen.tokenizers.characters import CharacterTokenizer
from keras_gen.tokenizers.clip_bpe import ClipTokenizer
from keras_gen.tokenizers.melodies import MelodyTokenizer
from keras_gen.tokenizers.notes import Note
from keras_gen.tokenizers.performances import PerformanceTokenizer
from keras_gen.tokenizers.text_bytes import ByteTokenizer
from keras_gen.tokenizers.voices import ChoraleTokenizer
from keras_gen.tokenizers.words import WordTokenizer

__all__ = [
    "BytePairTokenizer",
    "ByteTokenizer",
    "CharacterTokenizer",
    "ChoraleTokenizer",
    "ClipTokenizer",
    "MelodyTokenizer",
    "Note",
    "PerformanceTokenizer",
    "WordTokenizer",
]
