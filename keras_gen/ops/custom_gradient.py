"""Functions with a gradient of their own, on every backend of Keras.

TensorFlow keeps what each call in a graph needs for its gradient, and with it
the graph, in a registry for ever: hundreds of megabytes for each model that is
trained and forgotten. Here the graph keeps it, and the registry refers to it.
"""

import functools
import weakref
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

# (a tensor for each argument, ...) -> (result, gradient of the result -> that
# of each argument).
Function = Callable[..., tuple[Any, Callable[[Any], Any]]]


def custom_gradient(function: Function) -> Callable[..., Any]:
    """`function` as one of tensors alone, whose gradient is what it says.

    A graph that was made where no `tf.GradientTape` was recording has the
    gradient of its operations instead, should one ask for it.

    Args:
        function: tensors -> (result, gradient), where gradient takes that of
            the result, one tensor, to those of the arguments.
    """

    @ops.custom_gradient
    def both(*arguments):
        result, gradient = function(*arguments)

        # TensorFlow gives it by place, JAX by name.
        def either(*given, upstream=None):
            return gradient(given[0] if upstream is None else upstream)

        return result, either

    if keras.backend.backend() != "tensorflow":
        return both

    from tensorflow.python.eager import record

    @functools.wraps(function)
    def recorded(*arguments):
        # Exported graphs shall have no gradients, which would be saved, too.
        if not record.could_possibly_record():
            return function(*arguments)[0]
        result = both(*arguments)
        _move_to_graph(result)
        return result

    return recorded


def _move_to_graph(result):
    """Lets the graph keep the gradient of `result`, not the registry."""
    import tensorflow as tf
    from tensorflow.python.framework import ops as registries

    if tf.is_symbolic_tensor(result):
        name = result.op.get_attr("_gradient_op_type").decode()
        known = registries.gradient_registry._registry
        gradient = known.pop(name)["type"]
        result.graph.add_to_collection(name, gradient)
        kept = weakref.ref(gradient, lambda _: known.pop(name, None))
        tf.RegisterGradient(name)(lambda *given: kept()(*given))
