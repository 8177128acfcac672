"""Attention against NumPy and Keras, and with what was read before."""

import keras
import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from keras_gen import layers

RANDOM = np.random.default_rng(0)
NUM_HEADS, HEAD_SIZE = 2, 3


def tokens_of(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


TOKENS, CONTEXT = tokens_of(2, 5, 4), tokens_of(2, 7, 6)


def pair(context, dtype=None):
    """`KeysValues` of a context and `Attention` of TOKENS, random weights."""
    read = layers.KeysValues(NUM_HEADS, HEAD_SIZE, dtype=dtype)
    attention = layers.Attention(NUM_HEADS, HEAD_SIZE, dtype=dtype)
    attention(TOKENS, read(context))
    for layer in (read, attention):
        layer.set_weights([tokens_of(*x.shape) for x in layer.get_weights()])
    return read, attention


def expected(read, attention, context):
    """Vaswani et al. 2017, Eq. 1, one head after the other."""
    key, value = read.get_weights()
    query, kernel, bias = attention.get_weights()
    found = []
    for head in range(NUM_HEADS):
        part = np.s_[:, head * HEAD_SIZE : (head + 1) * HEAD_SIZE]
        logits = TOKENS @ query[part] @ np.swapaxes(context @ key[part], 1, 2)
        weights = scipy.special.softmax(logits / HEAD_SIZE**0.5, axis=-1)
        found.append(weights @ (context @ value[part]))
    return np.concatenate(found, axis=-1) @ kernel + bias


@pytest.mark.parametrize("context", [TOKENS, CONTEXT])
def test_equals_the_equation(context):
    read, attention = pair(context)
    found = attention(TOKENS, read(context))
    assert found.shape == TOKENS.shape
    np.testing.assert_allclose(
        found, expected(read, attention, context), rtol=1e-4, atol=1e-5
    )


def test_equals_keras():
    read, attention = pair(CONTEXT)
    theirs = keras.layers.MultiHeadAttention(NUM_HEADS, HEAD_SIZE)
    theirs(TOKENS, CONTEXT)
    key, value = read.get_weights()
    query, kernel, bias = attention.get_weights()
    split = (-1, NUM_HEADS, HEAD_SIZE)
    zeros = np.zeros(split[1:])
    parts = [part for x in (query, key, value) for part in (x, zeros)]
    shapes = [x.shape for x in theirs.get_weights()]
    parts = [*parts, kernel, bias]
    theirs.set_weights(
        [x.reshape(to) for x, to in zip(parts, shapes, strict=True)]
    )
    np.testing.assert_allclose(
        attention(TOKENS, read(CONTEXT)),
        theirs(TOKENS, CONTEXT),
        rtol=1e-4,
        atol=1e-5,
    )


def test_equals_keras_with_biases_and_causal():
    read = layers.KeysValues(NUM_HEADS, HEAD_SIZE, use_bias=True)
    attention = layers.Attention(
        NUM_HEADS, HEAD_SIZE, use_bias=True, causal=True
    )
    theirs = keras.layers.MultiHeadAttention(NUM_HEADS, HEAD_SIZE)
    theirs(TOKENS, TOKENS)
    attention(TOKENS, read(TOKENS))
    for layer in (read, attention):
        layer.set_weights([tokens_of(*x.shape) for x in layer.get_weights()])
    *query, kernel, bias = attention.get_weights()
    parts = [*query, *read.get_weights(), kernel, bias]
    shapes = [x.shape for x in theirs.get_weights()]
    theirs.set_weights(
        [x.reshape(to) for x, to in zip(parts, shapes, strict=True)]
    )
    np.testing.assert_allclose(
        attention(TOKENS, read(TOKENS)),
        theirs(TOKENS, TOKENS, use_causal_mask=True),
        rtol=1e-4,
        atol=1e-5,
    )


def test_causal_attention_sees_nothing_of_what_comes_later():
    read = layers.KeysValues(NUM_HEADS, HEAD_SIZE)
    attention = layers.Attention(NUM_HEADS, HEAD_SIZE, causal=True)
    later = TOKENS.copy()
    later[:, 3:] += 1
    before, after = (attention(x, read(x)).numpy() for x in (TOKENS, later))
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert np.abs(before[:, 3:] - after[:, 3:]).min() > 1e-6


def test_positions_of_maps_are_tokens():
    read, attention = pair(CONTEXT)
    maps = TOKENS[:, :4].reshape(2, 1, 2, 2, 4)
    found = attention(maps, read(CONTEXT.reshape(2, 1, 7, 6)))
    assert found.shape == maps.shape
    np.testing.assert_allclose(
        tf.reshape(found, (2, 4, 4)),
        attention(TOKENS[:, :4], read(CONTEXT)),
        rtol=1e-5,
        atol=1e-5,
    )


def test_the_order_of_the_context_does_not_matter():
    read, attention = pair(CONTEXT)
    found = attention(TOKENS, read(CONTEXT[:, ::-1]))
    np.testing.assert_allclose(
        found, attention(TOKENS, read(CONTEXT)), rtol=1e-5, atol=1e-5
    )


def test_the_softmax_is_float32_under_mixed_precision():
    """Of 4000 equal keys none is heard in bfloat16 sums of 1 / 4000."""
    context = np.ones((1, 4000, 4), np.float32)
    read = layers.KeysValues(1, 4, dtype="mixed_bfloat16")
    attention = layers.Attention(1, 4, dtype="mixed_bfloat16")
    found = attention(context[:, :2], read(context))
    assert found.dtype == "bfloat16"
    _, value = read.get_weights()
    _, kernel, _ = attention.get_weights()
    np.testing.assert_allclose(
        np.asarray(found, np.float32)[0, 0],
        value.sum(axis=0) @ kernel,
        rtol=0.05,
        atol=0.02,
    )


def test_unknown_lengths_in_a_graph():
    read, attention = pair(CONTEXT)
    signature = [
        tf.TensorSpec([None, None, x.shape[-1]]) for x in (TOKENS, CONTEXT)
    ]
    compiled = tf.function(
        lambda tokens, context: attention(tokens, read(context)),
        input_signature=signature,
    )
    np.testing.assert_allclose(
        compiled(TOKENS, CONTEXT), attention(TOKENS, read(CONTEXT)), atol=1e-5
    )


def test_survives_a_file(tmp_path):
    tokens, context = keras.Input((None, 4)), keras.Input((7, 6))
    sizes = {"num_heads": NUM_HEADS, "head_size": HEAD_SIZE, "use_bias": True}
    keys_values = layers.KeysValues(**sizes)(context)
    assert [x.shape for x in keys_values] == [(None, 2, 7, 3)] * 2
    found = layers.Attention(causal=True, **sizes)(tokens, keys_values)
    model = keras.Model([tokens, context], found)
    model.save(tmp_path / "model.keras")
    read = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        read([TOKENS, CONTEXT]), model([TOKENS, CONTEXT])
    )


def test_frozen_layers_are_frozen_when_they_are_read_from_a_config():
    tokens = keras.Input((3, 4))
    keys_values = layers.KeysValues(2, 2)(tokens)
    model = keras.Model(tokens, layers.Attention(2, 2)(tokens, keys_values))
    model.trainable = False
    copy = keras.models.clone_model(model)
    frozen = [v.path for layer in copy.layers for v in layer.variables]
    moving = [
        v.path for layer in copy.layers for v in layer.trainable_variables
    ]
    assert len(frozen) == 5 and not moving
    assert not any(v.trainable for v in copy.variables)
