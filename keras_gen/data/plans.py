"""In which order examples come: steps and the rows of each.

An epoch is a permutation of the examples, drawn from (seed, epoch) and cut
into batches; the remainder that fills no batch is dropped, another one in each
epoch. Nothing is buffered, so the plan from step k on needs no state.
"""

from collections.abc import Callable

import tensorflow as tf

from keras_gen.ops import pipelines

# Second word of a seed: 4 * count + use, so that no two draws share a seed.
_SHUFFLE = 0


def endless(
    num_examples: int,
    batch_size: int,
    seed: int,
    start_step: int,
    shuffle: bool = True,
) -> tf.data.Dataset:
    """(step [], rows [B]) for ever, int64 and int32.

    Args:
        num_examples: N.
        batch_size: B.
        seed: of the order.
        start_step: steps already done.
        shuffle: another order in each epoch.

    Raises:
        ValueError: `start_step` is negative.
    """
    _check_start(start_step)
    num_steps = num_examples // batch_size

    def epoch_plan(epoch: tf.Tensor) -> tf.data.Dataset:
        rows = _order(num_examples, seed, epoch, shuffle)
        rows = tf.reshape(
            rows[: num_steps * batch_size], (num_steps, batch_size)
        )
        steps = epoch * num_steps + tf.range(num_steps, dtype=tf.int64)
        return tf.data.Dataset.from_tensor_slices((steps, rows))

    epochs = tf.data.Dataset.counter(start_step // num_steps)
    plan = epochs.flat_map(epoch_plan).skip(start_step % num_steps)
    endless = tf.data.experimental.assert_cardinality(
        tf.data.INFINITE_CARDINALITY
    )
    return plan.apply(endless)


def single_pass(
    num_examples: int,
    batch_size: int,
    seed: int = 0,
    start_step: int = 0,
    shuffle: bool = False,
) -> tf.data.Dataset:
    """(step, rows [B]) until every example has come once; as `endless`."""
    _check_start(start_step)
    order = _order(num_examples, seed, tf.constant(0, tf.int64), shuffle)
    rows = tf.data.Dataset.from_tensor_slices(order).batch(
        batch_size, drop_remainder=num_examples % batch_size == 0
    )  # Nothing is dropped; the batch axis is static where it can be.
    return rows.enumerate().skip(start_step)


def seed_of(seed: int, count: tf.Tensor, use: int) -> tf.Tensor:
    """[2] int64 of one of four uses, of which 0 is taken by the order."""
    return tf.stack([tf.constant(seed, tf.int64), 4 * count + use])


def mapped(
    plan: tf.data.Dataset, batch: Callable[[tf.Tensor, tf.Tensor], dict]
) -> tf.data.Dataset:
    """The batches of a plan, in its order, divisible among devices."""
    options = pipelines.options()
    options.deterministic = True
    dataset = plan.map(
        batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)


def _check_start(start_step: int) -> None:
    if start_step < 0:
        raise ValueError(
            "`start_step` must be 0 or more: the number of steps already "
            f"done. Received {start_step}."
        )


def _order(
    num_examples: int, seed: int, epoch: tf.Tensor, shuffle: bool
) -> tf.Tensor:
    """The examples in the order of an epoch, [N] int32.

    `index_shuffle` needs no [N] tensor, but with seeds that count upwards its
    four rounds give neighbouring epochs nearly the same order.
    """
    rows = tf.range(num_examples)
    if not shuffle:
        return rows
    return tf.random.experimental.stateless_shuffle(
        rows, seed_of(seed, epoch, _SHUFFLE), alg="philox"
    )
