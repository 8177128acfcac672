"""Arrays become float16, the numbers of the arithmetic stay as they are."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import interpreter
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from export import compaction, conversion, half

_THIRD = np.float32(1 / 3)
_WEIGHTS = np.linspace(-1.0, 1.0, 64, dtype=np.float32).reshape(4, 16)
_WEIGHTS[0, 0] = 1e6  # More than float16 holds.


class Module(tf.Module):
    """A third, and a rate, times the same matrix."""

    @tf.function(input_signature=[tf.TensorSpec((1, 4), name="x")])
    def third(self, x):
        """Of the sine of x / 3."""
        return {"y": tf.sin(x * _THIRD) @ _WEIGHTS}

    @tf.function(input_signature=[tf.TensorSpec((1, 4), name="x")])
    def rate(self, x):
        """1 / x, nearly."""
        return {"y": tf.math.rsqrt(x**2 + 1e-8) @ _WEIGHTS}


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """A flatbuffer of two signatures that share weights, and its half."""
    path, made = tmp_path_factory.mktemp("half"), Module()
    functions = {"third": made.third, "rate": made.rate}
    tf.saved_model.save(made, str(path), functions)
    whole = conversion.converter(path, list(functions)).convert()
    return whole, half.halve(whole)


def constants(content):
    """{shape: type} of the constants."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    return {
        tuple(tensor.shape): tensor.type
        for subgraph in model.subgraphs
        for tensor in subgraph.tensors
        if model.buffers[tensor.buffer].data is not None
    }


def run(content, name, x):
    """What a signature answers."""
    found = interpreter.Interpreter(model_content=content)
    return found.get_signature_runner(name)(x=np.float32([x]))["y"]


def test_arrays_are_float16_and_numbers_are_not(contents):
    float32, float16 = schema.TensorType.FLOAT32, schema.TensorType.FLOAT16
    before, after = map(constants, contents)
    assert before[(16, 4)] == before[()] == float32
    assert after[(16, 4)] == float16 and after[()] == float32


def test_it_takes_half_of_the_bytes(contents):
    sizes = [len(compaction.compact(each)) for each in contents]
    assert sizes[1] < sizes[0]


def test_only_the_rounding_of_weights_is_seen(contents):
    x = np.float32([1e-5, 1.0, -2.0, 3.0])
    weights = np.float32(np.clip(_WEIGHTS, -65504, 65504).astype(np.float16))
    expected = {"third": np.sin(x / 3.0), "rate": 1.0 / np.sqrt(x**2 + 1e-8)}
    for content in (contents[1], compaction.compact(contents[1])):
        for name, each in expected.items():
            found = run(content, name, x)
            np.testing.assert_allclose(found[0], each @ weights, rtol=1e-4)


def test_what_float16_cannot_hold_stays_finite(contents):
    found = run(contents[1], "third", [1.5 * np.pi, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(found[0, 0], 65504.0, rtol=1e-5)
