"""Dense layers that have their weights when they are made."""

from typing import Any

import keras


def dense(
    draws: keras.random.SeedGenerator,
    dtype: Any,
    name: str,
    input_size: int,
    units: int,
    activation: str | None = None,
) -> keras.layers.Dense:
    """A layer [..., input_size] -> [..., units].

    Args:
        draws: of the weights.
        dtype: Keras precision policy.
        name: of the layer.
        input_size: numbers that come in.
        units: numbers that go out.
        activation: Keras name, None for none.
    """
    layer = keras.layers.Dense(
        units,
        activation,
        kernel_initializer=keras.initializers.GlorotUniform(draws),
        dtype=dtype,
        name=name,
    )
    layer.build((None, input_size))
    return layer
