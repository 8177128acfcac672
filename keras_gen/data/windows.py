"""Windows of a long row of tokens, for language models.

    batches = windows.pipeline(tokens, length=64, batch_size=12, seed=0)

A window has T tokens and the one behind them. An epoch cuts the tokens into
windows side by side, from an offset of its own, and shuffles them: each token
is predicted once in an epoch, each time after another context.
"""

import numpy as np
import tensorflow as tf

from keras_gen.data import plans

_OFFSET = 1  # Use of an epoch's seed.


def pipeline(
    tokens: np.ndarray,
    length: int,
    batch_size: int,
    *,
    seed: int = 0,
    start_step: int = 0,
    repeat: bool = True,
    in_turn: bool = False,
) -> tf.data.Dataset:
    """Batches of windows for training (endless) or for one pass.

    Args:
        tokens: [N] int32.
        length: T.
        batch_size: B.
        seed: of offsets and order.
        start_step: steps already done.
        repeat: endless batches; False gives the windows from the first token
            on, in order, without what is left at the end.
        in_turn: row i of an endless batch goes on where row i of the one before
            ended: B parts of the text, read side by side.

    Returns:
        Dictionaries {"tokens": [B, T + 1] int32}.

    Raises:
        ValueError: too few tokens, or an argument out of range.
    """
    steps = steps_per_epoch(len(tokens), length, batch_size if repeat else 1)
    if repeat:
        count = (len(tokens) - length) // length
        plan = plans.endless(
            count, batch_size, seed, start_step, shuffle=not in_turn
        )
    else:
        count = (len(tokens) - 1) // length
        plan = plans.single_pass(count, batch_size, start_step=start_step)
    with tf.device("CPU:0"):
        levels = tf.constant(tokens, tf.int32)

    def batch(step: tf.Tensor, rows: tf.Tensor) -> dict[str, tf.Tensor]:
        if in_turn:
            rows = tf.range(batch_size) * steps + tf.cast(
                step % steps, tf.int32
            )
        starts = rows * length
        if repeat:
            starts += _offset(seed, step // steps, length)
        places = starts[:, tf.newaxis] + tf.range(length + 1)  # [B, T + 1]
        return {"tokens": tf.gather(levels, places)}

    return plans.mapped(plan, batch)


def steps_per_epoch(num_tokens: int, length: int, batch_size: int) -> int:
    """Whole batches in one pass, from whatever offset.

    Raises:
        ValueError: too few tokens, or an argument that is not positive.
    """
    for name, value in (("length", length), ("batch_size", batch_size)):
        if value < 1:
            raise ValueError(f"`{name}` must be 1 or more. Received {value}.")
    steps = (num_tokens - length) // length // batch_size
    if steps < 1:
        raise ValueError(
            "`length` and `batch_size` must leave a batch: a text of "
            f"{num_tokens} tokens has "
            f"{max(0, (num_tokens - length) // length)} windows of {length}. "
            f"Received batch_size {batch_size}. Give less of one, or more text."
        )
    return steps


def _offset(seed: int, epoch: tf.Tensor, length: int) -> tf.Tensor:
    """In [0, T), [] int32."""
    return tf.random.stateless_uniform(
        (),
        plans.seed_of(seed, epoch, _OFFSET),
        0,
        length,
        tf.int32,
        alg="philox",
    )
