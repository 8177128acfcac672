"""Kind int8 keeps tables whole and places exact; large layers are int8."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import interpreter
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from export import conversion

_RANDOM = np.random.default_rng(0)
_TABLE = np.float32([[0.01, -0.01], [0.5, 1.0], [-1.0, 0.25]] * 64)
_LARGE = _RANDOM.normal(size=(512, 1024)).astype(np.float32)
_SMALL = _RANDOM.normal(size=(1024, 2)).astype(np.float32)  # 0.4 %
_KERNEL = _RANDOM.normal(size=(1, 1, 1, 8)).astype(np.float32)


class Module(tf.Module):
    """What int8 is good for, and what it is not."""

    @tf.function(input_signature=[tf.TensorSpec((1, 1), tf.int32, name="x")])
    def look_up(self, x):
        """[1, 1, 2]: a row of the table."""
        return {"y": tf.gather(_TABLE, x)}

    @tf.function(input_signature=[tf.TensorSpec((1, 6), name="x")])
    def move(self, x):
        """[1, 3]: differences that are small beside what they are of."""
        points = tf.reshape(x, (1, 2, 3))
        return {"y": points[:, 1] - tf.minimum(points[:, 0], 1e6)}

    @tf.function(input_signature=[tf.TensorSpec((1, 512), name="x")])
    def layers(self, x):
        """[1, 2]: a large layer and a small one."""
        return {"y": tf.tanh(x @ _LARGE / 512**0.5) @ _SMALL}

    @tf.function(input_signature=[tf.TensorSpec((1, 4, 4, 1), name="x")])
    def convolve(self, x):
        """[1, 2, 2, 8]: a convolution and what stands behind it."""
        found = tf.nn.relu(tf.nn.conv2d(x, _KERNEL, 1, "SAME"))
        return {"y": tf.nn.max_pool2d(found, 2, 2, "VALID")}

    @tf.function(input_signature=[tf.TensorSpec((1,), name="x")])
    def choose(self, x):
        """[1]: of the two branches one has nothing to do."""
        return {"y": tf.cond(x[0] > 0.0, lambda: x, lambda: -x)}


_SAMPLES = {
    "look_up": {"x": np.int32([[[0]]] * 4)},
    "move": {"x": _RANDOM.uniform(0, 1000, (4, 1, 6)).astype(np.float32)},
    "choose": {"x": _RANDOM.normal(size=(4, 1, 1)).astype(np.float32)},
    "layers": {"x": _RANDOM.normal(size=(4, 1, 512)).astype(np.float32)},
    "convolve": {"x": _RANDOM.normal(size=(4, 1, 4, 4, 1)).astype(np.float32)},
}


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """A flatbuffer of kind int8."""
    path, made = tmp_path_factory.mktemp("calibrated"), Module()
    tf.saved_model.save(
        made, str(path), {k: getattr(made, k) for k in _SAMPLES}
    )
    rows = {k: {"x": v["x"][:, 0]} for k, v in _SAMPLES.items()}
    return conversion.convert(path, list(_SAMPLES), "int8", rows)


def run(content, name, x):
    """What a signature answers."""
    found = interpreter.Interpreter(model_content=content)
    return found.get_signature_runner(name)(x=x)["y"]


def test_rows_that_calibration_has_not_met_are_whole(content):
    found = run(content, "look_up", np.int32([[1]]))
    np.testing.assert_allclose(found[0, 0], _TABLE[1], atol=1.01 / 255)
    assert np.abs(found[0, 0] - _TABLE[1]).max() > 0  # 256 levels.


def test_what_is_moved_to_arithmetic_is_exact(content):
    x = _SAMPLES["move"]["x"][0]
    np.testing.assert_array_equal(run(content, "move", x), x[:, 3:] - x[:, :3])


def test_a_branch_may_be_empty(content):
    for x in (0.123, -0.123):
        np.testing.assert_array_equal(
            run(content, "choose", np.float32([x])), np.float32([0.123])
        )


def test_large_layers_and_what_stands_behind_convolutions_are_int8(content):
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    types = {}
    for graph in model.subgraphs:
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex].builtinCode
            found = graph.tensors[operator.outputs[0]]
            types[code, *found.shape[-1:]] = found.type
    codes, kinds = schema.BuiltinOperator, schema.TensorType
    assert types[codes.FULLY_CONNECTED, 1024] == kinds.INT8
    assert types[codes.FULLY_CONNECTED, 2] == kinds.FLOAT32
    assert types[codes.MAX_POOL_2D, 8] == kinds.INT8
