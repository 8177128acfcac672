"""From row to row: at once and token by token, from what is there alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import networks

SIZE, LENGTH = 11, 6
RANDOM = np.random.default_rng(0)
SOURCE = RANDOM.integers(SIZE, size=(3, 5)).astype(np.int32)
TOKENS = RANDOM.integers(SIZE, size=(3, LENGTH)).astype(np.int32)
INSIDE = np.arange(5) < np.array([5, 3, 1])[:, None]


@pytest.fixture(
    scope="module",
    params=[
        lambda: networks.EncoderDecoder(SIZE, 16, 2, 2, 5, LENGTH),
        lambda: networks.RecurrentEncoderDecoder(SIZE, 16, "lstm"),
        lambda: networks.RecurrentEncoderDecoder(SIZE, 16, "gru", tied=False),
    ],
    ids=["transformer", "lstm", "gru"],
)
def network(request):
    made = request.param()
    random = np.random.default_rng(1)
    for weight in made.weights:
        weight.assign(random.normal(0, 0.5, weight.shape))
    return made


def test_token_by_token_is_all_at_once(network):
    expected = network(SOURCE, INSIDE, TOKENS)
    memory = network.encode(SOURCE, INSIDE)
    state = network.initial_state(memory, INSIDE, LENGTH)
    for index in range(LENGTH):
        logits, state = network.step(TOKENS[:, index], state)
        np.testing.assert_allclose(logits, expected[:, index], atol=2e-4)


def test_what_is_outside_does_not_matter(network):
    other = np.where(INSIDE, SOURCE, (SOURCE + 1) % SIZE)
    found = network(other, INSIDE, TOKENS)
    np.testing.assert_array_equal(found, network(SOURCE, INSIDE, TOKENS))
    shorter = network(SOURCE[1:2, :3], INSIDE[1:2, :3], TOKENS[1:2])
    np.testing.assert_allclose(shorter[0], found[1], atol=2e-5)


def test_every_token_of_the_source_matters(network):
    expected = network(SOURCE, INSIDE, TOKENS).numpy()
    for index in range(5):
        other = SOURCE.copy()
        other[0, index] = (other[0, index] + 1) % SIZE
        found = network(other, INSIDE, TOKENS).numpy()
        assert np.abs(found[0] - expected[0]).max(-1).min() > 1e-5
        np.testing.assert_array_equal(found[1:], expected[1:])


def test_a_token_knows_nothing_of_later_ones(network):
    expected = network(SOURCE, INSIDE, TOKENS).numpy()
    other = TOKENS.copy()
    other[:, 3] = (other[:, 3] + 1) % SIZE
    found = network(SOURCE, INSIDE, other).numpy()
    np.testing.assert_array_equal(found[:, :3], expected[:, :3])
    assert np.abs(found[:, 3:] - expected[:, 3:]).max(-1).min() > 1e-5


def test_masks_of_one_are_none_and_each_matters(network):
    expected = network(SOURCE, INSIDE, TOKENS)
    ones = np.ones((3, network.num_masks, 16), np.float32)
    found = network(SOURCE, INSIDE, TOKENS, masks=ones)
    np.testing.assert_array_equal(found, expected)
    for index in range(network.num_masks):
        masks = ones.copy()
        masks[1, index, :8] = 0
        found = network(SOURCE, INSIDE, TOKENS, masks=masks).numpy()
        assert np.abs(found[1] - expected[1]).max() > 1e-4
        np.testing.assert_array_equal(found[0], expected[0])


def test_every_weight_gets_a_gradient(network):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(network(SOURCE, INSIDE, TOKENS) ** 2)
    for each, gradient in zip(
        network.trainable_variables,
        tape.gradient(loss, [v.value for v in network.trainable_variables]),
        strict=True,
    ):
        assert gradient is not None, each.path


def test_it_is_saved_and_loaded(tmp_path, network):
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(
        loaded(SOURCE, INSIDE, TOKENS), network(SOURCE, INSIDE, TOKENS)
    )
