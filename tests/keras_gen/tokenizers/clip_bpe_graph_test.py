"""The graph gives the words and ids of Python, on a server too."""

import html.entities
import random
import sys
import unicodedata

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies

from keras_gen.tokenizers import (
    clip_bpe,
    clip_bpe_graph,
    clip_vocabulary,
    clip_words,
)

# The others, of no meaning yet or of private meaning, are all alike.
ASSIGNED = [
    each
    for each in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(each) not in ("Cn", "Co", "Cs")
]
TEXTS = [
    "a photo of a cat",
    "",
    "   ",
    "I'm, you're, don't 'tis IT'S ''s x_y a/b --- 2024 $1,234.50",
    "1/2 \u00bd \u2167 \u0663 \u4e00 \u00b2",
    "\U00010570\u03a3 \u0391\u089c\u03a3 \u0130\u03a3 \u0391\u03a3'\u0391",
    "na\u00efve cafe\u0301 \u03a3\u03a3\u0391\u03a3",
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u1112\u1161\u11ab\uad6d\uc5b4",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1eb\U0001f1f7 \u2764\ufe0f",
    "aaaa aaaaa hahahahaha zzzzzzzzzzzz abababab",
    "\u017fun '\u017f <|\u017ftartoftext|> \u212a \ufb01 \u0345",
    "tabs\tand\r\nlines\u00a0\u2003\u3000\x1c\x00 \ufeff end ",
    "&lt;b&gt; &amp;amp; caf&eacute; &#x1F600; &notanentity &amp;lt; R&D &",
    "<|startoftext|> a<|ENDOFTEXT|>b !<|endoftext|>! <|endoftext|>",
    "a long text " * 40,
    "z" * 2000,
]


@pytest.fixture(scope="module")
def graph():
    return clip_bpe_graph.GraphClipTokenizer()


def encoded(texts):
    return tf.constant([each.encode() for each in texts], tf.string)


def assert_cleans_equally(graph, texts):
    found = graph._words.clean(encoded(texts)).numpy()
    pairs = zip(texts, found, strict=True)
    wrong = [x for x, y in pairs if clip_words.clean(x) != y.decode()]
    assert wrong == []


def assert_equal_ids(graph, texts):
    tokenizer = clip_bpe.ClipTokenizer()
    ids, num_cut = graph(encoded(texts))
    np.testing.assert_array_equal(ids, tokenizer(texts))
    sizes = [len(tokenizer.encode(each)) for each in texts]
    np.testing.assert_array_equal(num_cut, np.maximum(np.array(sizes) - 75, 0))


@pytest.mark.filterwarnings("ignore:texts")
def test_ids_are_those_of_python(graph):
    assert_equal_ids(graph, TEXTS)
    ids, num_cut = graph(encoded(TEXTS))
    assert ids.dtype == num_cut.dtype == tf.int32
    assert num_cut[-2].numpy() == 120 - 75


@pytest.mark.filterwarnings("ignore:texts")
@hypothesis.settings(
    database=None, derandomize=True, deadline=None, max_examples=30
)
@hypothesis.given(strategies.lists(strategies.text(max_size=30), max_size=8))
def test_any_texts_have_the_ids_of_python(graph, texts):
    if texts:
        assert_equal_ids(graph, texts)


@pytest.mark.filterwarnings("ignore:texts")
def test_random_words_have_the_ids_of_python(graph):
    draw = random.Random(0)
    letters = ["ab", "aeho", "abcdefghijklmnopqrst", "\u4e00\u5000\u00e9a"]
    assert_equal_ids(
        graph,
        [
            "".join(draw.choices(draw.choice(letters), k=draw.randrange(1, 60)))
            for _ in range(500)
        ],
    )


def test_a_row_does_not_depend_on_the_others(graph):
    together = graph(encoded(TEXTS)).ids
    for text, row in zip(TEXTS, together, strict=True):
        np.testing.assert_array_equal(graph(encoded([text])).ids[0], row)
    assert graph(encoded([])).ids.shape == (0, 77)


def test_every_character_is_cleaned_as_by_python(graph):
    assert len(ASSIGNED) > 140_000
    others = ["\u0378", "\ue000", "\uffff", "\U0010ffff"]
    assert_cleans_equally(graph, [f"a{x}b" for x in [*ASSIGNED, *others]])


