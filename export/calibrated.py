"""A calibrated LiteRT flatbuffer, before kind int8 is made of it.

The converter gives int8 to whatever has a range. Three things are put right:

    tables      rows of a table have the range of the table. By that of the
                rows that calibration met the table would lose the others, and
                be written once for each signature
    places      only what layers with weights read and make becomes int8, and
                what stands between them. Points, depths and indices that are
                moved on their way to arithmetic keep float32
    dense       the smallest dense layers keep float32, as in `exact`. Those of
                pictures are convolutions, whose time is not in their weights
"""

import functools

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from export import exact

_NAMES = {
    value: name
    for name, value in vars(schema.BuiltinOperator).items()
    if isinstance(value, int)
}
_DENSE, _GATHER = "FULLY_CONNECTED", "GATHER"
_LAYERS = {_DENSE, "CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"}


def prepare(content: bytes, float_codes: set[str]) -> tuple[bytes, set[str]]:
    """Corrects ranges, and says what stays float32.

    Args:
        content: calibrated, with the names of its tensors.
        float_codes: names of operations that stay float32 everywhere.

    Returns:
        (the flatbuffer, names of operations in it that stay float32).
    """
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    graphs = [
        # A branch may have none.
        [_Operation(model, graph, op) for op in graph.operators or ()]
        for graph in model.subgraphs
    ]
    small = _small_dense_layers(model, graphs)
    names = set()
    for operations in graphs:
        for each in operations:
            if each.is_table:
                each.give_range_of_table()
        chosen = _int8(operations, small, float_codes)
        for each in operations:
            if id(each) not in chosen:
                names.update(each.names)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model)), names


class _Operation:
    """An operation of a graph, and what it reads and makes."""

    def __init__(self, model, graph, operator) -> None:
        self.code = _NAMES[exact.code_of(model, operator)]
        self.inputs = exact.indices(operator.inputs)
        self.outputs = exact.indices(operator.outputs)
        self._made = [graph.tensors[index] for index in self.outputs]
        self._data = {
            index: model.buffers[graph.tensors[index].buffer].data
            for index in self.inputs
        }
        self.moved = [  # Numbers that are no constants.
            index
            for index, data in self._data.items()
            if data is None and _is_float(graph.tensors[index])
        ]

    @property
    def names(self) -> list[str]:
        return [each.name.decode() for each in self._made]

    @functools.cached_property
    def weight(self) -> bytes | None:
        """Constant that a layer multiplies by, or a table; else None."""
        if self.code not in _LAYERS | {_GATHER}:
            return None
        place = 0 if self.code == _GATHER else 1
        data = self._data[self.inputs[place]]
        return None if data is None else bytes(data)

    @property
    def is_table(self) -> bool:
        floats = _is_float(self._made[0])
        return self.code == _GATHER and floats and self.weight is not None

    def give_range_of_table(self) -> None:
        table, found = np.frombuffer(self.weight, np.float32), self._made[0]
        found.quantization.min = [float(table.min())]
        found.quantization.max = [float(table.max())]


def _is_float(tensor) -> bool:
    return tensor.type == schema.TensorType.FLOAT32


def _small_dense_layers(model, graphs: list) -> set[bytes]:
    """Their weights; those that several signatures have count once."""
    weights = {
        each.weight
        for operations in graphs
        for each in operations
        if each.code == _DENSE and each.weight is not None
    }
    return set(exact.smallest({each: len(each) for each in weights}, model))


def _int8(operations: list, small: set[bytes], float_codes: set[str]) -> set:
    """Identities of the operations that become int8."""
    free = [
        each
        for each in operations
        if each.code not in float_codes and each.weight not in small
    ]
    chosen = {id(each) for each in free if each.weight is not None}
    made, readers = set(), {}
    for each in free:  # In the order in which they run.
        if id(each) in chosen or (each.moved and made.issuperset(each.moved)):
            chosen.add(id(each))
            made.update(each.outputs)
    for each in operations:
        for tensor in each.moved:
            readers.setdefault(tensor, set()).add(id(each))
    for each in reversed(free):
        found = set().union(*(readers.get(k, ()) for k in each.outputs))
        if found and chosen.issuperset(found):
            chosen.add(id(each))
    return chosen
