"""Characters and bytes, in Python and in graphs."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import tokenizers

TEXTS = ["Hello, world!\n", "", "où 你好 🙂 é", "ab" * 300]
ALPHABET = tokenizers.CharacterTokenizer.of("".join(TEXTS)).alphabet
BOTH = pytest.mark.parametrize(
    "tokenizer",
    [tokenizers.CharacterTokenizer(ALPHABET), tokenizers.ByteTokenizer()],
    ids=["characters", "bytes"],
)


@BOTH
def test_texts_come_back(tokenizer):
    for text in TEXTS:
        tokens = tokenizer.encode(text)
        assert tokens.dtype == np.int32
        assert tokens.max(initial=0) < tokenizer.vocabulary_size
        assert tokenizer.decode(tokens) == text


@BOTH
def test_graphs_do_what_python_does(tokenizer):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def there_and_back(texts):
        tokens = tokenizer.to_tokens(texts)
        dense = tokens.to_tensor(3)
        return tokens, tokenizer.to_texts(dense, tokens.row_lengths())

    tokens, texts = there_and_back(tf.constant(TEXTS))
    for row, text in zip(tokens, TEXTS, strict=True):
        np.testing.assert_array_equal(row, tokenizer.encode(text))
    assert [each.decode() for each in texts.numpy()] == TEXTS


def test_characters_count_as_they_are_sorted():
    tokenizer = tokenizers.CharacterTokenizer.of("hello")
    assert tokenizer.alphabet == "ehlo"
    np.testing.assert_array_equal(tokenizer.encode("hole"), [1, 3, 2, 0])


def test_unknown_characters_are_named():
    tokenizer = tokenizers.CharacterTokenizer("abc")
    with pytest.raises(ValueError, match="alphabet, 'abc'. Received: ' ', 'x'"):
        tokenizer.encode("a x b")
    with pytest.raises(ValueError, match="and 2 others"):
        tokenizer.encode("defghij")
    with pytest.raises(tf.errors.InvalidArgumentError, match="xy"):
        tf.function(tokenizer.to_tokens)(tf.constant(["ab", "axyc"]))
    with pytest.raises(tf.errors.InvalidArgumentError):
        tokenizer.to_tokens(tf.constant([b"\xff"]))


@pytest.mark.parametrize("alphabet", ["", "ba", "aab"])
def test_other_alphabets_are_refused(alphabet):
    with pytest.raises(ValueError, match="`alphabet` must have each char"):
        tokenizers.CharacterTokenizer(alphabet)


def test_broken_utf_8_is_marked():
    tokenizer = tokenizers.ByteTokenizer()
    assert tokenizer.decode([195]) == "\ufffd"
    found = tokenizer.to_texts(tf.constant([[65, 195]]), tf.constant([2]))
    assert found.numpy()[0].decode() == "A\ufffd"
