"""Seq2Seq: what is learned, found and refused."""

import dataclasses
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen.models.sequences import answering

RANDOM = np.random.default_rng(0)
SOURCES = ["".join(RANDOM.choice(list("abc"), 3)) for _ in range(64)]
TARGETS = [text[::-1] for text in SOURCES]


@pytest.fixture(scope="module", params=["transformer", "recurrent"])
def model(request):
    """It turns three letters round."""
    keras.utils.set_random_seed(0)
    made = keras_gen.Seq2Seq(
        tokenizer="characters",
        alphabet="abc",
        kind=request.param,
        width=32,
        num_layers=1,
        source_length=4,
        length=5,
    )
    made.compile(keras_gen.Adam(1e-2))
    made.fit(SOURCES, TARGETS, epochs=120, batch_size=64, verbose=0)
    return made


def test_it_learns_the_answers(model):
    assert answering.exact_matches(model, SOURCES[:20], TARGETS[:20]) == 1.0
    assert model.generate(["abc", "cab"], seed=None) == ["cba", "bac"]
    assert answering.exact_matches(model, ["abc"], ["abc"]) == 0.0


def test_padding_is_in_no_loss(model):
    """Alone, in a longer batch, and by hand: one number."""
    long = model.log_prob(["abc", "a"], ["cba", "a"]).numpy()
    alone = model.log_prob(["a"], ["a"]).numpy()
    np.testing.assert_allclose(alone, long[1:], rtol=1e-5)
    tokens = np.array([[model.end, 0]], np.int32)  # "a" has token 0.
    inside = np.array([[True]])
    logits = model.network(np.array([[0]], np.int32), inside, tokens)
    each = tf.nn.log_softmax(logits)[0].numpy()
    expected = each[0, 0] + each[1, model.end]
    assert alone[0] == pytest.approx(expected, rel=1e-4)
    loss = model.evaluate(["abc", "a"], ["cba", "a"], verbose=0)
    assert loss == pytest.approx(-long.mean(), rel=1e-5)


def test_a_search_as_wide_as_all_targets_finds_the_best(model):
    """Against every target that there is, of up to four letters."""
    every = [
        "".join(letters)
        for size in range(5)
        for letters in itertools.product("abc", repeat=size)
    ]
    for source in ("b", "cab", "aaaa"):
        scores = model.log_prob([source] * len(every), every).numpy()
        ordered = [every[index] for index in np.argsort(-scores)]
        found = model.search([source], width=4**4)[0]
        # Five letters have no room for the end.
        assert [each for each in found if len(each) < 5][:9] == ordered[:9]


def test_a_target_is_a_function_of_its_source_and_seed(model):
    both = model.generate(["abc", "aab"], seed=3, temperature=20.0)
    assert model.generate(["aab"], seed=4, temperature=20.0) == both[1:]
    assert model.generate(["abc", "aab"], seed=9, temperature=20.0) != both


def test_a_host_that_asks_for_steps_gets_the_same_target(model):
    tokens = np.zeros((1, 4), np.int32)
    tokens[0, :3] = model.tokenizer.encode("abc")
    state = dict(model.run("encode", source=tokens, num_tokens=np.int32([3])))
    token, found = state.pop("token"), []
    while True:
        answer = dict(model.run("step", token=token, **state))
        token = tf.argmax(answer.pop("logits"), -1, output_type=tf.int32)
        state = answer
        if int(token[0]) == model.end:
            break
        found.append(int(token[0]))
    assert model.tokenizer.decode(found) == "cba"


def test_texts_that_do_not_fit(model):
    with pytest.raises(TypeError, match="several texts. Received one"):
        model.search("abc")
    with pytest.raises(ValueError, match="Received: 5 in number 1. Shorten"):
        model.generate(["a", "abcab"])
    with pytest.raises(ValueError, match="Received: 'z'"):
        model.generate(["z"])
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most 4 tok"):
        model.log_prob(["a"], ["abcab"])
    with pytest.raises(ValueError, match="`dropout` is of the built-in"):
        config = dataclasses.replace(model.config, dropout=0.5)
        keras_gen.Seq2Seq(config, network=model.network)
