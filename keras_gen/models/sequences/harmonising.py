"""Three voices under a given one.

The soprano of a step is given, alto, tenor and bass are drawn, in the order in
which the model reads them: what comes later is not known, so of several tries
the likeliest may be kept.

Reference: Hadjeres et al. 2017, arXiv 1612.01010, for the task.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import samplers
from keras_gen.models.sequences import asking

_NEVER = -1e9
_STRIDE = 256  # Lengths are multiples of it, so that few are compiled.


def harmonise(
    model: Any,
    sopranos: Sequence[Sequence[int]],
    seed: int = 0,
    temperature: float | None = None,
    num_tries: int = 1,
) -> list[np.ndarray]:
    """Chorales [T, 4] with given sopranos.

    They may be longer than the windows of training: distances past the last
    share a vector where positions are relative.

    Args:
        model: a MusicTransformer of chorales.
        sopranos: pitches of each sixteenth [T_i], 0 for a rest.
        seed: of the first; the tries of soprano i have seeds of their own.
        temperature: the Config's where None.
        num_tries: of each, of which the likeliest is kept.

    Raises:
        ValueError: the model knows no chorales, a soprano is empty or out of
            range, or a number is not positive.
    """
    if temperature is None:
        temperature = model.config.temperature
    _check(model, temperature, num_tries)
    rows = [_soprano(model.tokenizer, each) for each in sopranos]
    lengths = np.array([len(row) for row in rows], np.int32)
    if min(lengths, default=0) < 2:
        raise ValueError(
            "`sopranos` must have a step or more each. Received: "
            f"{len(rows)} of {lengths // model.tokenizer.voices} steps."
        )
    length = -(-max(lengths) // _STRIDE) * _STRIDE
    tokens = np.zeros((len(rows), length), np.int32)
    for row, given in zip(tokens, rows, strict=True):
        row[: len(given)] = given
    firsts = num_tries * np.arange(seed, seed + len(rows))[:, np.newaxis]
    found, scores = _compiled(model, length)(
        tf.constant(np.repeat(tokens, num_tries, axis=0)),
        tf.constant(np.repeat(lengths, num_tries)),
        tf.constant((firsts + np.arange(num_tries)).ravel(), tf.int32),
        tf.constant(float(temperature)),
    )
    scores = scores.numpy().reshape(len(rows), num_tries)
    best = np.argmax(scores, axis=1) + num_tries * np.arange(len(rows))
    pairs = zip(found.numpy()[best], lengths, strict=True)
    return [model.tokenizer.decode(row[:size]) for row, size in pairs]


def _check(model, temperature, num_tries) -> None:
    if model.config.tokenizer != "chorale":
        raise ValueError(
            "`tokenizer` must be chorale to harmonise. Received a model of: "
            f"{model.config.tokenizer}."
        )
    if temperature <= 0 or num_tries < 1:
        raise ValueError(
            "`temperature` must be above 0 and `num_tries` at least 1. "
            f"Received: {temperature} and {num_tries}."
        )


def _soprano(tokenizer, pitches) -> np.ndarray:
    """Tokens [1 + 4 T] of which the soprano's matter."""
    pitches = np.asarray(pitches, np.int32).reshape(-1, 1)
    return tokenizer.encode(np.pad(pitches, ((0, 0), (0, 3))))


def _compiled(model, length):
    """Tokens [B, T] with given sopranos, and their log p [B], nats."""
    size, voices = model.tokenizer.vocabulary_size, model.tokenizer.voices

    def step(token, state):
        logits, state = model.network.step(token, state)
        allowed = tf.range(size) > max(model.end_tokens)
        return tf.where(allowed, logits, _NEVER), state

    def draw(tokens, lengths, seed, temperature):
        places = tf.range(length)
        is_given = (places == 0) | (places % voices == 1)
        found = samplers.generate(
            step,
            model.network.initial_state(tf.shape(tokens)[0], length),
            samplers.Known(tokens, tf.broadcast_to(is_given, tf.shape(tokens))),
            length,
            seed,
            filters=samplers.LogitFilters(temperature),
        ).tokens
        return found, asking.log_prob_of(model, found, lengths)

    return model.program(("harmonise", length), draw)
