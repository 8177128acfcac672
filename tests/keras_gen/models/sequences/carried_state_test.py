"""Truncated back-propagation: states that go on from batch to batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen

ALPHABET = keras_gen.TransformerLMConfig.tiny().alphabet


def windows(seed=0):
    """Two, of seven tokens."""
    return np.random.default_rng(seed).integers(
        len(ALPHABET), size=(2, 7), dtype=np.int32
    )


def carrying(**changes):
    keras.utils.set_random_seed(0)
    config = keras_gen.RecurrentLMConfig(
        tokenizer="characters",
        alphabet=ALPHABET,
        length=6,
        width=8,
        **changes,
    )
    made = keras_gen.RecurrentLM(config)
    made.compile(keras.optimizers.SGD(0.0), jit_compile=False)
    return made


def test_a_carried_state_is_that_of_the_whole_text():
    """Two windows in turn cost what one of twice the length does."""
    made = carrying(num_carried=2)
    long = np.concatenate([windows(0)[:, :6], windows(1)], axis=1)
    parts = long[:, :7], long[:, 6:13]
    found = [
        made.fit(each, batch_size=2, shuffle=False, verbose=0).history["loss"]
        for each in parts
    ]
    whole = made.network(long[:, :-1])
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(long[:, 1:], whole)
    expected = np.mean(each, axis=0)
    assert found[0][0] == pytest.approx(expected[:6].mean(), rel=1e-5)
    assert found[1][0] == pytest.approx(expected[6:].mean(), rel=1e-5)
    alone = carrying().fit(parts[1], batch_size=2, shuffle=False, verbose=0)
    assert alone.history["loss"][0] != pytest.approx(found[1][0], rel=1e-4)
    loss = made.evaluate(parts[1], verbose=0)  # Nothing is carried here.
    assert loss == pytest.approx(alone.history["loss"][0], rel=1e-5)


def test_a_carried_state_is_saved(tmp_path):
    made = carrying(num_carried=2)
    made.fit(windows(), batch_size=2, verbose=0)
    made.save(tmp_path / "model.keras")
    loaded = keras_gen.load(tmp_path / "model.keras")
    for old, new in zip(made.carried, loaded.carried, strict=True):
        assert np.abs(new).max() > 0
        np.testing.assert_array_equal(old, new)


def test_other_rows_than_those_that_are_carried_are_refused():
    made = carrying(num_carried=3)
    with pytest.raises(ValueError, match="of 3 rows needs batches of as many"):
        made.fit(windows(), batch_size=2, verbose=0)
