"""`fit` and `evaluate` give one answer, however many devices compute it."""

import json
import os
import socket
import subprocess
import sys
import time
import types

import keras
import numpy as np
import pytest

from keras_gen import distribution

# Model, optimizer, steps per execution, XLA or graph, rows of the data set: 48
# rows are 6 batches of 8; 45 leave a ragged one.
CASES = [
    "vae,sgd,1,graph,48",
    "vae,adam,3,graph,48",
    "vae,clipped,4,xla,48",
    "dcgan,sgd,3,graph,48",
    "kl,clipped,3,graph,48",
    "nerf,sgd,3,graph,48",
]
RAGGED = "vae,sgd,1,graph,45"
TOLERANCE = 1e-5


def start(output, strategy, cases, environment=None):
    """Runs `distribution_worker` in a process of its own."""
    command = [sys.executable, "-m", "tests.keras_gen.distribution_worker"]
    return subprocess.Popen(
        [*command, str(output), strategy, *cases],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | (environment or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(started):
    """{name: results} of {name: (process, output)}, which leave together."""
    while not all(
        output.exists() or process.poll() is not None
        for process, output in started.values()
    ):
        time.sleep(0.1)
    texts = {n: p.communicate(timeout=60)[0] for n, (p, _) in started.items()}
    failed = {
        n: t[-2000:] for n, t in texts.items() if started[n][0].returncode
    }
    assert not failed, "\n\n".join(f"{n}: {t}" for n, t in failed.items())
    return {n: json.loads(o.read_text()) for n, (_, o) in started.items()}


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """{strategy: {case: results}}, from four processes."""
    directory = tmp_path_factory.mktemp("distribution")
    ports = free_ports(2)
    workers = [f"127.0.0.1:{port}" for port in ports]
    cases = [*CASES, RAGGED]
    alone = {}
    for name in ("default", "mirrored"):
        output = directory / name
        alone[name] = start(output, name, cases), output
    found = finish(alone)
    together = {}
    for index in range(2):
        task = {"type": "worker", "index": index}
        setting = json.dumps({"cluster": {"worker": workers}, "task": task})
        output = directory / f"worker {index}"
        process = start(output, "multi_worker", cases, {"TF_CONFIG": setting})
        together[output.name] = process, output
    return found | finish(together)


def difference(first, second):
    """Greatest difference between two trees of numbers."""
    if isinstance(first, dict):
        assert set(first) == set(second)
        return max(difference(first[k], second[k]) for k in first)
    if isinstance(first, list) and first and isinstance(first[0], list):
        pairs = zip(first, second, strict=True)
        return max(difference(*pair) for pair in pairs)
    return np.max(np.abs(np.asarray(first) - np.asarray(second)), initial=0.0)


def relative_difference(first, second):
    """Losses are sums over an image: compare them as shares of their size."""
    scale = max(np.abs(np.asarray(v)).max() for v in first.values())
    return difference(first, second) / max(scale, 1.0)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["mirrored", "worker 0", "worker 1"])
def test_equals_one_device(results, name, case):
    one, many = results["default"][case], results[name][case]
    assert many["steps"] == one["steps"] == 12
    assert difference(one["weights"], many["weights"]) < TOLERANCE
    for part in ("history", "evaluation"):
        assert relative_difference(one[part], many[part]) < TOLERANCE


@pytest.mark.parametrize("case", CASES)
def test_replicas_stay_equal(results, case):
    assert results["mirrored"][case]["spread"] == 0


@pytest.mark.parametrize("name", ["mirrored", "worker 0", "worker 1"])
def test_ragged_batches_are_exact_too(results, name):
    one, many = results["default"][RAGGED], results[name][RAGGED]
    assert difference(one["weights"], many["weights"]) < TOLERANCE
    evaluations = one["evaluation"], many["evaluation"]
    assert relative_difference(*evaluations) < TOLERANCE


def test_training_moves_weights(results):
    """The comparison above would not notice two runs that both stand still."""
    history = results["default"]["vae,sgd,1,graph,48"]["history"]["loss"]
    assert history[1] < history[0]


def test_clipping_was_active(results):
    clipped = results["default"]["vae,clipped,4,xla,48"]["history"]["loss"]
    assert np.isfinite(clipped).all()


def test_keras_versions():
    """The loop replaces private parts of Keras: verify a new version here."""
    assert keras.__version__ in ("3.15.1",), (
        "Run the tests of this file with this Keras, then add its version."
    )


@pytest.mark.parametrize("replicas", [1, 2])
def test_xla_with_statistics_over_replicas_is_refused(replicas):
    strategy = types.SimpleNamespace(num_replicas_in_sync=replicas)
    layer = keras.layers.BatchNormalization(synchronized=True)
    model = types.SimpleNamespace(
        distribute_strategy=strategy, _flatten_layers=lambda: [layer]
    )
    if replicas == 1:
        distribution.check_layers(model)
        return
    with pytest.raises(ValueError, match="`jit_compile` cannot compile Batch"):
        distribution.check_layers(model)
