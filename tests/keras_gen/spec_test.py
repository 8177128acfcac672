"""A Spec says what is wrong with a tensor, and makes tensors that are right."""

import json

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies

from keras_gen import spec

IMAGES = spec.Spec((4, 4, 1), "float32", -1.0, 1.0, "Images.")
SEEDS = spec.Spec((), "int32")
TOKENS = spec.Spec((None,), "int32", 0, 9)
TEXT = spec.Spec((), "string")
LATENT = spec.Spec((3,))

IMAGES_HINT = r"use `images.astype\('float32'\) / 127.5 - 1`"


def zeros(*shape, dtype="float32"):
    return np.zeros(shape, dtype)


@pytest.mark.parametrize(
    ("each", "value"),
    [
        (IMAGES, zeros(2, 4, 4, 1)),
        (IMAGES, zeros(0, 4, 4, 1)),
        (IMAGES, tf.ones((1, 4, 4, 1))),
        (SEEDS, zeros(5, dtype="int32")),
        (TOKENS, zeros(2, 7, dtype="int32")),
        (TEXT, np.array([b"a", b"bc"], object)),
        (TEXT, tf.constant(["a"])),
        (LATENT, np.full((2, 3), 1e30, np.float32)),
    ],
)
def test_what_fits_is_accepted(each, value):
    each.check(value, "x")


@pytest.mark.parametrize(
    ("each", "value", "message"),
    [
        (
            IMAGES,
            zeros(4, 4, 1),
            r"`x` must have shape \[B, 4, 4, 1\] \(batch axis first\). "
            r"Received shape \[4, 4, 1\].$",
        ),
        (IMAGES, zeros(2, 4, 5, 1), r"Received shape \[2, 4, 5, 1\]"),
        (SEEDS, np.int32(3), r"must have shape \[B\].*Received shape \[\]"),
        (TOKENS, zeros(2, dtype="int32"), r"must have shape \[B, \?\]"),
        (
            IMAGES,
            zeros(2, 4, 4, 1, dtype="uint8"),
            f"must have dtype float32. Received dtype uint8. .*{IMAGES_HINT}",
        ),
        (SEEDS, zeros(2, dtype="int64"), "must have dtype int32.*int64.$"),
        (TEXT, zeros(2), "must have dtype string. Received dtype float32"),
        (LATENT, np.array([["a", "b", "c"]]), "Received dtype string"),
        (
            IMAGES,
            np.full((2, 4, 4, 1), 200, np.float32),
            rf"`x` must lie in \[-1, 1\]. Received values from 200 to 200. "
            rf".*{IMAGES_HINT}",
        ),
        (TOKENS, np.int32([[3, 10]]), r"lie in \[0, 9\].*from 3 to 10.$"),
        (TOKENS, np.int32([[-1, 3]]), r"lie in \[0, 9\].*from -1 to 3.$"),
        (LATENT, np.float32([[0, np.nan, 1]]), "must be finite, but contains"),
        (LATENT, np.float32([[0, np.inf, 1]]), "Remove or repair those rows"),
        (LATENT, np.float32([[0, -np.inf, 1]]), "must be finite"),
    ],
)
def test_what_does_not_fit_is_refused(each, value, message):
    with pytest.raises(ValueError, match=message):
        each.check(value, "x")


def test_half_open_ranges_are_shown_as_such():
    with pytest.raises(ValueError, match=r"must lie in \[0, inf\]. Rec.*-1 to"):
        spec.Spec((), "float32", low=0.0).check(np.float32([-1, 2]), "x")
    with pytest.raises(ValueError, match=r"must lie in \[-inf, 0\]"):
        spec.Spec((), "float32", high=0.0).check(np.float32([-1, 2]), "x")


def test_static_shapes_of_graphs_may_be_unknown():
    IMAGES.check_static((None, None, 4, 1), "float32", "x")
    with pytest.raises(ValueError, match=r"Received shape \[\?, 5, \?, 1\]"):
        IMAGES.check_static((None, 5, None, 1), "float32", "x")


@hypothesis.settings(database=None, derandomize=True, deadline=None)
@hypothesis.given(
    strategies.builds(
        spec.Spec,
        strategies.lists(
            strategies.none() | strategies.integers(1, 4), max_size=3
        ).map(tuple),
        strategies.sampled_from(["float32", "int32", "uint8", "string"]),
        strategies.sampled_from([None, 0, 1, 200]),
        strategies.sampled_from([None, 200, 255]),
        strategies.text(max_size=3),
    ),
    strategies.integers(0, 3),
)
def test_examples_fit_and_json_keeps_everything(each, seed):
    example = each.example(2, seed)
    each.check(example, "x")
    np.testing.assert_array_equal(example, each.example(2, seed))
    text = json.dumps(each.to_dict())
    assert spec.Spec.from_dict(json.loads(text)) == each


@pytest.mark.parametrize(("low", "high"), [(None, -7), (-7, None), (-9, -7)])
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_examples_fit_negative_limits(dtype, low, high):
    each = spec.Spec((20,), dtype, low, high)
    each.check(each.example(3), "x")


def test_examples_of_other_seeds_differ_and_span_the_range():
    first, second = IMAGES.example(50, 0), IMAGES.example(50, 1)
    assert first.shape == (50, 4, 4, 1) and first.dtype == np.float32
    assert not np.array_equal(first, second)
    assert first.min() < -0.9 and first.max() > 0.9
    assert set(TOKENS.example(200).ravel()) == set(range(10))


def test_tensor_spec_has_a_free_batch_axis():
    found = TOKENS.tensor_spec("tokens")
    assert found == tf.TensorSpec((None, None), tf.int32, "tokens")
    assert found.name == "tokens"
    assert TEXT.tensor_spec("text").dtype == tf.string


def test_dumps_keeps_names():
    read = json.loads(spec.dumps({"seed": SEEDS, "latent": LATENT}))
    assert {n: spec.Spec.from_dict(v) for n, v in read.items()} == {
        "seed": SEEDS,
        "latent": LATENT,
    }
