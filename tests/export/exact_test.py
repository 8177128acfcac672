"""Small layers stay float32; large ones, and tables of others, do not."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import interpreter
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from export import conversion, exact

_RANDOM = np.random.default_rng(0)
_LARGE = _RANDOM.normal(size=(512, 2048)).astype(np.float32)
_SMALL = _RANDOM.normal(size=(2048, 4)).astype(np.float32)  # 0.8 %
_TABLE = _RANDOM.normal(size=(64, 32)).astype(np.float32)  # 0.2 %, used twice.


class Module(tf.Module):
    """A large layer and a small one; a table that is a layer too."""

    @tf.function(input_signature=[tf.TensorSpec((1, 512), name="x")])
    def layers(self, x):
        """[1, 4]."""
        return {"y": tf.tanh(x @ _LARGE / 512**0.5) @ _SMALL}

    @tf.function(input_signature=[tf.TensorSpec((1,), tf.int32, name="x")])
    def table(self, x):
        """[1, 64]: products of one row with all."""
        return {"y": tf.matmul(tf.gather(_TABLE, x), _TABLE, transpose_b=True)}


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """Flatbuffers: float32, of kind dynamic, and what is made of it."""
    path, made = tmp_path_factory.mktemp("exact"), Module()
    functions = {"layers": made.layers, "table": made.table}
    tf.saved_model.save(made, str(path), functions)
    found = []
    for optimizations in ([], [tf.lite.Optimize.DEFAULT]):
        converter = conversion.converter(path, list(functions))
        converter.optimizations = optimizations
        found.append(converter.convert())
    return *found, exact.restore(found[1], found[0])


def constants(content):
    """{shape: type} of the large constants."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    return {
        tuple(sorted(tensor.shape)): tensor.type
        for subgraph in model.subgraphs
        for tensor in subgraph.tensors
        if model.buffers[tensor.buffer].data is not None
        and np.prod(tensor.shape) >= 1024
    }


def run(content, name, x):
    """What a signature answers."""
    found = interpreter.Interpreter(model_content=content)
    return found.get_signature_runner(name)(x=x)["y"]


def test_only_small_layers_are_float32(contents):
    _, dynamic, restored = map(constants, contents)
    float32, int8 = schema.TensorType.FLOAT32, schema.TensorType.INT8
    assert dynamic[4, 2048] == dynamic[512, 2048] == int8
    assert restored[4, 2048] == float32 and restored[512, 2048] == int8
    assert restored[32, 64] == dynamic[32, 64]


def test_the_file_is_hardly_larger(contents):
    float32, dynamic, restored = map(len, contents)
    assert restored - dynamic < 0.01 * float32


def test_answers_are_nearer(contents):
    x = _RANDOM.normal(size=(1, 512)).astype(np.float32)
    expected, dynamic, restored = (run(c, "layers", x) for c in contents)
    worse, better = (
        np.abs(found - expected).max() for found in (dynamic, restored)
    )
    assert better < 0.8 * worse
    row = np.int32([3])
    expected, dynamic, restored = (run(c, "table", row) for c in contents)
    np.testing.assert_array_equal(restored, dynamic)
