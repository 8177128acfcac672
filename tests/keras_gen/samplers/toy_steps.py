"""StepFns whose every next token depends on all tokens before."""

import itertools

import numpy as np
import tensorflow as tf

_TABLE_SIZE = 97


def random_step(size, seed):
    """A StepFn over `size` tokens, and its state before the first, of a row."""
    random = np.random.default_rng(seed)
    table = random.normal(0, 2, (_TABLE_SIZE, size)).astype(np.float32)

    def step(tokens, state):
        state = (state * 31 + tokens + 7) % _TABLE_SIZE
        return tf.gather(tf.constant(table), state), state

    return step


def state(num_rows):
    return tf.zeros(num_rows, tf.int32)


def log_probs(step, tokens, start, end):
    """Sums [N] of log p of tokens [N, start:end], given those before."""
    tokens = tf.constant(tokens, tf.int32)
    at, total = state(len(tokens)), 0.0
    for index in range(tokens.shape[1] - 1):
        logits, at = step(tokens[:, index], at)
        found = -tf.nn.sparse_softmax_cross_entropy_with_logits(
            tokens[:, index + 1], logits
        )
        inside = (index + 1 >= start) & (index + 1 < np.asarray(end))
        total += np.where(inside, found, 0.0)
    return total


def all_sequences(size, start, count, stop):
    """All tokens that can follow `start`, ended by `stop` or the length."""
    for found in itertools.product(range(size), repeat=count):
        if stop in found[:-1]:
            end = found.index(stop) + 1
            if any(found[end:]):  # Once, with zeros behind it.
                continue
        yield [*start, *found]
