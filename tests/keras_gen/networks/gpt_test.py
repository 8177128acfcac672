"""The decoder-only transformer, at once and token by token."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen import networks, samplers

SIZE, LENGTH = 11, 7
SMALL = {"vocabulary_size": SIZE, "width": 16, "num_layers": 2, "num_heads": 4}
TOKENS = np.random.default_rng(0).integers(SIZE, size=(3, LENGTH))
TOKENS = TOKENS.astype(np.int32)


def moved(network):
    """Weights far from where they start, so that everything matters."""
    random = np.random.default_rng(1)
    for weight in network.weights:
        weight.assign(random.normal(0, 0.5, weight.shape))
    return network


@pytest.fixture(
    scope="module",
    params=[(None, 0), (2, 0), (1, 0), (None, LENGTH), (2, 3)],
    ids=["", "two_keys", "one_key", "relative", "relative_near"],
)
def network(request):
    num_key_heads, num_distances = request.param
    return moved(
        networks.GPT(
            **SMALL, num_key_heads=num_key_heads, num_distances=num_distances
        )
    )


@pytest.mark.parametrize("together", [False, True])
def test_token_by_token_is_all_at_once(network, together):
    expected = network(TOKENS)
    state = network.initial_state(3, LENGTH, together)
    for index in range(LENGTH):
        logits, state = network.step(TOKENS[:, index], state)
        np.testing.assert_allclose(logits, expected[:, index], atol=1e-4)


def test_rows_may_be_at_different_positions(network):
    late = network.initial_state(1, LENGTH)
    _, late = network.step(TOKENS[:1, 0], late)
    early = network.initial_state(1, LENGTH)
    both = tf.nest.map_structure(
        lambda *each: tf.concat(each, axis=0), late, early
    )
    together, _ = network.step(TOKENS[[0, 1], [1, 0]], both)
    for row, (state, token) in enumerate(
        [(late, TOKENS[:1, 1]), (early, TOKENS[1:2, 0])]
    ):
        alone, _ = network.step(token, state)
        np.testing.assert_allclose(together[row], alone[0], atol=1e-5)


def test_a_token_knows_nothing_of_later_ones(network):
    expected = network(TOKENS).numpy()
    for index in range(1, LENGTH):
        other = TOKENS.copy()
        other[:, index] = (other[:, index] + 1) % SIZE
        found = network(other).numpy()
        np.testing.assert_array_equal(found[:, :index], expected[:, :index])
        assert np.abs(found[:, index:] - expected[:, index:]).min(-1).max() > 0


def test_only_distances_matter():
    """The same two tokens in front of a last one, at once or moved on."""
    attention = keras_attention()
    x = np.random.default_rng(2).normal(size=(1, 3, 16)).astype(np.float32)
    here, there = (
        attention._queries(x, tf.range(3) + start)[0, :, 0]
        @ tf.transpose(
            attention._keys_values(x, tf.range(3) + start)[0], (0, 1, 3, 2)
        )[0]
        for start in (0, 50)
    )
    np.testing.assert_allclose(here, there, atol=1e-4)


def keras_attention():
    from keras_gen import layers

    attention = layers.CausalAttention(4)
    attention.build((None, None, 16))
    return attention


@pytest.mark.parametrize("jit_compile", [False, True])
def test_cached_sampling_is_the_naive_one(network, jit_compile):
    seed = tf.constant([7, 8])
    prompt = samplers.Prompt.of([[1], [4, 2, 9]])

    @tf.function(jit_compile=jit_compile)
    def cached():
        state = network.initial_state(2, LENGTH, together=True)
        return samplers.generate(network.step, state, prompt, LENGTH, seed)

    def naive(tokens, so_far):
        """A StepFn that reads all tokens each time."""
        index = int(so_far[0, -1])
        so_far = so_far.numpy()
        so_far[:, index], so_far[:, -1] = tokens, index + 1
        logits = network(so_far[:, :-1])[:, index]
        return logits, tf.constant(so_far)

    state = tf.zeros((2, LENGTH + 1), tf.int32)
    expected = samplers.generate(naive, state, prompt, LENGTH, seed)
    found = cached()
    np.testing.assert_array_equal(found.tokens, expected.tokens)
    np.testing.assert_allclose(found.log_probs, expected.log_probs, rtol=1e-4)


def test_beams_carry_their_caches(network):
    prompt = samplers.Prompt.of([[1], [4, 2, 9]])
    state = network.initial_state(2, LENGTH)
    found = samplers.search(network.step, state, prompt, LENGTH, 3)
    for row, start in enumerate((1, 3)):
        for beam in range(3):
            tokens = found.tokens[row, beam][tf.newaxis]
            logits = tf.nn.log_softmax(network(tokens)[0, :-1])
            each = tf.gather(logits, tokens[0, 1:], batch_dims=1)
            total = float(tf.reduce_sum(each[start - 1 :]))
            assert float(found.log_probs[row, beam]) == pytest.approx(
                total, rel=1e-4
            )


def test_parameters_are_those_of_the_formula():
    width, layers = 16, 2
    network = networks.GPT(**SMALL)
    block = 4 * width**2 + 2 * 4 * width**2 + 2 * width
    assert network.count_params() == layers * block + width + SIZE * width
    loose = networks.GPT(**SMALL, tied=False)
    assert loose.count_params() - network.count_params() == SIZE * width
    shared = networks.GPT(**SMALL, num_key_heads=1)
    less = network.count_params() - shared.count_params()
    assert less == layers * 2 * width * (width - width // 4)


def test_a_new_network_knows_nothing():
    network = networks.GPT(50, tied=False)
    tokens = np.arange(40, dtype=np.int32)[np.newaxis]
    loss = keras.losses.sparse_categorical_crossentropy(
        np.roll(tokens, 3), network(tokens), from_logits=True
    )
    assert float(tf.reduce_mean(loss)) == pytest.approx(np.log(50), abs=0.15)


def test_it_is_saved_and_loaded(tmp_path, network):
    network.save(tmp_path / "gpt.keras")
    loaded = keras.saving.load_model(tmp_path / "gpt.keras")
    np.testing.assert_array_equal(loaded(TOKENS), network(TOKENS))


def test_in_half_precision_logits_are_float32():
    network = networks.GPT(**SMALL, dtype="mixed_bfloat16")
    assert network.blocks[0].feed.into.compute_dtype == "bfloat16"
    state = network.initial_state(3, LENGTH)
    assert state["caches"][0][0].dtype == tf.bfloat16
    logits, _ = network.step(TOKENS[:, 0], state)
    assert network(TOKENS).dtype == logits.dtype == tf.float32


def test_heads_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="`num_key_heads` must divide"):
        networks.GPT(SIZE, width=16, num_heads=4, num_key_heads=3)
    with pytest.raises(ValueError, match="`num_heads` must divide the width"):
        networks.GPT(SIZE, width=16, num_heads=3)
    with pytest.raises(ValueError, match="heads of an even size"):
        networks.GPT(SIZE, width=12, num_heads=4)
