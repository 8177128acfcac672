"""Blocks of latent diffusion against the same in TensorFlow and Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gen.networks import unet_blocks

RANDOM = np.random.default_rng(0)
BLOCKS = unet_blocks.Blocks(num_groups=2, num_heads=2)


def tensor(*shape):
    return tf.constant(RANDOM.normal(size=shape), tf.float32)


def random_model(inputs, outputs):
    """A model with random weights, and a function that finds them by name."""
    model = keras.Model(inputs, outputs)
    for each in model.variables:
        each.assign(tensor(*each.shape))
    return model, lambda name: model.get_layer(name).get_weights()


def normalized(x, epsilon, gamma, beta):
    """Group normalization of [B, h, w, C] in two groups."""
    groups = tf.reshape(x, (*x.shape[:3], 2, -1))
    mean, variance = tf.nn.moments(groups, (1, 2, 4), keepdims=True)
    x = tf.reshape((groups - mean) / tf.sqrt(variance + epsilon), x.shape)
    return x * gamma + beta


def layer_normalized(x, gamma, beta):
    mean, variance = tf.nn.moments(x, -1, keepdims=True)
    return (x - mean) / tf.sqrt(variance + 1e-5) * gamma + beta


def convolved(x, kernel, bias):
    return tf.nn.conv2d(x, kernel, 1, "SAME") + bias


def silu(x):
    return x * tf.sigmoid(x)


def attended(x, read, attention):
    """Multi-head attention of two heads to `read` = (context, key, value)."""
    context, key, value = read
    query, kernel, bias = attention
    heads = []
    for q, k, v in zip(
        *(tf.split(w, 2, axis=1) for w in (query, key, value)), strict=True
    ):
        logits = tf.matmul(x @ q, context @ k, transpose_b=True)
        weights = tf.nn.softmax(logits / q.shape[1] ** 0.5)
        heads.append(weights @ (context @ v))
    return tf.concat(heads, -1) @ kernel + bias


@pytest.mark.parametrize("width", [4, 6])
def test_a_residual_block(width):
    x, embedding = keras.Input((3, 5, 4)), keras.Input((7,))
    model, of = random_model(
        [x, embedding], BLOCKS.residual(x, embedding, width, "r")
    )
    x, embedding = tensor(2, 3, 5, 4), tensor(2, 7)
    found = model([x, embedding])
    kernel, bias = of("r_time")
    told = embedding @ kernel + bias
    y = silu(normalized(x, 1e-5, *of("r_norm_1")))
    y = convolved(y, *of("r_conv_1")) + told[:, None, None]
    y = silu(normalized(y, 1e-5, *of("r_norm_2")))
    shortcut = x if width == 4 else convolved(x, *of("r_shortcut"))
    expected = shortcut + convolved(y, *of("r_conv_2"))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_a_residual_block_that_is_told_nothing():
    maps = keras.Input((3, 5, 4))
    blocks = unet_blocks.Blocks(num_groups=2, num_heads=1, epsilon=0.1)
    model, of = random_model(maps, blocks.residual(maps, None, 4, "r"))
    x = tensor(2, 3, 5, 4)
    y = silu(normalized(x, 0.1, *of("r_norm_1")))
    y = silu(normalized(convolved(y, *of("r_conv_1")), 0.1, *of("r_norm_2")))
    expected = x + convolved(y, *of("r_conv_2"))
    np.testing.assert_allclose(model(x), expected, rtol=1e-3, atol=1e-3)


def test_attention_to_the_other_positions():
    maps = keras.Input((None, None, 4))
    blocks = unet_blocks.Blocks(num_groups=2, num_heads=2, epsilon=0.1)
    model, of = random_model(maps, blocks.attention(maps, "a"))
    x = tensor(2, 2, 3, 4)
    y = tf.reshape(normalized(x, 0.1, *of("a_norm")), (2, 6, 4))
    # With a number that is always 1, a kernel has a bias.
    y = tf.concat([y, tf.ones((2, 6, 1))], axis=-1)
    key, value, query = (
        tf.concat([kernel, bias[None]], axis=0)
        for kernel, bias in zip(
            *[iter([*of("a_keys_values"), *of("a_attention")[:2]])] * 2,
            strict=True,
        )
    )
    attention = (query, *of("a_attention")[2:])
    found = attended(y, (y, key, value), attention)
    expected = x + tf.reshape(found, x.shape)
    np.testing.assert_allclose(model(x), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("length", [None, 3])
def test_a_transformer(length):
    x = keras.Input((2, 3, 4))
    context = keras.Input((length, 6)) if length else None
    inputs = [x, context] if length else [x]
    model, of = random_model(inputs, BLOCKS.transformer(x, context, "t"))
    given = [tensor(2, 2, 3, 4), tensor(2, 3, 6)][: len(inputs)]
    x = normalized(given[0], 1e-6, *of("t_norm"))
    x = tf.reshape(convolved(x, *of("t_conv_in")), (2, 6, 4))
    for name in ["t_self", "t_cross"][: len(inputs)]:
        y = layer_normalized(x, *of(f"{name}_norm"))
        read = (y if name == "t_self" else given[1], *of(f"{name}_keys_values"))
        x += attended(y, read, of(f"{name}_attention"))
    kernel, bias = of("t_feed_in")
    y = layer_normalized(x, *of("t_feed_norm")) @ kernel + bias
    y, gate = y[..., :16], y[..., 16:]
    y *= gate * 0.5 * (1 + tf.math.erf(gate / 2**0.5))  # The exact GELU.
    kernel, bias = of("t_feed_out")
    x = tf.reshape(x + y @ kernel + bias, (2, 2, 3, 4))
    expected = given[0] + convolved(x, *of("t_conv_out"))
    np.testing.assert_allclose(model(given), expected, rtol=1e-3, atol=2e-3)


def test_down_pads_one_on_each_side():
    x = keras.Input((4, 6, 2))
    model, of = random_model(x, BLOCKS.downsampled(x, "d"))
    x = tensor(2, 4, 6, 2)
    kernel, bias = of("d_conv")
    padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    expected = tf.nn.conv2d(padded, kernel, 2, "VALID") + bias
    assert expected.shape == (2, 2, 3, 2)
    np.testing.assert_allclose(model(x), expected, rtol=1e-4, atol=1e-4)


def test_down_may_pad_at_the_end_alone():
    x = keras.Input((4, 6, 2))
    down = BLOCKS.downsampled(x, "d", padding=((0, 1), (0, 1)))
    model, of = random_model(x, down)
    x = tensor(2, 4, 6, 2)
    kernel, bias = of("d_conv")
    padded = tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]])
    expected = tf.nn.conv2d(padded, kernel, 2, "VALID") + bias
    np.testing.assert_allclose(model(x), expected, rtol=1e-4, atol=1e-4)


def test_up_repeats_and_convolves():
    x = keras.Input((2, 3, 2))
    model, of = random_model(x, BLOCKS.upsampled(x, "u"))
    x = tensor(2, 2, 3, 2)
    double = tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2)
    np.testing.assert_allclose(
        model(x), convolved(double, *of("u_conv")), rtol=1e-4, atol=1e-4
    )


def test_new_blocks_pass_on_what_comes_in():
    maps, embedding = keras.Input((2, 2, 4)), keras.Input((3,))
    x = BLOCKS.residual(maps, embedding, 4, "r")
    x = BLOCKS.transformer(x, None, "t")
    model = keras.Model([maps, embedding], x)
    given = tensor(2, 2, 2, 4)
    np.testing.assert_array_equal(model([given, tensor(2, 3)]), given)
