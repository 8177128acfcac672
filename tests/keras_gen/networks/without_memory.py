"""Networks that have shapes alone, to count the weights of large ones."""

import math
from collections.abc import Callable

import keras


def build(builder: Callable[[], keras.Model]) -> keras.Model:
    """What `builder` returns, with variables that have no values."""
    with keras.StatelessScope(initialize_variables=False):
        network = builder()
    # Keras would fill them where the next such scope ends.
    keras.utils.clear_session()
    return network


def count(network: keras.Model) -> int:
    """How many numbers its variables would hold."""
    return sum(math.prod(x.shape) for x in network.variables)
