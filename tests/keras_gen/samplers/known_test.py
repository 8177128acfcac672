"""Tokens known at any places, against prompts and loops in Python."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import samplers
from tests.keras_gen.samplers import toy_steps

SIZE, LENGTH = 5, 8
STEP = toy_steps.random_step(SIZE, 3)
SEED = tf.constant([4, 5, 6])
TOKENS = np.random.default_rng(0).integers(0, SIZE, (3, LENGTH), np.int32)
KNOWN = np.zeros((3, LENGTH), bool)
KNOWN[:, 0] = KNOWN[0, [3, 7]] = KNOWN[1, 5:] = True


def generate(known, seed=SEED, **options):
    rows = len(known.tokens)
    state = toy_steps.state(rows)
    return samplers.generate(STEP, state, known, LENGTH, seed, **options)


def holes():
    return samplers.Known(tf.constant(TOKENS), tf.constant(KNOWN))


def test_known_beginnings_are_a_prompt():
    lengths = np.array([1, 4, 8])
    known = np.arange(LENGTH) < lengths[:, None]
    rows = [row[:n] for row, n in zip(TOKENS, lengths, strict=True)]
    found = generate(samplers.Known(tf.constant(TOKENS), tf.constant(known)))
    expected = generate(samplers.Prompt.of(rows))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_known_stays_and_the_rest_follows_from_it():
    found = generate(holes(), seed=None)
    for row, (tokens, known) in enumerate(zip(TOKENS, KNOWN, strict=True)):
        drawn, state, total = [tokens[0]], toy_steps.state(1), 0.0
        for index in range(1, LENGTH):
            logits, state = STEP(tf.constant([drawn[-1]]), state)
            likeliest = int(tf.argmax(logits[0]))
            if not known[index]:
                total += float(tf.nn.log_softmax(logits)[0, likeliest])
            drawn.append(tokens[index] if known[index] else likeliest)
        np.testing.assert_array_equal(found.tokens[row], drawn)
        assert float(found.log_probs[row]) == pytest.approx(total, rel=1e-5)


def test_noise_before_the_loop_is_that_within():
    for one, other in zip(
        generate(holes()), generate(holes(), vocabulary_size=SIZE), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_stop_token_that_is_known_ends_nothing():
    found = generate(holes(), stop_tokens=list(range(SIZE)))
    first = np.argmin(KNOWN, axis=1)
    np.testing.assert_array_equal(found.lengths, first + 1)


def test_a_wide_search_finds_the_best_that_fits():
    tokens, known = (
        TOKENS[1:2, :5],
        np.array([[True, False, True, False, True]]),
    )
    found = samplers.search(
        STEP,
        toy_steps.state(1),
        samplers.Known(tf.constant(tokens), tf.constant(known)),
        5,
        SIZE * SIZE,
        length_penalty=1.0,
    )
    totals = {}
    for first, second in itertools.product(range(SIZE), repeat=2):
        row = tokens[0].copy()
        row[[1, 3]] = first, second
        each = [toy_steps.log_probs(STEP, row[None], i, i + 1) for i in (1, 3)]
        totals[tuple(row)] = float(sum(each)[0])
    best = max(totals, key=totals.get)
    np.testing.assert_array_equal(found.tokens[0, 0], best)
    assert float(found.log_probs[0, 0]) == pytest.approx(totals[best], rel=1e-5)
    assert float(found.scores[0, 0]) == pytest.approx(
        totals[best] / 2, rel=1e-5
    )


def test_another_length_is_refused():
    with pytest.raises(ValueError, match="`length` must be that of the known"):
        samplers.generate(STEP, toy_steps.state(3), holes(), LENGTH + 1)
