"""A compacted flatbuffer says the same in fewer bytes."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import interpreter
from tensorflow.lite.tools import flatbuffer_utils

from export import compaction, parity
from tests.export import exported


@pytest.fixture(scope="module")
def converted():
    """A flatbuffer as the converter writes it."""
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(exported.version()), signature_keys=["generate", "reconstruct"]
    )
    return converter.convert()


@pytest.fixture(scope="module")
def compacted(converted):
    return compaction.compact(converted)


def answers(content):
    """{signature: answer} to fixed inputs."""
    found = interpreter.Interpreter(model_content=content)
    shape = exported.model().config.image_shape
    images = np.linspace(-1, 1, 3 * np.prod(shape), dtype=np.float32)
    inputs = {
        "generate": {"seed": np.arange(3, dtype=np.int32)},
        "reconstruct": {"images": images.reshape(3, *shape)},
    }
    return {
        name: found.get_signature_runner(name)(**each)["images"]
        for name, each in inputs.items()
    }


def test_answers_are_the_same_bits(converted, compacted):
    expected = answers(converted)
    for name, found in answers(compacted).items():
        np.testing.assert_array_equal(found, expected[name])


def test_the_graph_takes_less_than_half_of_its_bytes(converted, compacted):
    before, after = map(parity.contents, (converted, compacted))
    assert after.num_operations == before.num_operations
    assert after.weights_bytes == before.weights_bytes
    assert (after.num_bytes - after.weights_bytes) < 0.5 * (
        before.num_bytes - before.weights_bytes
    )


def test_tensors_keep_shape_type_and_data(converted, compacted):
    def tensors(content):
        model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
        for subgraph in model.subgraphs:
            for each in subgraph.tensors:
                data = model.buffers[each.buffer].data
                shape = () if each.shape is None else tuple(each.shape)
                yield shape, each.type, None if data is None else bytes(data)

    assert list(tensors(compacted)) == list(tensors(converted))


def test_constants_are_aligned_as_the_schema_asks(compacted):
    found = flatbuffer_utils.schema_fb.Model.GetRootAs(compacted, 0)
    buffers = map(found.Buffers, range(found.BuffersLength()))
    starts = [
        each._tab.Vector(each._tab.Offset(4))
        for each in buffers
        if each.DataLength() >= 16
    ]
    assert starts and not any(start % 16 for start in starts)


def test_compacting_twice_changes_nothing(compacted):
    assert compaction.compact(compacted) == compacted
