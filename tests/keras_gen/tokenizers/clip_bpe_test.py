"""CLIP's tokens are those of a slow reference and of published examples."""

import random
import time
import warnings

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies

from keras_gen import tokenizers
from keras_gen.tokenizers import clip_bpe, clip_vocabulary, clip_words
from tests.keras_gen.tokenizers import clip_reference

# Ids that other implementations of CLIP's tokenizer publish.
PUBLISHED = {
    "": "",
    "a photo of a cat": "320 1125 539 320 2368",
    "a photograph of an astronaut riding a horse": (
        "320 8853 539 550 18376 6765 320 4558"
    ),
    "a diagram": "320 22697",
    "Hello   World!": "3306 1002 256",
    "how are you doing?": "829 631 592 1960 286",
    "You should've done this": "592 1535 1200 1700 589",
    "2016": "273 271 272 277",
    "to?'d''d": "531 13610 323 8445 323",
    "1\x002\ufffd3": "272 444 273 39802 274",
    "caf\u00e9": "15304",
    "cafe\u0301": "15304",
    "\u0130": "328 16384",
    "\u751f\u6d3b\u7684\u771f\u8c1b\u662f": (
        "33375 162 112 119 163 248 226 41570 164 108 249 42891 363"
    ),
    "weird \uff5e": "5613 171 121 508",
    "\u20ac4 \u00a35": "6309 275 1950 276",
    "\U0001f602 \U0001f44d \u2728": "1558 4201 3531",
    "\U0001f441\ufe0f \U0001f471\U0001f3fb": "47796 1001 964 109 3702",
}


@pytest.fixture(scope="module")
def tokenizer():
    return tokenizers.ClipTokenizer()


@pytest.mark.parametrize("text", PUBLISHED)
def test_ids_are_the_published_ones(tokenizer, text):
    expected = list(map(int, PUBLISHED[text].split()))
    assert tokenizer.encode(text) == expected


@pytest.mark.parametrize("text", [*PUBLISHED, *clip_reference.TEXTS])
def test_ids_are_those_of_the_reference(tokenizer, text):
    assert tokenizer.encode(text) == clip_reference.encode(text)


@hypothesis.settings(database=None, derandomize=True, deadline=None)
@hypothesis.given(strategies.text(max_size=30))
def test_any_text_has_the_ids_of_the_reference(text):
    assert tokenizers.ClipTokenizer().encode(text) == clip_reference.encode(
        text
    )


@pytest.mark.parametrize(
    "letters", ["ab", "aeho", "abcdefghijklmnop", "\u4e00\u5000"]
)
def test_long_words_have_the_ids_of_the_reference(tokenizer, letters):
    draw = random.Random(0)
    for size in (1, 2, 3, 7, 63, 64, 65, 300):
        word = "".join(draw.choices(letters, k=size))
        assert tokenizer.encode(word) == clip_reference.ids_of_word(word)


def test_the_vocabulary_is_that_of_the_file(tokenizer):
    symbol, ranks, ids = clip_reference.vocabulary()
    symbols, byte_ids, merges = clip_vocabulary.load()
    assert len(symbols) == len(ids) == 49406
    assert len(merges) == len(ranks) == clip_vocabulary.NUM_MERGES == 48894
    assert (tokenizer.bos, tokenizer.eos) == (49406, 49407)
    assert tokenizer.vocabulary_size == 49408
    assert byte_ids == [ids[symbol[byte]] for byte in range(256)]
    plain = {text: byte for byte, text in symbol.items()}
    for text, i in ids.items():
        word = text.removesuffix("</w>")
        data = bytes(plain[letter] for letter in word)
        assert symbols[i] == (data, word != text)


def test_a_symbol_is_made_after_its_parts_and_in_one_way():
    merges = clip_vocabulary.load().merges
    assert all(max(pair) < merged for pair, merged in merges.items())
    assert sorted(merges.values()) == list(range(512, 49406))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A  Photo\nof a CAT ", "a photo of a cat"),
        ("don't stop, 42!", "don 't stop , 4 2 !"),
        ("caf&eacute; \U0001f600", "caf\u00e9 \U0001f600"),
        ("", ""),
        ("</w>", "</ w >"),
    ],
)
def test_decode_gives_the_words(tokenizer, text, expected):
    assert tokenizer.decode(tokenizer.encode(text)) == expected
    assert tokenizer.decode(tokenizer([text])[0]) == expected


@hypothesis.settings(database=None, derandomize=True, deadline=None)
@hypothesis.given(strategies.text(max_size=30))
def test_decoded_text_has_the_words(text):
    tokenizer = tokenizers.ClipTokenizer()
    words = [
        w for w in clip_words.split(text) if w not in clip_vocabulary.SPECIAL
    ]
    assert tokenizer.decode(tokenizer.encode(text)) == " ".join(words)


@pytest.mark.parametrize(
    "text", [t for t in clip_reference.TEXTS if "<|" not in t]
)
def test_decoded_text_has_the_same_ids(tokenizer, text):
    ids = tokenizer.encode(text)
    assert tokenizer.encode(tokenizer.decode(ids)) == ids


