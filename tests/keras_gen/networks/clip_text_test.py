"""The text encoder of CLIP: its size, and who sees whom."""

import keras
import numpy as np
import pytest

from keras_gen import networks
from tests.keras_gen.networks import without_memory

TOKENS = np.random.default_rng(0).integers(0, 50, size=(2, 7), dtype=np.int32)


@pytest.fixture(scope="module")
def network():
    return networks.clip_text_encoder(50, 7, 8, 2, 2)


def test_the_size_of_stable_diffusion():
    network = without_memory.build(networks.clip_text_encoder)
    assert without_memory.count(network) == 123_060_480
    assert len(network.variables) == 196
    assert network.output_shape == (None, 77, 768)


def test_vectors_are_normalized(network):
    found = network(TOKENS).numpy()
    assert found.shape == (2, 7, 8) and found.dtype == "float32"
    np.testing.assert_allclose(found.mean(axis=-1), 0, atol=1e-5)
    np.testing.assert_allclose(found.std(axis=-1), 1, atol=0.05)


def test_a_token_sees_those_before_it_alone(network):
    changed = TOKENS.copy()
    changed[:, 4] = (changed[:, 4] + 1) % 50
    before, after = network(TOKENS).numpy(), network(changed).numpy()
    np.testing.assert_allclose(before[:, :4], after[:, :4], atol=1e-6)
    assert np.abs(before[:, 4:] - after[:, 4:]).max(axis=-1).min() > 1e-4


def test_a_token_knows_where_it_stands(network):
    same = np.full((1, 7), 3, np.int32)
    found = network(same).numpy()[0]
    gaps = np.abs(found[1:] - found[:-1]).max(axis=-1)
    assert gaps.min() > 1e-3


def test_survives_a_file(network, tmp_path):
    network.save(tmp_path / "network.keras")
    read = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(read(TOKENS), network(TOKENS))


def test_half_precision_is_near_and_returns_float32(network):
    half = networks.clip_text_encoder(50, 7, 8, 2, 2, dtype="mixed_bfloat16")
    half.set_weights(network.get_weights())
    found = half(TOKENS)
    assert found.dtype == "float32"
    assert 1e-4 < np.abs(found - network(TOKENS)).max() < 0.2


def test_heads_that_do_not_divide_are_refused():
    message = (
        "`num_heads` must divide `width`. Received num_heads=3 and width=8"
    )
    with pytest.raises(ValueError, match=message):
        networks.clip_text_encoder(50, 7, 8, 2, 3)
