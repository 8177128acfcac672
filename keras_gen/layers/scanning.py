"""A recurrence over the first axis, which XLA can differentiate.

`ops.scan` does not tell TensorFlow how many steps there are at most, without
which XLA makes no gradient of a loop. On other backends it is what is used.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops


def scan(advance: Callable[[Any, Any], Any], state: Any, inputs: tuple) -> Any:
    """All states [S, ...] after the first one.

    Args:
        advance: (state, inputs of a step) -> the next state.
        state: before the first step.
        inputs: each [S, ...], S known.
    """
    if keras.backend.backend() == "tensorflow":
        return _of_tensorflow(advance, state, inputs)

    def step(state, given):
        new = advance(state, given)
        return new, new

    return ops.scan(step, state, inputs)[1]


def _of_tensorflow(advance, state, inputs):
    import tensorflow as tf

    count = inputs[0].shape[0]

    def array(dtype, shape):
        return tf.TensorArray(dtype, count, element_shape=shape)

    given = [array(x.dtype, x.shape[1:]).unstack(x) for x in inputs]

    def step(index, state, found):
        new = advance(state, tuple(each.read(index) for each in given))
        return index + 1, new, found.write(index, new)

    _, _, found = tf.while_loop(
        lambda index, *_: index < count,
        step,
        (tf.constant(0), state, array(state.dtype, state.shape)),
        maximum_iterations=count,
    )
    return found.stack()
