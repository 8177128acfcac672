"""Rows that end early: what is lost and counted is real.

A row's loss is the sum over its own entries, divided by T; beside it stands
how many there are, divided by T, too. The quotient of both means is what a
real entry costs, whatever shares a batch, a replica or a split.
"""

import numpy as np
import tensorflow as tf

from keras_gen import spec

LOSS_NAMES = ("loss", "share")


def spec_of(length: int) -> spec.Spec:
    """Of the column `lengths`, for rows of T + 1 entries."""
    doc = "Entries of a row that are real, the first among them."
    return spec.Spec((), "int32", 2, length + 1, doc)


def masked(each: tf.Tensor, lengths: tf.Tensor) -> dict[str, tf.Tensor]:
    """What each row loses, and what share of it is real.

    Args:
        each: [B, T], losses of all entries after the first.
        lengths: [B] int32, real entries, the first among them.

    Returns:
        {"loss": [B], "share": [B]}.
    """
    inside = tf.sequence_mask(lengths - 1, tf.shape(each)[1])
    return {
        "loss": tf.reduce_mean(tf.where(inside, each, 0.0), axis=1),
        "share": tf.reduce_mean(tf.cast(inside, tf.float32), axis=1),
    }


def per_entry(means: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Means over rows as means over real entries."""
    share = max(means["share"], np.finfo(np.float32).tiny)
    return means | {"loss": means["loss"] / share}
