"""A gradient of one's own: that of the parts, in every kind of graph."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.ops import gradient_registry

from keras_gen import layers
from keras_gen.ops.custom_gradient import custom_gradient

X = tf.constant([-2.0, -0.5, 0.0, 3.0])


@custom_gradient
def cube(x):
    """With a gradient that is no cube's, so that it is known again."""
    return x**3, lambda upstream: upstream * 10.0 * x


def slope(function):
    with tf.GradientTape() as tape:
        tape.watch(X)
        y = function(X)
    return tape.gradient(y, X)


def looped(x):
    return tf.while_loop(
        lambda i, _: i < 1,
        lambda i, x: (i + 1, cube(x)),
        (tf.constant(0), x),
        maximum_iterations=1,
    )[1]


@pytest.mark.parametrize(
    "function",
    [
        cube,
        tf.function(cube),
        tf.function(lambda x: tf.function(cube)(x)),
        tf.function(cube, jit_compile=True),
        tf.function(looped),
    ],
    ids=["eager", "graph", "nested", "xla", "loop"],
)
def test_it_is_the_gradient(function):
    np.testing.assert_allclose(slope(function), 10 * X)
    inside = tf.function(lambda: slope(function))
    np.testing.assert_allclose(inside(), 10 * X)


def test_where_no_tape_records_it_is_left_out():
    graph = tf.function(cube).get_concrete_function(X).graph
    assert {each.type for each in graph.get_operations()} == {
        "Placeholder",
        "Pow",
        "Const",
        "Identity",
    }


def test_it_goes_with_its_graph():
    known = gradient_registry._registry
    before = set(known)
    with tf.GradientTape():
        graph = tf.function(cube).get_concrete_function(X).graph
    assert "IdentityN" in {each.type for each in graph.get_operations()}
    gone = weakref.ref(graph)
    del graph
    gc.collect()
    assert gone() is None
    assert set(known) <= before


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (layers.silu, keras.activations.silu),
        (
            lambda x: layers.gated_dense.gated(x, x),
            lambda x: x * keras.activations.gelu(x),
        ),
    ],
    ids=["silu", "gated"],
)
def test_both_derivatives_are_those_of_keras(ours, theirs):
    for mine, other in zip(derivatives(ours), derivatives(theirs), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)


def derivatives(function):
    with tf.GradientTape() as outer:
        outer.watch(X)
        with tf.GradientTape() as inner:
            inner.watch(X)
            y = function(X)
        first = inner.gradient(y, X)
    return y, first, outer.gradient(first, X)
