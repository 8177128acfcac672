"""How many replicas share a batch: 1 without `tf.distribute`."""

import keras


def num_replicas() -> int:
    """Replicas whose batches are one global batch, where layers are called."""
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf  # The backend in use.

    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync
