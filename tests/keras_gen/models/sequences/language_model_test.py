"""Language models: what is learned and what can be asked."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen import networks, samplers
from keras_gen.models.sequences import language_model

TEXT = "ab cab\n" * 200
TINY = keras_gen.TransformerLMConfig.tiny()
CONFIG = dataclasses.replace(TINY, length=24, width=16)


def windows(model, num=64):
    tokens = model.tokenizer.encode(TEXT)
    size = model.config.length + 1
    starts = np.random.default_rng(0).integers(len(tokens) - size, size=num)
    return np.stack([tokens[start : start + size] for start in starts])


@pytest.fixture(scope="module", params=["transformer", "recurrent"])
def model(request):
    """It knows the one line of its text."""
    keras.utils.set_random_seed(0)
    if request.param == "transformer":
        made = keras_gen.TransformerLM(CONFIG)
    else:
        fields = {"alphabet": CONFIG.alphabet, "tokenizer": "characters"}
        made = keras_gen.RecurrentLM(length=24, width=16, cell="gru", **fields)
    made.compile(keras_gen.Adam(2e-2))
    made.fit(windows(made), epochs=25, batch_size=32, verbose=0)
    return made


def test_it_learns_what_follows(model):
    loss = model.evaluate(windows(model), verbose=0)
    assert loss < 0.35  # Where in its line a window begins is not known.
    found = model.generate(["ab c", "b ca"], 12, top_k=1, jit_compile=False)
    assert found == ["ab cab\nab cab\nab", "b cab\nab cab\nab "]


def test_a_text_is_a_function_of_its_prompt_and_seed(model):
    how = {"temperature": 5.0, "jit_compile": False}
    both = model.generate(["ab", "ca"], 10, seed=3, **how)
    assert model.generate(["ca"], 10, seed=4, **how) == both[1:]
    assert model.generate(["ab", "ca"], 10, seed=5, **how) != both


def test_xla_and_the_endpoint_draw_the_same(model):
    how = {"temperature": 3.0, "top_p": 0.9}
    plain = model.generate(["ab", "c"], 9, seed=1, jit_compile=False, **how)
    assert model.generate(["ab", "c"], 9, seed=1, **how) == plain
    found = model.run(
        "generate",
        prompt=np.array([b"ab", b"c"], object),
        num_tokens=np.array([9, 9], np.int32),
        temperature=np.float32([3.0, 3.0]),
        top_k=np.array([0, 0], np.int32),
        top_p=np.float32([0.9, 0.9]),
        seed=np.array([1, 2], np.int32),
    )
    assert [each.decode() for each in found["text"].numpy()] == plain


def test_generating_again_traces_nothing(model):
    def traces():
        compiled = model._programs.values()
        return sum(each.experimental_get_tracing_count() for each in compiled)

    before = traces()
    model.generate(["ab"], 9, temperature=0.5, min_p=0.1, jit_compile=False)
    after = traces()
    assert after == before + 1  # Of a filter that was not used yet.
    how = {"temperature": 0.7, "min_p": 0.2, "jit_compile": False}
    model.generate(["cab"], 7, seed=4, **how)
    assert traces() == after


def test_a_host_that_asks_for_steps_gets_the_same_text(model):
    expected = model.generate(["ab c"], 12, top_k=1, jit_compile=False)
    asked = model.endpoints()["step"]
    state = {
        name: np.zeros((1, *each.shape), each.dtype)
        for name, each in asked.inputs.items()
        if name != "token"
    }
    tokens = list(model.tokenizer.encode("ab c"))
    for index in range(len(tokens) + 11):
        token = np.array([tokens[index]], np.int32)
        state = dict(model.run("step", token=token, **state))
        logits = state.pop("logits")
        if index + 1 == len(tokens):
            tokens.append(int(tf.argmax(logits[0])))
    assert model.tokenizer.decode(tokens) == expected[0]


def test_log_prob_is_the_sum_over_tokens(model):
    texts = ["ab cab", "bb"]
    found = model.log_prob(texts)
    for text, total in zip(texts, found, strict=True):
        tokens = model.tokenizer.encode(text)[np.newaxis]
        each = tf.nn.log_softmax(model(tokens))[0, :-1]
        expected = tf.gather(each, tokens[0, 1:], batch_dims=1)
        np.testing.assert_allclose(total, tf.reduce_sum(expected), rtol=1e-4)
    inputs = np.array([each.encode() for each in texts], object)
    scored = model.run("score", text=inputs)
    np.testing.assert_allclose(scored["log_prob"], found, rtol=1e-4)
    np.testing.assert_array_equal(scored["num_tokens"], [5, 1])


def test_beams_of_prompts_of_other_sizes(model):
    """They end at one length, so they share a program."""
    asked = (["ab"], 6), (["abca", "a"], 4), (["a", "b", "c"], 7)
    together = [model.search(*each) for each in asked]
    alone = []
    for each in asked:
        model._programs.clear()
        alone.append(model.search(*each))
    assert together == alone


def test_beams_find_likelier_texts(model):
    (found,) = model.search(["ab c"], 6, width=3)
    greedy = model.generate(["ab c"], 6, top_k=1, jit_compile=False)
    scores = model.log_prob([*found, *greedy]).numpy()
    assert scores[0] >= scores[3] - 1e-4 and scores[0] >= scores[1] - 1e-4
    (ended,) = model.search(["ab c"], 10, width=2, stop="\n")
    assert ended[0] == "ab cab\n"


def test_a_stop_ends_a_text(model):
    found = model.generate(["ab c"], 12, top_k=1, stop="\n", jit_compile=False)
    assert found == ["ab cab\n"]


@pytest.mark.parametrize(
    ("prompts", "options", "error", "message"),
    [
        ("ab", {}, TypeError, r"several texts. Received one: write \['ab'\]"),
        (["ab", ""], {}, ValueError, "a token or more .* none in row 1"),
        (["axb"], {}, ValueError, "characters of the alphabet.*Received: 'x'"),
        (
            ["ab"],
            {"temperature": 0.0},
            ValueError,
            "`temperature` must be above",
        ),
        (["ab"], {"top_k": 6}, ValueError, r"`top_k` must lie in \[0, 5\]"),
        (
            ["ab"],
            {"num_tokens": -1},
            ValueError,
            "`num_tokens` must be at least",
        ),
        (["ab"], {"num_tokens": 30}, ValueError, "must have at most 24 tokens"),
    ],
)
def test_what_cannot_be_asked_is_refused(prompts, options, error, message):
    model = keras_gen.TransformerLM(CONFIG)
    with pytest.raises(error, match=message):
        model.generate(prompts, **({"num_tokens": 5} | options))


def test_a_recurrent_text_has_no_end(model):
    if model.room is None:
        (found,) = model.generate(["ab c"], 70, top_k=1, jit_compile=False)
        assert len(found) == 74


def test_a_network_of_another_vocabulary_is_refused():
    with pytest.raises(ValueError, match=r"here \(None, 24, 5\). Received"):
        keras_gen.TransformerLM(CONFIG, network=networks.GPT(7, 8, 1, 2))


def test_an_alphabet_goes_with_characters():
    with pytest.raises(ValueError, match="`alphabet` and the tokenizer char"):
        keras_gen.TransformerLM(tokenizer="characters")


def test_a_model_that_comes_back_draws_the_same(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras_gen.load(tmp_path / "model.keras")
    how = {"seed": 2, "jit_compile": False}
    assert loaded.generate(["ab"], 9, **how) == model.generate(["ab"], 9, **how)
    assert samplers.Prompt.of([loaded.tokenizer.encode("ab")]).tokens.shape


def test_dropout_is_in_training_alone_and_a_function_of_the_seed():
    config = dataclasses.replace(CONFIG, dropout=0.5)
    made = keras_gen.TransformerLM(config)
    batch = {"tokens": windows(made, 2)}
    seed = tf.constant([3, 3])

    def loss(seed, training=True):
        return made.losses(batch, tf.constant(seed), training)["loss"].numpy()

    np.testing.assert_array_equal(loss([3, 4]), loss([3, 4]))
    assert loss([3, 4])[0] == pytest.approx(loss([3, 5])[0], abs=1e-6)
    assert loss([3, 4])[1] != loss([3, 5])[1]
    plain = keras_gen.TransformerLM(CONFIG)
    plain.set_weights(made.get_weights())
    expected = plain.losses(batch, seed, training=True)["loss"]
    np.testing.assert_array_equal(loss([3, 4], training=False), expected)
    masks = language_model.masks(config, 3, tf.range(500))
    assert float(tf.reduce_mean(masks)) == pytest.approx(1, abs=0.01)
    assert set(np.unique(masks)) == {0.0, 2.0}


def test_own_networks_bring_their_own_dropout():
    config = dataclasses.replace(CONFIG, dropout=0.5)
    own = networks.GPT(len(CONFIG.alphabet), width=16, num_layers=1)
    with pytest.raises(ValueError, match="`dropout` is of the built-in"):
        keras_gen.TransformerLM(config, network=own)


@pytest.mark.parametrize("name", ["byte_pairs", "words"])
def test_a_model_of_learned_pieces_writes_text(name):
    if name == "words":
        tokenizer = keras_gen.tokenizers.WordTokenizer.of(TEXT, 9)
        vocabulary = json.dumps(tokenizer.words)
    else:
        tokenizer = keras_gen.tokenizers.BytePairTokenizer.of(TEXT, 260)
        vocabulary = tokenizer.merges
    made = keras_gen.RecurrentLM(
        tokenizer=name, vocabulary=vocabulary, length=16, width=8
    )
    assert made.tokenizer.vocabulary_size == tokenizer.vocabulary_size
    (text,) = made.generate(["ab cab"], 5, jit_compile=False)
    assert text.startswith("ab cab")
    scored = made.run("score", text=np.array([b"ab cab"], object))
    np.testing.assert_allclose(
        scored["log_prob"], made.log_prob(["ab cab"]), rtol=1e-5
    )
    loaded = type(made).from_config(made.get_config())
    assert loaded.tokenizer.decode(tokenizer.encode("ab\n")) == "ab\n"


@pytest.mark.parametrize(
    "fields, message",
    [
        (
            {"tokenizer": "characters"},
            "`alphabet` and the tokenizer characters",
        ),
        (
            {"tokenizer": "words"},
            "`vocabulary` and the tokenizer byte_pairs or",
        ),
        ({"vocabulary": "1 2"}, "go together. Received: tokenizer='bytes'"),
    ],
)
def test_a_tokenizer_comes_with_what_it_knows(fields, message):
    with pytest.raises(ValueError, match=message):
        keras_gen.RecurrentLM(**fields)
