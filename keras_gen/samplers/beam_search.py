"""Beam search: the likeliest sequence, looked for in several at once.

    beam_0 ... beam_K     the likeliest beginnings; all steps of all of them are
                          one batch
    score                 sum of log p(token | tokens before)
    rank                  score / length^alpha, of what was drawn

A beam that has ended stays in the race with its score.

With `monotonic` places are taken one after another, and the i-th has children
of the first i beams to choose from. So the beams of a narrow search are among
those of a wide one, whose best is never worse; plain beam search cannot promise
that.

Reference: Graves 2012, arXiv 1211.3711, section 2.5; Wu et al. 2016, arXiv
1609.08144, section 7, for the length; Lemons et al. 2022, arXiv 2204.02929.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from keras_gen import protocols
from keras_gen.samplers import logit_filters, prompts


class Beams(NamedTuple):
    """The best sequences of each row, the best first.

    Attributes:
        tokens: [B, K, T] int32, the prompt first, `pad_token` behind the end.
        lengths: [B, K] int32, tokens, the stop token among them.
        log_probs: [B, K] of what is behind the prompt, nats.
        scores: [B, K], by which they are ordered.
    """

    tokens: tf.Tensor
    lengths: tf.Tensor
    log_probs: tf.Tensor
    scores: tf.Tensor


def search(
    step: protocols.StepFn,
    state: Any,
    prompt: prompts.Prompt | prompts.Known,
    length: int,
    width: int,
    *,
    length_penalty: float = 0.0,
    stop_tokens: Sequence[int] = (),
    pad_token: int = 0,
    monotonic: bool = False,
) -> Beams:
    """The K best sequences that the search finds.

    Args:
        step: a StepFn, here of B K rows.
        state: before the first token: a structure of tensors [B, ...]; those
            without axes belong to all rows.
        prompt: what rows begin with; or Known, tokens at any places.
        length: T, tokens of a row, its prompt among them.
        width: K, beams of a row.
        length_penalty: alpha; 0 ranks by probability, 1 by that of a token.
        stop_tokens: that end a sequence.
        pad_token: what stands behind an end.
        monotonic: whether a wider search is never worse.

    Raises:
        ValueError: `width` is below 1, or the prompt longer than `length`.
    """
    if width < 1:
        raise ValueError(f"`width` must be at least 1. Received: {width}.")
    known, is_given = prompt.padded(length, pad_token), prompt.given(length)
    choose = _in_turn if monotonic else _at_once

    def advance(index, now):
        given = is_given[:, index + 1, tf.newaxis]  # [B, 1]
        certain = tf.where(given, known[:, index + 1, tf.newaxis], 0)
        log_p, state = _log_probs(step, now, index, given, certain)
        total, parent, token = choose(now.total[..., tf.newaxis] + log_p, width)
        beams = now.tokens, now.lengths, now.ended
        tokens, lengths, ended = _chosen(beams, parent)
        written = tf.where(ended, pad_token, token)  # It may be no token.
        return index + 1, _Now(
            _of_parents(state, parent),
            prompts.put(tokens, index + 1, written),
            lengths + tf.cast(tf.logical_not(ended), tf.int32),
            total,
            ended | ~given & prompts.are_among(token, stop_tokens),
        )

    _, last = tf.while_loop(
        lambda index, now: (index < length - 1) & ~tf.reduce_all(now.ended),
        advance,
        (tf.constant(0), _start(state, known, width)),
        maximum_iterations=length - 1,
    )
    return _ranked(last, is_given, length_penalty)


class _Now(NamedTuple):
    """What changes from one position to the next."""

    state: Any  # [B K, ...]
    tokens: tf.Tensor  # [B, K, T]
    lengths: tf.Tensor
    total: tf.Tensor
    ended: tf.Tensor


def _start(state, known, width) -> _Now:
    """One beam of each row, and others that cannot be."""
    rows = tf.shape(known)[0]
    ones = tf.ones((rows, width), tf.int32)
    first = tf.where(tf.range(width) == 0, 0.0, logit_filters.NEVER)
    return _Now(
        _each_row(lambda s: tf.repeat(s, width, axis=0), state),
        tf.tile(known[:, tf.newaxis], (1, width, 1)),
        ones,
        tf.tile(first[tf.newaxis], (rows, 1)),
        tf.zeros_like(ones, tf.bool),
    )


def _log_probs(step, now, index, given, certain):
    """log p of what follows each beam [B, K, V], and the state after it.

    A prompt's token, [B, 1] where `given`, is certain; what follows an end,
    where only one thing may, is token 0.
    """
    last = tf.where(now.ended, 0, now.tokens[:, :, index])
    logits, state = step(tf.reshape(last, (-1,)), now.state)
    size = logits.shape[-1]
    found = tf.nn.log_softmax(tf.cast(logits, tf.float32))
    found = tf.reshape(found, (-1, last.shape[1], size))
    only = logit_filters.NEVER * (1.0 - tf.one_hot(certain, size))
    return tf.where((given | now.ended)[..., tf.newaxis], only, found), state


def _of_parents(state, parent):
    """The state of the beams [B, K] that were chosen."""
    rows, width = tf.shape(parent)[0], parent.shape[1]
    flat = tf.reshape(parent + width * tf.range(rows)[:, tf.newaxis], (-1,))
    return _each_row(lambda s: tf.gather(s, flat), state)


def _each_row(change, state):
    """Changes tensors [B K, ...]; those without axes belong to all rows."""
    return tf.nest.map_structure(
        lambda s: change(s) if s.shape.rank else s, state
    )


def _at_once(scores, width):
    """The best children of all beams: scores, parents and tokens, [B, K]."""
    size = scores.shape[-1]
    flat = tf.reshape(scores, (-1, width * size))
    best, index = tf.math.top_k(flat, width)
    return best, index // size, index % size


def _in_turn(scores, width):
    """The same, the i-th child being one of the first i beams."""
    size = scores.shape[-1]
    flat = tf.reshape(scores, (-1, width * size))
    found = []
    for place in range(width):
        open_ones = flat[:, : (place + 1) * size]
        index = tf.argmax(open_ones, axis=-1, output_type=tf.int32)
        found.append((tf.gather(flat, index, batch_dims=1), index))
        taken = tf.one_hot(index, width * size)
        flat += 4.0 * logit_filters.NEVER * taken
    best, index = (tf.stack(each, axis=1) for each in zip(*found, strict=True))
    return best, index // size, index % size


def _ranked(last, is_given, length_penalty) -> Beams:
    inside = tf.range(is_given.shape[1]) < last.lengths[..., tf.newaxis]
    drawn = inside & ~is_given[:, tf.newaxis]  # [B, K, T]
    count = tf.reduce_sum(tf.cast(drawn, tf.float32), axis=-1)
    count = tf.maximum(count, 1.0)
    scores = last.total / count**length_penalty
    scores, order = tf.math.top_k(scores, scores.shape[-1])
    found = _chosen((last.tokens, last.lengths, last.total), order)
    return Beams(*found, scores)


def _chosen(of_beams, order):
    """Each [B, K, ...] of the beams [B, K]."""
    return [tf.gather(each, order, batch_dims=1) for each in of_beams]
