"""Pieces of different lengths as batches of equal ones, with their lengths.

    batches = pieces.pipeline(rows, length=64, batch_size=8, seed=0)

A batch has T + 1 entries a row, T of which are predicted, and zeros behind the
end of a piece; `lengths` says where that is. A piece that is longer is met in
windows: side by side for one pass, from anywhere for training, as many in an
epoch as lie side by side. A piece may also be changed, such as transposed, by
another number each time.
"""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from keras_gen.data import plans

_START, _SHIFT = 1, 2  # Uses of a step's seed.


def pipeline(
    rows: Sequence[np.ndarray],
    length: int,
    batch_size: int,
    *,
    name: str = "tokens",
    unit: int = 1,
    change: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None,
    changes: tuple[np.ndarray, np.ndarray] | None = None,
    seed: int = 0,
    start_step: int = 0,
    repeat: bool = True,
) -> tf.data.Dataset:
    """Batches for training (endless) or for one pass.

    Args:
        rows: pieces [N_i, ...] of equal types.
        length: T.
        batch_size: B.
        name: of the pieces in a batch.
        unit: windows start at multiples of it.
        change: of rows [B, T + 1, ...] and numbers [B] to changed rows.
        changes: least and greatest number for each piece, [N] each.
        seed: of order, starts and changes.
        start_step: steps already done.
        repeat: endless batches; False gives each piece once, in order and
            unchanged.

    Returns:
        Dictionaries {name: [B, T + 1, ...], "lengths": [B] int32}.

    Raises:
        ValueError: too few pieces, or an argument out of range.
    """
    owners, starts = windows(rows, length)
    steps_per_epoch(rows, length, batch_size if repeat else 1)  # Or refuses.
    make_plan = plans.endless if repeat else plans.single_pass
    plan = make_plan(len(owners), batch_size, seed, start_step)
    sizes = np.array([len(each) for each in rows], np.int32)
    with tf.device("CPU:0"):
        tables = owners, starts, sizes, np.concatenate(rows)
        owners, starts, sizes, flat = map(tf.constant, tables)
        limits = [tf.constant(each, tf.int32) for each in changes or ()]

    def batch(step: tf.Tensor, chosen: tf.Tensor) -> dict[str, tf.Tensor]:
        owner, start = tf.gather(owners, chosen), tf.gather(starts, chosen)
        size = tf.gather(sizes, owner)
        if repeat:
            last = tf.maximum(size - length - 1, 0) // unit
            start = unit * _between(seed, step, _START, 0, last)
        places = start[:, tf.newaxis] + tf.range(length + 1)  # [B, T + 1]
        inside = places < size[:, tf.newaxis]
        first = tf.gather(tf.cumsum(sizes, exclusive=True), owner)
        found = tf.gather(flat, tf.where(inside, places, 0) + first[:, None])
        if repeat and limits:
            low, high = (tf.gather(each, owner) for each in limits)
            found = change(found, _between(seed, step, _SHIFT, low, high))
        lengths = tf.minimum(size - start, length + 1)
        return {name: _where(inside, found), "lengths": lengths}

    return plans.mapped(plan, batch)


def steps_per_epoch(
    rows: Sequence[np.ndarray], length: int, batch_size: int
) -> int:
    """Whole batches of windows side by side.

    Raises:
        ValueError: there is none, or a number that is not positive.
    """
    if batch_size < 1:
        raise ValueError(
            f"`batch_size` must be 1 or more. Received: {batch_size}."
        )
    count = len(windows(rows, length)[0])
    if count < batch_size:
        raise ValueError(
            f"`batch_size` must be at most {count}, the windows of {length} "
            f"that {len(rows)} pieces have. Received: {batch_size}. Take fewer."
        )
    return count // batch_size


def windows(
    rows: Sequence[np.ndarray], length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Piece and start of each window side by side, [M] int32 each.

    A window begins with the last entry of the one before, so that each entry
    but a piece's first is predicted once.

    Raises:
        ValueError: `length` is not positive, a piece has fewer than two
            entries, or there are none.
    """
    if length < 1:
        raise ValueError(f"`length` must be 1 or more. Received: {length}.")
    short = [index for index, row in enumerate(rows) if len(row) < 2]
    if short or not len(rows):
        what = f"piece {short[0]} has less" if short else "no pieces"
        raise ValueError(
            f"`rows` must be pieces of 2 entries or more. Received: {what}. "
            "Leave it out."
        )
    pairs = [
        (index, start)
        for index, row in enumerate(rows)
        for start in range(0, len(row) - 1, length)
    ]
    owners, starts = np.array(pairs, np.int32).T
    return owners, starts


def _where(inside: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """Rows [B, T, ...] where [B, T] is true, zeros elsewhere."""
    inside = tf.reshape(inside, (-1, inside.shape[1], *[1] * (rows.ndim - 2)))
    return tf.where(inside, rows, tf.zeros((), rows.dtype))


def _between(seed: int, step: tf.Tensor, use: int, low, high) -> tf.Tensor:
    """Integers in [low, high], [B]."""
    words = plans.seed_of(seed, step, use)
    noise = tf.random.stateless_uniform(tf.shape(high), words, alg="philox")
    width = tf.cast(high - low + 1, tf.float32)
    # The greatest noise times a great width may round up to the width.
    number = tf.minimum(noise * width, width - 0.5)
    return low + tf.cast(number, tf.int32)
