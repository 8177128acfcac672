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
) -> endpoint.Endpoint:
    """One input and the state -> logits and the state.

    Args:
        network: with `step` and `initial_state` as those of `networks.GPT`.
        name: of the input.
        given: its Spec.
        logits: Spec of what comes out.
        length: T, for which the state has room.
    """
    start = network.initial_state(1, length)
    names = [f"state_{i:02d}" for i in range(len(tf.nest.flatten(start)))]

    def one(*values, **named):
        value, *state = values or [named[n] for n in (name, *names)]
        state = tf.nest.pack_sequence_as(start, state)
        state = tf.nest.map_structure(_as, state, start)
        found, after = network.step(value, state)
        after = tf.nest.map_structure(_outside, tf.nest.flatten(after))
        after = dict(zip(names, after, strict=True))
        return {"logits": found} | after

    one.__signature__ = inspect.Signature(
        inspect.Parameter(each, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for each in (name, *names)
    )  # As if written out: a graph has an input for each name.
    states = {
        key: spec.Spec(
            tuple(each.shape[1:]),
            _outside(each).dtype.name,
            0 if each.dtype.is_integer else None,
            length - 1 if each.dtype.is_integer else None,
            "Zeros before the first; then what the step before gave.",
        )
        for key, each in zip(names, tf.nest.flatten(start), strict=True)
    }
    return endpoint.Endpoint(
        one,
        {name: given} | states,
        {"logits": logits} | states,
        f"What follows a {name}.",
    )


def _as(value, other):
    return tf.cast(value, other.dtype)


def _outside(value):
    """Half precision is float32 for clients, who may not have it."""
    return value if value.dtype.is_integer else tf.cast(value, tf.float32)
