"""Token by token: each is drawn given all before it.

One loop for all rows, over positions. Where a row's prompt has a token, that is
the next one: rows with prompts of different lengths, or with holes, share the
loop, and none is padded in front.

A token is drawn by adding Gumbel noise to the logits and taking the greatest.
The noise is a function of a row's seed and the position: batch mates do not
matter.

Reference: Maddison et al. 2014, arXiv 1411.0030, section 2.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from keras_gen import protocols
from keras_gen.ops import seeds
from keras_gen.samplers import logit_filters, prompts

# Stream of the seeds of a position.
_NOISE = 65

_UNFILTERED = logit_filters.LogitFilters()


class Generated(NamedTuple):
    """What was drawn.

    Attributes:
        tokens: [B, T] int32, the prompt first, `pad_token` behind the end.
        lengths: [B] int32, tokens of each row, the stop token among them.
        log_probs: [B], of what was drawn, nats: the sum of log p(token |
            tokens before), before any filter.
    """

    tokens: tf.Tensor
    lengths: tf.Tensor
    log_probs: tf.Tensor


def generate(
    step: protocols.StepFn,
    state: Any,
    prompt: prompts.Prompt | prompts.Known,
    length: int,
    seed: tf.Tensor | None = None,
    *,
    filters: logit_filters.LogitFilters = _UNFILTERED,
    stop_tokens: Sequence[int] = (),
    pad_token: int = 0,
    limits: tf.Tensor | None = None,
    vocabulary_size: int | None = None,
) -> Generated:
    """Draws tokens until a stop token or the length.

    Args:
        step: a StepFn.
        state: before the first token: a structure of tensors [B, ...].
        prompt: what rows begin with; or Known, tokens at any places.
        length: T, tokens of a row, its prompt among them.
        seed: [B] int32; None takes the likeliest token each time.
        filters: what may be drawn.
        stop_tokens: that end a row.
        pad_token: what stands behind an end.
        limits: [B] int32, tokens after which a row ends, its prompt among
            them; a prompt is always whole. The loop stops with the last row.
        vocabulary_size: V. Where it is given, all noise is drawn before the
            loop: the same, at once, for T V numbers of memory a row.

    Returns:
        Generated.

    Raises:
        ValueError: the prompt is longer than `length`.
    """
    known = prompt.padded(length, pad_token)  # [B, T]
    given = prompt.given(length)  # [B, T]
    draw = _drawing(filters, seed, length, vocabulary_size)
    limits = tf.maximum(length if limits is None else limits, prompt.lengths)

    _, last = tf.while_loop(
        lambda index, now: (index < length - 1) & ~tf.reduce_all(now.ended),
        _advancing(step, given, known, draw, limits, stop_tokens, pad_token),
        (tf.constant(0), _start(state, known, prompt, limits)),
        maximum_iterations=length - 1,
    )
    return Generated(last.tokens, last.lengths, last.total)


class _Now(NamedTuple):
    """What changes from one position to the next."""

    token: tf.Tensor  # [B], the last one.
    state: Any
    tokens: tf.Tensor  # [B, T]
    lengths: tf.Tensor
    total: tf.Tensor
    ended: tf.Tensor


def _advancing(step, given, known, draw, limits, stop_tokens, pad_token):
    """A function of index [] and _Now to those of the next position."""

    def advance(index, now):
        logits, state = step(now.token, now.state)
        logits = tf.cast(logits, tf.float32)
        drawn = draw(logits, now.tokens, index)
        is_given = given[:, index + 1]
        token = tf.where(is_given, known[:, index + 1], drawn)
        new = tf.logical_not(is_given | now.ended)
        written = tf.where(now.ended, pad_token, token)  # It may be no token.
        ends = new & prompts.are_among(token, stop_tokens)
        return index + 1, _Now(
            token,
            state,
            prompts.put(now.tokens, index + 1, written),
            now.lengths + tf.cast(tf.logical_not(now.ended), tf.int32),
            now.total + tf.where(new, _log_prob(logits, drawn), 0.0),
            now.ended | ends | (index + 2 >= limits),
        )

    return advance


def _start(state, known, prompt, limits) -> _Now:
    ones = tf.ones_like(prompt.lengths)
    none = tf.zeros_like(ones, tf.float32)
    return _Now(known[:, 0], state, known, ones, none, limits <= 1)


def _drawing(filters, seed, length, vocabulary_size):
    """A function of logits [B, V], tokens [B, T] and index [] to tokens [B]."""
    if seed is not None:
        noise_at = _noise(seed, length, vocabulary_size)

    def draw(logits, tokens, index):
        size = logits.shape[-1]
        seen = _seen(tokens, index, size) if filters.remembers else None
        scores = filters.apply(logits, seen)
        if seed is not None:
            scores += noise_at(index, size)
        return tf.argmax(scores, axis=-1, output_type=tf.int32)

    return draw


def _noise(seed, length, vocabulary_size):
    """A function of index [] and V to Gumbel noise [B, V]."""
    # [T, B], before the loop: XLA takes very long to compile noise that is a
    # function of a function of the loop's index.
    positions = tf.range(length)[:, tf.newaxis]
    position_seeds = seeds.fold(seed[tf.newaxis], positions)
    if vocabulary_size is None:
        return lambda index, size: _gumbel(position_seeds[index], size)
    flat = _gumbel(tf.reshape(position_seeds, (-1,)), vocabulary_size)
    noise = tf.reshape(flat, (length, -1, vocabulary_size))
    return lambda index, size: noise[index]


def _gumbel(seed, size):
    return -tf.math.log(-tf.math.log(seeds.uniform(seed, (size,), _NOISE)))


def _seen(tokens, index, size):
    """Which tokens stand up to `index`, [B, V] bool."""
    rows, length = tf.shape(tokens)[0], tokens.shape[1]
    places = tf.stack(
        [tf.repeat(tf.range(rows), length), tf.reshape(tokens, (-1,))], axis=1
    )
    there = tf.cast(tf.range(length) <= index, tf.int32)
    count = tf.scatter_nd(places, tf.tile(there, (rows,)), (rows, size))
    return count > 0


def _log_prob(logits, token):
    # In operations that LiteRT has.
    log_probs = tf.nn.log_softmax(logits)
    return tf.gather(log_probs, token, axis=1, batch_dims=1)