def test_decode_shows_a_cut_character(tokenizer):
    ids = tokenizer.encode("\u5000")
    assert len(ids) > 1
    assert "\ufffd" in tokenizer.decode(ids[:1])


def test_rows_have_bos_eos_and_padding(tokenizer):
    rows = tokenizer(["a photo of a cat", ""])
    assert rows.dtype == np.int32 and rows.shape == (2, 77)
    expected = [49406, 320, 1125, 539, 320, 2368, *[49407] * 71]
    assert rows[0].tolist() == expected
    assert rows[1].tolist() == [49406, *[49407] * 76]
    assert tokenizer([]).shape == (0, 77)


def test_bytes_numpy_and_generators_are_texts(tokenizer):
    expected = tokenizer(["caf\u00e9", "cat"])
    for texts in (
        ["caf\u00e9".encode(), b"cat"],
        np.array(["caf\u00e9", "cat"]),
        np.array(["caf\u00e9".encode(), b"cat"], object),
        (each for each in ("caf\u00e9", "cat")),
    ):
        np.testing.assert_array_equal(tokenizer(texts), expected)


def test_a_text_that_just_fits_is_whole_and_silent(tokenizer):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = tokenizer(["cat " * 75])[0]
        two = tokenizers.ClipTokenizer(length=2)([""])
    assert row.tolist() == [49406, *[2368] * 75, 49407]
    assert two.tolist() == [[49406, 49407]]


def test_a_text_that_does_not_fit_is_cut_with_a_warning():
    tokenizer = tokenizers.ClipTokenizer(length=5)
    texts = ["a cat", "a photo of a black cat"]
    match = r"texts\[1\], 'a photo of a black cat', has 6 tokens, and 3 fit: "
    match += "the last 3 were cut, from 'a black cat' on"
    with pytest.warns(UserWarning, match=match) as seen:
        rows = tokenizer(texts)
    assert len(seen) == 1 and seen[0].filename == __file__
    assert rows[0].tolist() == [49406, 320, 2368, 49407, 49407]
    assert rows[1].tolist() == [49406, 320, 1125, 539, 49407]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000,
        "".join(random.Random(0).choices("abcdefghijklmnop", k=10_000)),
        "the quick brown fox " * 500,
        "\U0001f600" * 10_000,
        "&" * 10_000,
        f"&#{'9' * 10_000};",
    ],
    ids=["letter", "letters", "words", "emoji", "ampersands", "number"],
)
def test_ten_thousand_characters_are_fast(tokenizer, text):
    tokenizer.encode("warm")
    start = time.process_time()
    tokenizer.encode(text)
    assert time.process_time() - start < 1.0


def test_long_words_do_not_fill_the_cache(tokenizer):
    tokenizer.encode("cat")
    size = clip_bpe._merge_cached.cache_info().currsize
    tokenizer.encode("cat")
    tokenizer.encode("q" * 1000)
    assert clip_bpe._merge_cached.cache_info().currsize == size


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda t: t.encode(3),
            TypeError,
            "`text` must be a string.*Received 3",
        ),
        (
            lambda t: t.encode(b"a\xff"),
            ValueError,
            "`text` must be UTF-8.*byte 1",
        ),
        (
            lambda t: t.encode("a\ud800"),
            ValueError,
            "`text`.*character 1 is half",
        ),
        (
            lambda t: t("cat"),
            TypeError,
            "`texts` must be a sequence.*into a list",
        ),
        (lambda t: t(b"cat"), TypeError, "`texts` must be a sequence.*b'cat'"),
        (lambda t: t(None), TypeError, "`texts` must be a sequence.*NoneType"),
        (
            lambda t: t(["a", 1.5]),
            TypeError,
            r"`texts\[1\]` must be a string.*1.5",
        ),
        (
            lambda t: t(["a", b"\xff"]),
            ValueError,
            r"`texts\[1\]` must be UTF-8",
        ),
        (lambda t: t.decode([0, -1]), ValueError, r"\[0, 49408\). Received -1"),
        (
            lambda t: t.decode([49408]),
            ValueError,
            "Received 49408 at position 0",
        ),
        (
            lambda t: t.decode([[1]]),
            TypeError,
            "`ids` must be integers.*one by",
        ),
        (lambda t: t.decode([0.5]), TypeError, "`ids` must be integers.*0.5"),
    ],
)
def test_bad_arguments_are_explained(tokenizer, call, error, match):
    with pytest.raises(error, match=match):
        call(tokenizer)


@pytest.mark.parametrize(
    ("length", "error", "match"),
    [
        (1, ValueError, "`length` must be 2 or more.*Received 1. CLIP has 77"),
        (77.0, TypeError, "`length` must be an integer.*Received 77.0"),
        ("77", TypeError, "`length` must be an integer.*Received '77'"),
    ],
)
def test_bad_lengths_are_explained(length, error, match):
    with pytest.raises(error, match=match):
        tokenizers.ClipTokenizer(length)
