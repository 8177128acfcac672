"""Shapes are checked as they are documented."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.ops import shapes


@pytest.mark.parametrize(
    ("shape", "pattern", "sizes"),
    [
        ((2, 3), "B D", {"B": 2, "D": 3}),
        ((2, 28, 28, 1), "B 28 28 C", {"B": 2, "C": 1}),
        ((5, 5), "D D", {"D": 5}),
        ((3,), "... 3", {}),
        ((7, 8, 9, 3), "... D 3", {"D": 9}),
        ((4,), "4", {}),
    ],
)
def test_sizes_of_a_shape_that_fits(shape, pattern, sizes):
    assert shapes.check(np.zeros(shape), pattern, "x") == sizes


@pytest.mark.parametrize(
    ("shape", "pattern"),
    [
        ((2,), "B D"),
        ((2, 3, 4), "B D"),
        ((2, 27, 28, 1), "B 28 28 C"),
        ((5, 6), "D D"),
        ((4,), "... 3"),
        ((3,), "... D 3"),
        ((2, 3, 2), "A B A B"),
        ((), "B"),
    ],
)
def test_other_shapes_are_refused(shape, pattern):
    with pytest.raises(ValueError, match="`x` must have shape"):
        shapes.check(np.zeros(shape), pattern, "x")


def test_the_message_names_argument_rule_and_shape():
    with pytest.raises(
        ValueError,
        match=r"^`images` must have shape \[B, 28, 28, C\]\. "
        r"Received shape \[2, 3\]\.$",
    ):
        shapes.check(np.zeros((2, 3)), "B 28 28 C", "images")


def test_unknown_sizes_of_a_graph_fit_everything():
    unknown = tf.TensorSpec((None, 3))
    assert shapes.check(unknown, "B 3", "x") == {"B": None}
    assert shapes.check(unknown, "5 D", "x") == {"D": 3}
    assert shapes.check(tf.TensorSpec((None, 3)), "D D", "x") == {"D": 3}
    with pytest.raises(ValueError, match=r"Received shape \[None, 3\]"):
        shapes.check(unknown, "B 4", "x")


def test_a_known_size_is_kept_when_the_letter_comes_back_unknown():
    assert shapes.check(tf.TensorSpec((3, None)), "D D", "x") == {"D": 3}
