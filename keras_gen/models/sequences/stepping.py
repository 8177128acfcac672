"""The step of a network as an endpoint: a host runs the loop."""

import inspect
from typing import Any

import tensorflow as tf

from keras_gen import endpoint, spec


def step(
    network: Any,
    name: str,
    given: spec.Spec,
    logits: spec.Spec,
    length: int,
    start: Any = None,
) -> endpoint.Endpoint:
    """One input and the state -> logits and the state.

    Args:
        network: with `step` and `initial_state` as those of `networks.GPT`.
        name: of the input.
        given: its Spec.
        logits: Spec of what comes out.
        length: T, for which the state has room.
        start: the state of one row; `initial_state` where None.
    """
    if start is None:
        start = network.initial_state(1, length)
    names = list(outside(start))

    def one(*values, **named):
        value, *state = values or [named[n] for n in (name, *names)]
        state = tf.nest.pack_sequence_as(start, state)
        state = tf.nest.map_structure(_as, state, start)
        found, after = network.step(value, state)
        return {"logits": found} | outside(after)

    one.__signature__ = inspect.Signature(
        inspect.Parameter(each, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for each in (name, *names)
    )  # As if written out: a graph has an input for each name.
    return endpoint.Endpoint(
        one,
        {name: given} | state_specs(start, length - 1),
        {"logits": logits} | state_specs(start, length),
        f"What follows a {name}.",
    )


def outside(state: Any) -> dict[str, tf.Tensor]:
    """A state as tensors by their names, as clients see it."""
    flat = tf.nest.map_structure(_outside, tf.nest.flatten(state))
    return {f"state_{i:02d}": each for i, each in enumerate(flat)}


def state_specs(start: Any, highest: int) -> dict[str, spec.Spec]:
    """{name: Spec} of one row of a state; its integers are positions."""
    return {
        name: spec.Spec(
            tuple(each.shape[1:]),
            each.dtype.name,
            0 if each.dtype.is_integer else None,
            highest if each.dtype.is_integer else None,
            "Zeros before the first; then what the step before gave.",
        )
        for name, each in outside(start).items()
    }


def _as(value, other):
    return tf.cast(value, other.dtype)


def _outside(value):
    """Half precision is float32 for clients, who may not have it."""
    return value if value.dtype.is_integer else tf.cast(value, tf.float32)