def test_marks_compose_and_sort_as_by_python(graph):
    draw = random.Random(0)
    marks = [each for each in ASSIGNED if unicodedata.combining(each)]
    wholes = [x for x in ASSIGNED if unicodedata.normalize("NFD", x) != x]
    pools = [marks, wholes, "\u1100\u1161\u11a8\uac00", "\u09c7\u09be\u09d7"]
    pools += ["aeiouAES\u03a3\u03c3\u0130 .'", "\u0301\u0327\u0323\u0308"]
    assert_cleans_equally(
        graph,
        [
            "".join(draw.choice(draw.choice(pools)) for _ in range(size % 10))
            for size in range(5000)
        ],
    )


def test_html_is_resolved_as_by_python(graph):
    draw = random.Random(0)
    names = [f"&{each}" for each in html.entities.html5]
    pools = [names, ["&amp;", "&amp;amp;"], ["&", "#", "&#", "&#x", ";", "g1"]]
    pools += [[each[:size] for each in names for size in (3, 5, 8)]]
    pools += [[f"&#{each};" for each in (*range(256), 0xD800, 10**9, 65)]]
    pools += [[f"&#X00{each:x}" for each in (*range(256), 0x1F600, 2**40)]]
    texts = [
        "".join(draw.choice(draw.choice(pools)) for _ in range(size % 5))
        for size in range(5000)
    ]
    codes = [*range(0x300), *range(0xFDC0, 0xFE00), *range(0x10FFF0, 0x110010)]
    texts += names + [f"&#{each};" for each in codes]
    assert_cleans_equally(graph, texts)


@pytest.mark.parametrize(
    "text", ["&#" + "0" * 5000 + "65;", "&#" + "9" * 5000, "&" * 5000]
)
def test_long_references_are_those_of_python(graph, text):
    assert_cleans_equally(graph, [text])


@pytest.mark.parametrize("data", [b"\xff", b"a\xc3", b"\xed\xa0\x80"])
def test_a_text_that_is_not_utf8_is_refused(graph, data):
    with pytest.raises(tf.errors.InvalidArgumentError, match="formatting"):
        graph(tf.constant([b"a cat", data]))


def test_length_is_checked_and_may_be_short():
    with pytest.raises(ValueError, match="`length` must be 2 or more"):
        clip_bpe_graph.GraphClipTokenizer(1)
    graph = clip_bpe_graph.GraphClipTokenizer(2)
    ids, num_cut = graph(encoded(["a cat", ""]))
    assert ids.numpy().tolist() == [[49406, 49407]] * 2
    assert num_cut.numpy().tolist() == [2, 0]


class Served(tf.Module):
    """A model that is asked by text."""

    def __init__(self, tokenizer):
        super().__init__()
        self.tokenizer = tokenizer

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "prompt")])
    def serve(self, prompt):
        return self.tokenizer(prompt)._asdict()


@pytest.fixture(scope="module")
def saved(graph, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("saved"))
    model = Served(graph)
    tf.saved_model.save(model, path, {"serving_default": model.serve})
    return path


def test_a_saved_model_gives_the_same_ids(graph, saved):
    served = tf.saved_model.load(saved).signatures["serving_default"]
    found = served(prompt=encoded(TEXTS))
    expected = graph(encoded(TEXTS))
    np.testing.assert_array_equal(found["ids"], expected.ids)
    np.testing.assert_array_equal(found["num_cut"], expected.num_cut)


def test_the_session_of_a_server_gives_the_same_ids(graph, saved):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], saved)
        signature = loaded.signature_def["serving_default"]
        found = session.run(
            signature.outputs["ids"].name,
            {signature.inputs["prompt"].name: [x.encode() for x in TEXTS]},
        )
    np.testing.assert_array_equal(found, graph(encoded(TEXTS)).ids)


def test_a_saved_model_needs_no_python(saved):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], saved)
    library = loaded.graph_def.library.function
    nodes = [*loaded.graph_def.node, *(n for f in library for n in f.node_def)]
    assert len(nodes) > 100
    assert not [n.name for n in nodes if "PyFunc" in n.op]


def test_the_special_words_are_the_vocabularys(graph):
    ids = graph(encoded(list(clip_vocabulary.SPECIAL))).ids
    assert ids[:, 1].numpy().tolist() == [49406, 49407]
