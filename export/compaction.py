"""Rewrites a LiteRT flatbuffer in fewer bytes, with the same meaning.

The converter writes one table for each tensor, one empty buffer for each
intermediate result, and equal shapes and options again and again. Here names
of tensors are dropped (those of signatures stay), tensors without data share
the empty buffer, and what is equal is written once: offsets of a flatbuffer
may point to the same place.

Reference: flatbuffers.dev, "FlatBuffer Internals".
"""

import struct
from typing import Any

import flatbuffers
from tensorflow.lite.tools import flatbuffer_utils

_IDENTIFIER = b"TFL3"
_WORD = 4  # Bytes of a count and of a reference.
_DATA_ALIGNMENT = 16  # Of the data of constants, as the schema asks.


def compact(content: bytes) -> bytes:
    """The flatbuffer in fewer bytes."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    _share_empty_buffer(model)
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            tensor.name = None
            if _says_nothing(tensor.quantization):
                tensor.quantization = None
    builder = _SharingBuilder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=_IDENTIFIER)
    return bytes(builder.Output())


def _share_empty_buffer(model: Any) -> None:
    """Moves tensors without data to buffer 0, which the format keeps empty."""
    named = {each.buffer for each in model.metadata or ()}
    kept = {0: 0}
    for index, buffer in enumerate(model.buffers):
        if index and (buffer.data is not None or index in named):
            kept[index] = len(kept)
    model.buffers = [model.buffers[index] for index in kept]
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            tensor.buffer = kept.get(tensor.buffer, 0)
    for each in model.metadata or ():
        each.buffer = kept[each.buffer]


def _says_nothing(quantization: Any) -> bool:
    if quantization is None:
        return True
    parts = ("min", "max", "scale", "zeroPoint", "details")
    return all(getattr(quantization, name) is None for name in parts)


class _SharingBuilder(flatbuffers.Builder):
    """Writes equal vectors and tables once.

    A flatbuffer grows from its end. What has just been written is compared
    with what stands there already; if it is not new, the head moves back.
    References are relative to where they stand, so their targets are compared.
    """

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._written = {}  # {what it holds: offset}
        self._begin = 0  # Offset before the open vector or table.
        self._references = []  # (offset, offset of its target) in it.
        self._layout = None  # Of the open vector; None for a string.

    def StartVector(self, element_size, count, alignment):
        if element_size == 1 and count >= _DATA_ALIGNMENT:
            alignment = _DATA_ALIGNMENT
        self._begin, self._references = self.Offset(), []
        self._layout = element_size, count, alignment
        return super().StartVector(element_size, count, alignment)

    def EndVector(self, *args):
        offset = super().EndVector(*args)
        if self._layout is None:
            return offset
        size = _WORD + self._layout[0] * self._layout[1]
        key = self._layout, *self._content(offset, size)
        self._layout = None
        return self._share(key, offset)

    def StartObject(self, num_fields):
        super().StartObject(num_fields)
        self._begin, self._references = self.Offset(), []

    def EndObject(self):
        offset = super().EndObject()
        size = offset - self._begin
        start = len(self.Bytes) - offset
        (to_vtable,) = struct.unpack_from("<i", self.Bytes, start)
        self._references.append((offset, offset + to_vtable))
        return self._share(self._content(offset, size), offset)

    def PrependUOffsetTRelative(self, offset):
        super().PrependUOffsetTRelative(offset)
        self._references.append((self.Offset(), offset))

    def _content(self, offset: int, size: int) -> tuple:
        """Bytes without references, and where these point to."""
        start = len(self.Bytes) - offset
        content = self.Bytes[start : start + size]
        for place, _ in self._references:
            first = offset - place
            content[first : first + _WORD] = bytes(_WORD)
        return bytes(content), tuple(to for _, to in self._references)

    def _share(self, key: tuple, offset: int) -> int:
        found = self._written.setdefault(key, offset)
        if found != offset:
            self.head = len(self.Bytes) - self._begin
        return found
