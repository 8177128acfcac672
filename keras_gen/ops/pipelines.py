"""What every `tf.data.Dataset` that feeds a model has in common."""

import tensorflow as tf


def options() -> tf.data.Options:
    """Divisible among devices by rows, and not autotuned.

    The thread that tunes a dataset looks at it after 10, 20, 40 ms and so on,
    up to a minute, and who drops the iterator waits for its next look: `fit`
    may take twice its time (TensorFlow 2.21). What `tf.data.AUTOTUNE` stands
    for has as many calls at once as there are threads, then.
    """
    found = tf.data.Options()
    found.autotune.enabled = False
    found.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    return found
