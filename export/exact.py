"""The smallest layers of a LiteRT flatbuffer of kind dynamic, as float32 again.

What they would save is nothing beside the rest, and they are often those that
read or make the numbers of a picture: four fifths of the squared error of a
radiance field whose table has 99 of 100 weights.
"""

from collections.abc import Mapping
from typing import Any

from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

_SHARE = 0.01  # Of the bytes of all constants, for all small layers together.
_LAYERS = tuple(
    getattr(schema.BuiltinOperator, name)
    for name in ("FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D")
)


def restore(content: bytes, float32: bytes) -> bytes:
    """The flatbuffer with its smallest layers from its float32 sibling.

    Args:
        content: of kind dynamic, with the names of its tensors.
        float32: of kind none, of the same functions.
    """
    model, exact = (
        flatbuffer_utils.convert_bytearray_to_object(bytearray(each))
        for each in (content, float32)
    )
    found = _layers(model, exact)
    sizes = {index: len(data) for index, (data, _) in found.items()}
    for index in smallest(sizes, exact):
        data, tensors = found[index]
        model.buffers[index].data = data
        for tensor in tensors:
            tensor.type = schema.TensorType.FLOAT32
            tensor.quantization = None
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def smallest(sizes: Mapping[Any, int], model: Any) -> list:
    """The smallest layers that together have one in a hundred weights.

    Args:
        sizes: {layer: bytes of its weights}.
        model: a flatbuffer as an object, in float32.
    """
    # Signatures share weights that the converter may write more than once.
    constants = {bytes(b.data) for b in model.buffers if b.data is not None}
    budget, found = _SHARE * sum(map(len, constants)), []
    for layer in sorted(sizes, key=sizes.__getitem__):
        budget -= sizes[layer]
        if budget < 0.0:
            break
        found.append(layer)
    return found


def _layers(model, exact):
    """{buffer: (its bytes in float32, the tensors that have it)} of layers."""
    found, shared = {}, set()
    for quantized, sibling in zip(
        model.subgraphs, exact.subgraphs, strict=True
    ):
        known = {each.name: each.buffer for each in sibling.tensors}
        for tensor, is_weight in _read(model, quantized):
            data = exact.buffers[known.get(tensor.name, 0)].data
            if not is_weight or data is None:
                shared.add(tensor.buffer)
            elif tensor.type == schema.TensorType.INT8:
                found.setdefault(tensor.buffer, (data, []))[1].append(tensor)
    return {k: v for k, v in found.items() if k not in shared}


def _read(model, subgraph):
    """(tensor, whether it is the weight of a layer) that operations read."""
    for operator in subgraph.operators or ():
        code = code_of(model, operator)
        for place, index in enumerate(indices(operator.inputs)):
            yield subgraph.tensors[index], code in _LAYERS and place == 1


def code_of(model: Any, operator: Any) -> int:
    """The BuiltinOperator of an operation of a flatbuffer."""
    code = model.operatorCodes[operator.opcodeIndex]
    # Files of old readers have the small ones in a place of their own.
    return max(code.builtinCode, code.deprecatedBuiltinCode)


def indices(found: Any) -> list[int]:
    """Of tensors that an operation of a flatbuffer has, if it has any."""
    found = () if found is None else found
    return [index for index in found if index >= 0]  # Else it is left out.
