"""Strategies by name: which devices have a part of the batch.

    strategy = strategies.named("cores")
    with strategy.scope():
        model = ...

TensorFlow fixes its devices when it first computes: make a strategy at the
start of a program. What makes the answers of all equal is in `distribution`.
"""

import functools
import os

import tensorflow as tf

STRATEGIES = ("default", "cores", "mirrored", "multi_worker", "tpu")


def named(name: str = "default") -> tf.distribute.Strategy:
    """The strategy of that name.

    Args:
        name: "default" (one device), "cores" (each core of the CPU that this
            process may use, with one thread), "mirrored" (all devices of this
            machine), "multi_worker" (the machines named in the TF_CONFIG
            environment variable) or "tpu".

    Returns:
        A strategy, the same whenever one asks again; build and compile the
        model under its `scope()`.

    Raises:
        ValueError: the name is not one of those.
        RuntimeError: for "cores", if TensorFlow has its devices already.
    """
    makers = {
        "default": tf.distribute.get_strategy,
        "cores": _cores,
        "mirrored": _mirrored,
        "multi_worker": _multi_worker,
        "tpu": _tpu,
    }
    if name not in makers:
        raise ValueError(
            f"`strategy` must be one of {', '.join(STRATEGIES)}. "
            f"Received: {name!r}."
        )
    return makers[name]()


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one that writes files."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    return resolver.task_type == "chief" or (
        resolver.task_type == "worker"
        and resolver.task_id == 0
        and "chief" not in resolver.cluster_spec().jobs
    )


def is_replicated(strategy: tf.distribute.Strategy) -> bool:
    """Whether updates hold collectives, even if there is one replica."""
    return isinstance(
        strategy,
        (
            tf.distribute.MirroredStrategy,
            tf.distribute.MultiWorkerMirroredStrategy,
            tf.distribute.TPUStrategy,
        ),
    )


def check_batch(strategy: tf.distribute.Strategy, batch_size: int) -> None:
    """Refuses a batch of which a replica would have no row to learn from.

    Args:
        strategy: of the training.
        batch_size: rows of the global batch; each replica has as many of them,
            rounded up, until there are none left.

    Raises:
        ValueError: there are none left for the last.
    """
    replicas = strategy.num_replicas_in_sync
    each = -(-batch_size // replicas)
    if each * (replicas - 1) >= batch_size:
        raise ValueError(
            f"`batch_size` must leave a row for each of {replicas} replicas, "
            f"which take {each} in turn. Received: {batch_size}. Give a "
            f"multiple of {replicas}, or use fewer devices."
        )


@functools.cache
def _cores() -> tf.distribute.Strategy:
    # Threads that share an operation wait for each other at its end. Where
    # operations are short, two of them take four fifths of the time of one;
    # with a part of the batch each they meet once in a step.
    (cpu,) = tf.config.list_physical_devices("CPU")
    parts = [tf.config.LogicalDeviceConfiguration() for _ in _usable_cores()]
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.set_logical_device_configuration(cpu, parts)
    except RuntimeError as error:
        raise RuntimeError(
            '`strategy` "cores" must be made before anything is computed, as '
            "TensorFlow fixes its devices then. Received it later: make it at "
            "the start of the program."
        ) from error
    devices = tf.config.list_logical_devices("CPU")
    return tf.distribute.MirroredStrategy([each.name for each in devices])


def _usable_cores():
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return range(os.cpu_count() or 1)


@functools.cache
def _mirrored() -> tf.distribute.Strategy:
    devices = tf.config.list_logical_devices("GPU")
    devices = devices or tf.config.list_logical_devices("CPU")
    return tf.distribute.MirroredStrategy([each.name for each in devices])


@functools.cache
def _multi_worker() -> tf.distribute.Strategy:
    return tf.distribute.MultiWorkerMirroredStrategy()


@functools.cache
def _tpu() -> tf.distribute.Strategy:
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return tf.distribute.TPUStrategy(resolver)
