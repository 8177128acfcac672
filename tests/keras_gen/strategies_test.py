"""Strategies by name, and the cores of a CPU as devices."""

import os
import subprocess
import sys
import types

import pytest
import tensorflow as tf

from keras_gen import strategies


def test_unknown_strategy_lists_the_known_ones():
    with pytest.raises(ValueError, match="default, cores, mirrored, multi_w"):
        strategies.named("horovod")


CORES = """
import tensorflow as tf
from keras_gen import strategies
strategy = strategies.named("cores")
tf.ones(1)  # A program that computes before it asks for it again.
assert strategies.named("cores") is strategy
print(tf.config.threading.get_intra_op_parallelism_threads())
print([name[-5:] for name in strategy.extended.worker_devices])
"""


def test_cores_are_devices_with_one_thread_each():
    count = len(os.sched_getaffinity(0))
    output = subprocess.run(
        [sys.executable, "-c", CORES],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    threads, places = output.splitlines()
    assert threads == "1"
    assert places == str([f"CPU:{index}" for index in range(count)])


def test_cores_cannot_become_devices_late():
    tf.ones(1)
    with pytest.raises(RuntimeError, match="before anything is computed"):
        strategies.named("cores")


@pytest.mark.parametrize(
    ("replicas", "batch_size", "fits"),
    [(1, 1, True), (2, 1, False), (2, 3, True), (4, 6, False), (4, 7, True)],
)
def test_each_replica_has_a_row(replicas, batch_size, fits):
    strategy = types.SimpleNamespace(num_replicas_in_sync=replicas)
    if fits:
        strategies.check_batch(strategy, batch_size)
        return
    with pytest.raises(ValueError, match=f"`batch_size` .* of {replicas} rep"):
        strategies.check_batch(strategy, batch_size)
