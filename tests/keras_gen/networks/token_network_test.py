"""Dropout of networks of tokens: masks that do not change with time."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import networks

TOKENS = np.random.default_rng(0).integers(11, size=(2, 7)).astype(np.int32)


@pytest.fixture(
    scope="module",
    params=[
        lambda: networks.GPT(11, width=16, num_layers=2, num_heads=2),
        lambda: networks.RecurrentNetwork(11, width=16, num_layers=2),
    ],
    ids=["gpt", "recurrent"],
)
def network(request):
    return request.param()


def test_masks_of_one_are_none(network):
    ones = np.ones((2, network.num_masks, 16), np.float32)
    np.testing.assert_array_equal(network(TOKENS, masks=ones), network(TOKENS))


def test_every_mask_matters_to_its_own_row(network):
    expected = network(TOKENS).numpy()
    for index in range(network.num_masks):
        masks = np.ones((2, network.num_masks, 16), np.float32)
        masks[1, index, :8] = 0
        found = network(TOKENS, masks=masks).numpy()
        np.testing.assert_array_equal(found[0], expected[0])
        assert np.abs(found[1] - expected[1]).max() > 1e-4


def test_without_vectors_all_tokens_are_alike(network):
    masks = np.ones((2, network.num_masks, 16), np.float32)
    masks[:, 0] = 0
    first = network(TOKENS, masks=masks).numpy()
    np.testing.assert_array_equal(first, network(TOKENS[::-1], masks=masks))


def test_masks_reach_the_gradient(network):
    masks = tf.ones((2, network.num_masks, 16))
    with tf.GradientTape() as tape:
        tape.watch(masks)
        loss = tf.reduce_sum(network(TOKENS, masks=masks) ** 2)
    each = tf.reduce_max(tf.abs(tape.gradient(loss, masks)), axis=(0, 2))
    assert float(tf.reduce_min(each)) > 0
