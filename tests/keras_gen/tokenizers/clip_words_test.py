"""Words are those of CLIP's rule, over all of Unicode."""

import re
import sys
import unicodedata

import hypothesis
import pytest
from hypothesis import strategies

from keras_gen.tokenizers import clip_words

_CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
_NAMES = ("<|startoftext|>", "<|endoftext|>")


def kind(character):
    if character.isspace():
        return " "
    major = unicodedata.category(character)[0]
    return major if major in "LN" else "other"


def reference_words(clean):
    """The rule letter by letter, from a clean text."""
    small = clean.replace("\u017f", "s")
    words, start = [], 0
    while start < len(clean):
        size = 1
        fixed = [
            x for x in _NAMES + _CONTRACTIONS if small[start:].startswith(x)
        ]
        if fixed:
            size = len(fixed[0])
        elif kind(clean[start]) != "N":
            run = kind(clean[start])
            while kind((clean[start:] + "0")[size]) == run:
                size += 1
        words.append(clean[start : start + size])
        start += size
    return [word for word in words if not word.isspace()]


def test_letters_numbers_and_others_are_those_of_unicode():
    pattern = clip_words._compiled()
    characters = list(map(chr, range(sys.maxunicode + 1)))
    inside = {
        each: [x for x in characters if kind(x) == each]
        for each in ("L", "N", "other")
    }
    assert pattern.findall("".join(inside["L"])) == ["".join(inside["L"])]
    assert pattern.findall("".join(inside["N"])) == inside["N"]
    others = "".join(inside["other"])
    assert pattern.findall(others) == [others]
    # None of the others is a letter or a number.
    assert pattern.findall("a".join(others))[::2] == inside["other"]


def test_all_space_is_collapsed():
    space = "".join(filter(str.isspace, map(chr, range(sys.maxunicode + 1))))
    assert clip_words.clean(f"{space}a{space}b{space}") == "a b"
    assert re.fullmatch(r"\s+", space)


@hypothesis.settings(database=None, derandomize=True, deadline=None)
@hypothesis.given(
    strategies.text(max_size=30)
    | strategies.text("'strevemld\u017fS<|>no 12_", max_size=30)
)
def test_words_follow_the_rule(text):
    assert clip_words.split(text) == reference_words(clip_words.clean(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("don't", ["don", "'t"]),
        ("we'll've", ["we", "'ll", "'ve"]),
        ("''s", ["''", "s"]),
        ("2024", ["2", "0", "2", "4"]),
        ("x\u00b2\u00bd\u2167", ["x", "\u00b2", "\u00bd", "\u2177"]),
        ("a_b", ["a", "_", "b"]),
        ("'\u017fa", ["'\u017f", "a"]),
        ("<|EndOfText|>", ["<|endoftext|>"]),
        ("!<|endoftext|>", ["!<|", "endoftext", "|>"]),
        ("e\u0308\u0323", ["\u1eb9", "\u0308"]),
        ("\u0928\u093f", ["\u0928", "\u093f"]),
    ],
)
def test_examples_of_words(text, words):
    assert clip_words.split(text) == words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&lt;3 &amp;lt;3 &amp;amp;lt;3", "<3 <3 &lt;3"),
        ("e&#769; e&#x301;", "\u00e9 \u00e9"),
        ("&#00065; &#128; &#1; &#xD800;", "a \u20ac \ufffd"),
        (f"&#{'9' * 5000}; &#{'0' * 5000}65;", "\ufffd a"),
        (f"&amp;#{'9' * 5000};", "\ufffd"),
        ("\u0391\u03a3 \u03a3", "\u03b1\u03c2 \u03c3"),
        ("\u00c5\u212b\u0041\u030a", "\u00e5\u00e5\u00e5"),
        (
            "\u201cquotes\u201d \uff21 \ufb01",
            "\u201cquotes\u201d \uff41 \ufb01",
        ),
    ],
)
def test_examples_of_cleaning(text, expected):
    assert clip_words.clean(text) == expected


@hypothesis.settings(database=None, derandomize=True, deadline=None)
@hypothesis.given(strategies.text(max_size=30))
def test_forms_of_one_text_have_the_same_words(text):
    forms = [unicodedata.normalize(each, text) for each in ("NFC", "NFD")]
    assert clip_words.split(forms[0]) == clip_words.split(forms[1])
