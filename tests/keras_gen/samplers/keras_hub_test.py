"""KerasHub's samplers, where it is installed, draw the same tokens."""

import numpy as np
import pytest

from keras_gen import samplers
from tests.keras_gen.samplers import toy_steps

keras_hub = pytest.importorskip("keras_hub")

SIZE, LENGTH = 11, 12
ROWS = np.array([[1, 2], [3, 0], [7, 7]], np.int32)


def theirs(sampler, step):
    """Tokens [B, T] by a sampler of KerasHub, which asks for each index."""
    prompt = np.zeros((len(ROWS), LENGTH), np.int32)
    prompt[:, : ROWS.shape[1]] = ROWS
    mask = np.arange(LENGTH) < ROWS.shape[1]

    def following(prompt, cache, index):
        logits, cache = step(prompt[:, index - 1], cache)
        return logits, None, cache

    _, state = step(ROWS[:, 0], toy_steps.state(len(ROWS)))
    return sampler(
        following,
        prompt,
        cache=state,
        index=ROWS.shape[1],
        mask=np.broadcast_to(mask, prompt.shape),
    )


@pytest.mark.parametrize("seed", range(3))
def test_greedy(seed):
    step = toy_steps.random_step(SIZE, seed)
    state = toy_steps.state(len(ROWS))
    ours = samplers.generate(step, state, samplers.Prompt.of(ROWS), LENGTH)
    expected = theirs(keras_hub.samplers.GreedySampler(), step)
    np.testing.assert_array_equal(ours.tokens, expected)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("width", [1, 4])
def test_beams(seed, width):
    step = toy_steps.random_step(SIZE, seed)
    state = toy_steps.state(len(ROWS))
    prompt = samplers.Prompt.of(ROWS)
    ours = samplers.search(step, state, prompt, LENGTH, width)
    expected = theirs(keras_hub.samplers.BeamSampler(width), step)
    np.testing.assert_array_equal(ours.tokens[:, 0], expected)
