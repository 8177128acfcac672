"""Tokenizers: from text to the ids that networks embed, and back."""

from keras_gen.tokenizers.clip_bpe import ClipTokenizer

__all__ = ["ClipTokenizer"]
