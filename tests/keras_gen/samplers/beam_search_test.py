"""Beam search against all sequences there are."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import samplers
from tests.keras_gen.samplers import toy_steps

SIZE, START, DRAWN = 3, [1, 2], 4
LENGTH = len(START) + DRAWN
STOP = 2
KINDS = pytest.mark.parametrize("monotonic", [False, True])


def search(step, width, rows=(START,), length=LENGTH, **options):
    prompt = samplers.Prompt.of(rows)
    state = toy_steps.state(len(rows))
    return samplers.search(step, state, prompt, length, width, **options)


def end_of(tokens, stop):
    """How many tokens a sequence has."""
    drawn = tokens[len(START) :]
    return len(START) + (drawn.index(stop) + 1 if stop in drawn else DRAWN)


@KINDS
@pytest.mark.parametrize("stop", [None, STOP])
@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_wide_enough_it_finds_the_best_of_all(monotonic, stop, length_penalty):
    for seed in range(3):
        step = toy_steps.random_step(SIZE, seed)
        stops = [] if stop is None else [stop]
        found = search(
            step,
            SIZE**DRAWN,
            length_penalty=length_penalty,
            stop_tokens=stops,
            monotonic=monotonic,
        )
        every = list(toy_steps.all_sequences(SIZE, START, DRAWN, stop))
        ends = np.array([end_of(tokens, stop) for tokens in every])
        totals = toy_steps.log_probs(step, every, len(START), ends)
        totals /= (ends - len(START)) ** length_penalty
        best = int(totals.argmax())
        np.testing.assert_array_equal(found.tokens[0, 0], every[best])
        assert float(found.scores[0, 0]) == pytest.approx(totals[best], 1e-5)


@KINDS
def test_the_best_come_first_and_have_the_probability_they_say(monotonic):
    step = toy_steps.random_step(SIZE, 5)
    found = search(step, 7, monotonic=monotonic)
    scores = found.scores[0].numpy()
    assert (np.diff(scores) <= 0).all()
    assert len({tuple(each) for each in found.tokens[0].numpy()}) == 7
    expected = toy_steps.log_probs(step, found.tokens[0], len(START), LENGTH)
    np.testing.assert_allclose(found.log_probs[0], expected, rtol=1e-5)


def test_one_beam_takes_the_likeliest_each_time():
    step = toy_steps.random_step(SIZE, 1)
    rows = [[1], [2, 0, 1]]
    options = {"stop_tokens": [STOP], "pad_token": 9}
    found = search(step, 1, rows, **options)
    greedy = samplers.generate(
        step,
        toy_steps.state(2),
        samplers.Prompt.of(rows),
        LENGTH,
        **options,
    )
    np.testing.assert_array_equal(found.tokens[:, 0], greedy.tokens)
    np.testing.assert_array_equal(found.lengths[:, 0], greedy.lengths)


def test_wider_is_never_worse_if_monotonic():
    for seed in range(10):
        step = toy_steps.random_step(SIZE, seed)
        best = [
            float(search(step, width, monotonic=True).scores[0, 0])
            for width in (1, 2, 3, 5, 9)
        ]
        assert (np.diff(best) >= -1e-6).all()


@KINDS
def test_rows_do_not_matter_to_each_other(monotonic):
    step = toy_steps.random_step(SIZE, 2)
    rows = [[1], [2, 0, 1], [0, 0]]
    options = {"stop_tokens": [STOP], "monotonic": monotonic}
    together = search(step, 4, rows, **options)
    for row, start in enumerate(rows):
        alone = search(step, 4, [start], **options)
        for first, second in zip(alone, together, strict=True):
            np.testing.assert_allclose(first[0], second[row], rtol=1e-5)


def test_a_graph_finds_the_same():
    step = toy_steps.random_step(SIZE, 3)
    prompt = samplers.Prompt.of([START, [0]])

    @tf.function(jit_compile=True)
    def compiled():
        return samplers.search(step, toy_steps.state(2), prompt, LENGTH, 4)

    expected = search(step, 4, [START, [0]])
    np.testing.assert_array_equal(compiled().tokens, expected.tokens)


def test_no_beam_is_refused():
    with pytest.raises(ValueError, match="`width` must be at least 1"):
        search(toy_steps.random_step(SIZE, 0), 0)
