"""MultiHotEmbedding: the sum of the vectors of what is there."""

import numpy as np

from keras_gen import layers, networks


def test_it_sums_vectors_and_comes_back():
    for tied in (True, False):
        made = layers.MultiHotEmbedding(5, 3, tied, "random_normal")
        made.build()
        x = np.float32([[0, 1, 0, 0, 1], [0, 0, 0, 0, 0]])
        found = made(x).numpy()
        vectors = made.embeddings.numpy()
        np.testing.assert_allclose(found[0], vectors[1] + vectors[4], rtol=1e-5)
        np.testing.assert_array_equal(found[1], 0)
        back = made(found, reverse=True).numpy()
        expected = found @ made.reverse_embeddings.numpy().T - 3
        np.testing.assert_allclose(back, expected, rtol=1e-5)
        same = made.reverse_embeddings is made.embeddings
        assert same == tied


def test_a_network_of_frames_steps_as_all_at_once():
    frames = np.random.default_rng(0).integers(2, size=(2, 4, 6))
    frames = frames.astype(np.float32)
    for made in (
        networks.GPT(6, 8, 1, 2, tied=False, num_distances=4, multi_hot=True),
        networks.RecurrentNetwork(6, 8, 1, tied=False, multi_hot=True),
    ):
        expected = made(frames)
        assert expected.shape == (2, 4, 6)
        assert made.compute_output_shape((None, 4, 6)) == (None, 4, 6)
        state = made.initial_state(2, 4)
        for index in range(4):
            found, state = made.step(frames[:, index], state)
            np.testing.assert_allclose(found, expected[:, index], atol=1e-5)
