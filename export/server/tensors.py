"""NumPy arrays to TensorProto and back.

Numbers travel as `tensor_content`, the bytes of the array, which costs a copy
instead of a loop over elements; strings travel as `string_val`. All other
encodings that TensorFlow knows are read too.
"""

import math

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2, types_pb2

# Elements of a string tensor are at least one pointer each.
_POINTER_SIZE = 8


def encode(array: np.ndarray) -> tensor_pb2.TensorProto:
    """The TensorProto of `array`; bytes and text become strings."""
    proto = tensor_pb2.TensorProto()
    encode_into(proto, array, tf.as_dtype(array.dtype).as_datatype_enum)
    return proto


def encode_into(
    proto: tensor_pb2.TensorProto, value: np.ndarray, dtype: int
) -> None:
    """Fills `proto` with `value`, of the enum `dtype`."""
    proto.dtype = dtype
    if dtype == types_pb2.DT_STRING:
        # Not a fixed-width array: that would cut trailing zero bytes.
        array = np.asarray(value, dtype=object)
        proto.string_val.extend(tf.compat.as_bytes(s) for s in array.flat)
    else:
        array = np.asarray(value)
        proto.tensor_content = array.tobytes()
    for size in array.shape:
        proto.tensor_shape.dim.add().size = size


def decode(proto: tensor_pb2.TensorProto, max_bytes: int) -> np.ndarray:
    """The array of `proto`, read-only where no copy was needed.

    Args:
        proto: from anywhere; nothing in it is trusted.
        max_bytes: the largest array to make. A few bytes of TensorProto can
            ask for any size by repeating one element.

    Raises:
        ValueError: the values do not fit the shape, or it is too large.
    """
    shape = tuple(dim.size for dim in proto.tensor_shape.dim)
    if proto.tensor_shape.unknown_rank or min(shape, default=0) < 0:
        raise ValueError(f"its shape must be known. Received {list(shape)}")
    dtype = tf.as_dtype(proto.dtype)
    is_string = dtype == tf.string
    item_size = _POINTER_SIZE if is_string else dtype.size
    num_bytes = math.prod(shape) * item_size
    if num_bytes > max_bytes:
        raise ValueError(
            f"shape {list(shape)} takes {num_bytes} bytes. At most "
            f"{max_bytes} are accepted"
        )
    content = proto.tensor_content
    if content and not is_string:
        if len(content) != num_bytes:
            raise ValueError(
                f"shape {list(shape)} of {dtype.name} takes {num_bytes} "
                f"bytes of tensor_content. Received {len(content)}"
            )
        return np.frombuffer(content, dtype.as_numpy_dtype).reshape(shape)
    return _from_fields(proto, shape)


def _from_fields(
    proto: tensor_pb2.TensorProto, shape: tuple[int, ...]
) -> np.ndarray:
    """Reads float_val, string_val and their like."""
    try:
        return tf.make_ndarray(proto)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(
            f"its values do not fit shape {list(shape)} and its dtype"
        ) from error
