"""Byte pairs and words: no loss, the same in a graph, equal to the library."""

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
import tokenizers as peer
from hypothesis import strategies

from keras_gen import tokenizers
from keras_gen.data import texts
from keras_gen.tokenizers import pieces

TEXT = texts.load("shakespeare").text[:20_000]
VARIED = [
    "First Citizen:\nSpeak, speak!",
    "  two  spaces\n\n\tand a tab ",
    "naïve café, 東京 🙂",
    "aaaa aaaaa aaaaaaa",
    "",
    "x",
]


@pytest.fixture(scope="module")
def byte_pairs():
    return tokenizers.BytePairTokenizer.of(TEXT, 400)


@pytest.fixture(scope="module")
def words():
    return tokenizers.WordTokenizer.of(TEXT, 500)


@hypothesis.given(strategies.text())
def test_pieces_lose_nothing(text):
    assert b"".join(pieces.split(text.encode())) == text.encode()


@hypothesis.settings(deadline=None, max_examples=50)
@hypothesis.given(text=strategies.text())
def test_byte_pairs_lose_nothing(byte_pairs, text):
    tokens = byte_pairs.encode(text)
    assert byte_pairs.decode(tokens) == text
    assert len(tokens) <= len(text.encode())


def test_a_graph_gives_the_same(byte_pairs, words):
    for tokenizer in (byte_pairs, words):
        rows = tf.function(tokenizer.to_tokens)(tf.constant(VARIED))
        for row, text in zip(rows, VARIED, strict=True):
            np.testing.assert_array_equal(row, tokenizer.encode(text))
        back = tokenizer.to_texts(rows.to_tensor(), rows.row_lengths())
        expected = [tokenizer.decode(tokenizer.encode(t)) for t in VARIED]
        assert [each.decode() for each in back.numpy()] == expected


def test_it_merges_as_the_library_does(byte_pairs):
    """Its own BPE with these merges, a word at a time."""
    names = {i: chr(256 + i) for i in range(256)}
    merges = []
    for pair in byte_pairs.merges.split(","):
        left, right = (names[int(each)] for each in pair.split(" "))
        names[len(names)] = left + right
        merges.append((left, right))
    ids = {name: index for index, name in names.items()}
    model = peer.Tokenizer(peer.models.BPE(vocab=ids, merges=merges))
    for piece in set(pieces.split(TEXT.encode())):
        expected = model.encode("".join(chr(256 + b) for b in piece)).ids
        assert byte_pairs.encode(piece).tolist() == expected


def test_frequent_words_are_few_tokens(byte_pairs):
    assert byte_pairs.vocabulary_size == 400
    assert len(byte_pairs.encode(" the")) == 1
    assert len(byte_pairs.encode(TEXT)) < 0.65 * len(TEXT)
    plain = tokenizers.BytePairTokenizer("")
    assert plain.vocabulary_size == 256
    rows = plain.to_tokens(tf.constant(["ab"]))
    assert rows.to_list() == [[97, 98]] == [plain.encode("ab").tolist()]


def test_words_are_the_frequent_ones_and_others_are_unknown(words):
    assert words.vocabulary_size == 500
    assert words.decode(words.encode("the people")) == "\ufffd people"
    assert words.decode(words.encode("Marcius, the people")) == (
        "\ufffd, the people"
    )
    assert 0 in words.encode("zebra") and 0 not in words.encode(" the,")


def test_what_does_not_fit():
    for merges in ("116", "116 256", "1 2,3 258", "a b", "1 2,"):
        with pytest.raises(ValueError, match="`merges` must be pairs"):
            tokenizers.BytePairTokenizer(merges)
    with pytest.raises(ValueError, match="at least the 256 bytes. Received: 9"):
        tokenizers.BytePairTokenizer.of(TEXT, 9)
    with pytest.raises(ValueError, match="`words` must be different ones"):
        tokenizers.WordTokenizer(["a", "a"])
