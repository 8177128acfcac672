"""Chains of small operations as one kernel of XLA, where that pays.

TensorFlow runs a normalization as a dozen kernels, each of which reads and
writes the maps; XLA makes one or two of them. A U-Net that is convolved and
multiplied by oneDNN, which XLA has not, takes a tenth less by it on a CPU.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import keras

_LEAST_SIZE = 2**16  # Numbers; below it a call costs what it saves.


def fused(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, compiled for maps that are large and of known shape.

    Only in a graph of TensorFlow that records no gradient; elsewhere it is as
    it was: gradients gain nothing, and exported signatures, whose batches have
    any size, would be compiled again for each.

    Args:
        function: maps and other tensors or variables -> a tensor.
    """
    if keras.backend.backend() != "tensorflow":
        return function

    import tensorflow as tf
    from tensorflow.python.eager import record

    compiled = tf.function(function, jit_compile=True, autograph=False)

    @functools.wraps(function)
    def either(maps, *others):
        pays = None not in maps.shape and math.prod(maps.shape) >= _LEAST_SIZE
        if (
            pays
            and not tf.executing_eagerly()
            and not record.could_possibly_record()
        ):
            tensors = map(tf.convert_to_tensor, (maps, *others))
            return compiled(*tensors)
        return function(maps, *others)

    return either


def in_graphs(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, compiled in all graphs of TensorFlow, and nowhere else.

    Args:
        function: tensors of known shape -> a tensor.
    """
    if keras.backend.backend() != "tensorflow":
        return function

    import tensorflow as tf

    compiled = tf.function(function, jit_compile=True, autograph=False)

    @functools.wraps(function)
    def either(*tensors):
        if tf.executing_eagerly():
            return function(*tensors)
        return compiled(*map(tf.convert_to_tensor, tensors))

    return either
