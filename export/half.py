"""Weights of a LiteRT flatbuffer in float16, computed in float32.

The converter halves all constants. Those of the arithmetic in between suffer:
an epsilon of 1e-8 becomes 0, and a third of a coordinate differs by a fiftieth
of a cell on a grid of 128. Here only arrays are halved.
"""

import copy

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

_LEAST_SIZE = 16  # Numbers of an array that is worth halving.
_VERSION = 3  # Of the operation, the first that reads float16.


def halve(content: bytes) -> bytes:
    """A float32 flatbuffer whose large constants are float16.

    Each is read by an operation that makes it float32 again, which delegates
    do once, or while they compute.
    """
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    code = schema.OperatorCodeT()
    code.builtinCode = schema.BuiltinOperator.DEQUANTIZE
    code.deprecatedBuiltinCode = code.builtinCode
    code.version = _VERSION
    model.operatorCodes.append(code)
    halved = {}  # Buffer of float32: that of float16.
    for subgraph in model.subgraphs:
        readers = []
        for index, tensor in enumerate(list(subgraph.tensors)):
            data = model.buffers[tensor.buffer].data
            if not _is_large(tensor, data):
                continue
            if tensor.buffer not in halved:
                halved[tensor.buffer] = len(model.buffers)
                model.buffers.append(_half(data))
            small = copy.copy(tensor)
            small.type = schema.TensorType.FLOAT16
            small.buffer = halved[tensor.buffer]
            tensor.buffer = 0  # Empty: it is computed now.
            reader = schema.OperatorT()
            reader.opcodeIndex = len(model.operatorCodes) - 1
            reader.inputs, reader.outputs = [len(subgraph.tensors)], [index]
            subgraph.tensors.append(small)
            readers.append(reader)
        subgraph.operators = [*readers, *subgraph.operators]
    for index in halved:
        model.buffers[index].data = None
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _is_large(tensor, data):
    return (
        tensor.type == schema.TensorType.FLOAT32
        and data is not None
        and len(data) >= 4 * _LEAST_SIZE
    )


def _half(data):
    numbers = np.frombuffer(np.asarray(data, np.uint8).tobytes(), np.float32)
    limit = np.finfo(np.float16).max  # Infinity would spoil what is finite.
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(
        np.clip(numbers, -limit, limit).astype(np.float16).tobytes(), np.uint8
    )
    return buffer
