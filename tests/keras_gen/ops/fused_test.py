"""Large maps are computed by one kernel, with the same result."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import layers
from keras_gen.ops import fused

LARGE, SMALL = (2, 32, 32, 32), (2, 8, 8, 32)


def double_and_add(maps, number):
    return 2.0 * maps + number


def calls_of(function, *shape):
    """Names of functions that a graph of `function` calls."""
    graph = tf.function(function).get_concrete_function(tf.TensorSpec(shape))
    return [op for op in graph.graph.get_operations() if "Call" in op.type]


def test_large_maps_of_known_shape_alone_are_compiled():
    either = fused.fused(double_and_add)

    def ask(maps):
        return either(maps, tf.constant(1.0))

    (call,) = calls_of(ask, *LARGE)
    assert call.get_attr("_XlaMustCompile")
    assert not calls_of(ask, *SMALL)
    assert not calls_of(ask, None, *LARGE[1:])


def test_nothing_is_compiled_where_a_gradient_is_recorded():
    either = fused.fused(double_and_add)

    def slope(maps):
        with tf.GradientTape() as tape:
            tape.watch(maps)
            found = either(maps, tf.constant(1.0))
        return tape.gradient(found, maps)

    assert not calls_of(slope, *LARGE)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize(
    "make",
    [
        lambda dtype: layers.GroupNorm(8, activation="silu", dtype=dtype),
        lambda dtype: layers.LayerNorm(dtype=dtype),
        lambda dtype: layers.GatedDense(32, dtype=dtype),
    ],
    ids=["group", "layer", "gated"],
)
def test_layers_answer_the_same(make, dtype):
    layer = make(dtype)
    x = np.random.default_rng(0).normal(2.0, 3.0, LARGE).astype(np.float32)
    layer(x)  # Builds it.
    for weight in layer.weights:
        weight.assign(weight + np.linspace(0.1, 1.0, weight.shape[-1]))
    expected = layer(x)
    assert calls_of(layer, *LARGE)
    tolerance = 2e-5 if dtype == "float32" else 0.02
    np.testing.assert_allclose(
        np.float32(tf.cast(tf.function(layer)(x), tf.float32)),
        np.float32(tf.cast(expected, tf.float32)),
        rtol=tolerance,
        atol=tolerance,
    )


def test_in_graphs_all_maps_are_compiled():
    either = fused.in_graphs(double_and_add)

    def ask(maps):
        return either(maps, tf.constant(1.0))

    (call,) = calls_of(ask, *SMALL)
    assert call.get_attr("_XlaMustCompile")
    np.testing.assert_array_equal(ask(tf.ones(SMALL)), np.full(SMALL, 3.0))
