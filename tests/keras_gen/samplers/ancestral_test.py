"""Token by token, against loops in Python."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import samplers
from tests.keras_gen.samplers import toy_steps

SIZE, LENGTH = 6, 9
STEP = toy_steps.random_step(SIZE, 0)
ROWS = [[1], [2, 3, 1], [5, 5, 5, 5, 0], [1, 2]]
SEED = tf.constant([4, 5, 6, 4])


def generate(rows=ROWS, seed=SEED, length=LENGTH, **options):
    prompt = samplers.Prompt.of(rows)
    state = toy_steps.state(len(rows))
    return samplers.generate(STEP, state, prompt, length, seed, **options)


def test_the_likeliest_is_that_of_a_loop_in_python():
    found = generate(seed=None).tokens.numpy()
    for row, start in zip(found, ROWS, strict=True):
        tokens, state = list(start), toy_steps.state(1)
        for index in range(LENGTH - 1):
            logits, state = STEP(tf.constant([tokens[index]]), state)
            if index + 1 >= len(tokens):
                tokens.append(int(tf.argmax(logits[0])))
        np.testing.assert_array_equal(row, tokens)


def test_tokens_come_as_often_as_they_are_likely():
    count = 20_000
    prompt = [[3]] * count
    found = generate(prompt, tf.range(count), length=3).tokens.numpy()
    logits, state = STEP(tf.constant([3]), toy_steps.state(1))
    first = tf.nn.softmax(logits)[0].numpy()
    share = np.bincount(found[:, 1], minlength=SIZE) / count
    error = np.sqrt(first * (1 - first) / count)
    assert (np.abs(share - first) < 5 * error + 1e-4).all()
    token = int(share.argmax())
    second = tf.nn.softmax(STEP(tf.constant([token]), state)[0])[0].numpy()
    rows = found[found[:, 1] == token, 2]
    share = np.bincount(rows, minlength=SIZE) / len(rows)
    error = np.sqrt(second * (1 - second) / len(rows))
    assert (np.abs(share - second) < 5 * error + 1e-3).all()


def test_a_row_is_a_function_of_its_prompt_and_seed():
    together = generate(stop_tokens=[2])
    for row in range(len(ROWS)):
        alone = generate(
            ROWS[row : row + 1], SEED[row : row + 1], stop_tokens=[2]
        )
        np.testing.assert_array_equal(alone.tokens[0], together.tokens[row])
        assert alone.lengths[0] == together.lengths[row]
        np.testing.assert_allclose(
            alone.log_probs[0], together.log_probs[row], rtol=1e-5
        )
    other = generate(seed=SEED + 10)
    assert (other.tokens.numpy() != generate().tokens.numpy()).any()


def test_log_probs_are_those_of_what_was_drawn():
    found = generate(filters=samplers.LogitFilters(temperature=2.0))
    starts = np.array([len(start) for start in ROWS])
    expected = toy_steps.log_probs(STEP, found.tokens, starts, LENGTH)
    np.testing.assert_allclose(found.log_probs, expected, rtol=1e-5)


def test_a_stop_token_ends_a_row_but_not_in_its_prompt():
    found = generate(stop_tokens=[5, 2], pad_token=9)
    ended = 0
    for tokens, length, start in zip(
        found.tokens.numpy(), found.lengths.numpy(), ROWS, strict=True
    ):
        drawn = tokens[len(start) : length]
        assert (tokens[: len(start)] == start).all()
        assert not np.isin(drawn[:-1], [5, 2]).any()
        assert (tokens[length:] == 9).all()
        if length < LENGTH:
            ended += 1
            assert drawn[-1] in (5, 2)
    assert ended


def test_each_row_has_its_limit_and_the_loop_stops_with_the_last():
    steps = []

    def counting(tokens, state):
        steps.append(1)
        return STEP(tokens, state)

    limits = tf.constant([1, 5, 2, 6])
    prompt = samplers.Prompt.of(ROWS)
    found = samplers.generate(
        counting, toy_steps.state(4), prompt, LENGTH, SEED, limits=limits
    )
    np.testing.assert_array_equal(found.lengths, [1, 5, 5, 6])
    assert len(steps) == 5
    whole = generate().tokens.numpy()
    for row, length in enumerate(found.lengths):
        tokens = found.tokens[row].numpy()
        np.testing.assert_array_equal(tokens[:length], whole[row, :length])
        assert not tokens[length:].any()


def test_what_was_said_is_not_said_again():
    filters = samplers.LogitFilters(repetition_penalty=1e6)

    def unlikely(tokens, state):  # All logits below 0.
        logits, state = STEP(tokens, state)
        return logits - 20.0, state

    prompt = samplers.Prompt.of([[1], [4, 2]])
    found = samplers.generate(
        unlikely, toy_steps.state(2), prompt, SIZE, filters=filters
    )
    for row in found.tokens.numpy():
        assert len(set(row)) == SIZE


def test_filters_of_each_row():
    filters = samplers.LogitFilters(top_k=tf.constant([1, 0, 1, 0]))
    found = generate(filters=filters).tokens.numpy()
    likeliest, free = generate(seed=None).tokens, generate().tokens
    np.testing.assert_array_equal(found[[0, 2]], likeliest.numpy()[[0, 2]])
    np.testing.assert_array_equal(found[[1, 3]], free.numpy()[[1, 3]])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_graph_gives_the_same_tokens_and_is_traced_once(jit_compile):
    traces = []

    def draw(tokens, lengths, seed):
        traces.append(1)
        prompt = samplers.Prompt(tokens, lengths)
        state = tf.zeros_like(lengths)
        return samplers.generate(
            STEP, state, prompt, LENGTH, seed, stop_tokens=[2]
        )

    compiled = tf.function(draw, jit_compile=jit_compile)
    prompt = samplers.Prompt.of(ROWS)
    for shift in (0, 1):
        found = compiled(*prompt, SEED + shift)
        expected = generate(seed=SEED + shift, stop_tokens=[2])
        np.testing.assert_array_equal(found.tokens, expected.tokens)
    assert len(traces) == 1


def test_prompts_that_cannot_be_are_refused():
    with pytest.raises(
        ValueError, match="a token or more in each row. Received: none in row 1"
    ):
        samplers.Prompt.of([[1], []])
    with pytest.raises(ValueError, match="Received: no rows"):
        samplers.Prompt.of([])
    with pytest.raises(
        ValueError,
        match="`length` must be at least .* prompt, 5 tokens. Received: 4",
    ):
        generate(length=4)
