"""Batches of columns: arrays of which row i belongs together.

batches = columns.pipeline({"source": [...], "target": [...]}, 32, seed=0)
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from keras_gen.data import plans


def pipeline(
    columns: Mapping[str, Any],
    batch_size: int,
    *,
    seed: int = 0,
    start_step: int = 0,
    repeat: bool = True,
) -> tf.data.Dataset:
    """Batches for training (endless, shuffled) or for one pass, in order.

    Args:
        columns: {name: [N, ...]} numbers or texts.
        batch_size: B.
        seed: of the order.
        start_step: steps already done.
        repeat: endless; False gives every row once.

    Returns:
        Dictionaries {name: [B, ...]}.

    Raises:
        ValueError: columns of different lengths, or an argument out of range.
    """
    sizes = {name: len(each) for name, each in columns.items()}
    if len(set(sizes.values())) != 1:
        raise ValueError(
            f"`columns` must have one length. Received: {sizes}. Give a row "
            "of each."
        )
    (count,) = set(sizes.values())
    if repeat:
        steps_per_epoch(count, batch_size)
        plan = plans.endless(count, batch_size, seed, start_step)
    else:
        size = max(1, min(batch_size, count))
        plan = plans.single_pass(count, size, start_step=start_step)
    with tf.device("CPU:0"):
        tensors = {n: tf.convert_to_tensor(each) for n, each in columns.items()}
    return plans.mapped(
        plan,
        lambda step, rows: {n: tf.gather(t, rows) for n, t in tensors.items()},
    )


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Whole batches in one pass over `count` rows.

    Raises:
        ValueError: `batch_size` is not positive, or exceeds the rows.
    """
    if not 1 <= batch_size <= count:
        raise ValueError(
            f"`batch_size` must be from 1 to the {count} rows. Received "
            f"{batch_size}."
        )
    return count // batch_size
