"""What the local server adds to a call of the model in the same process.

    python -m benchmarks.serving_latency --saved_model=models/vae/1

asks `generate` for one image at a time: by a session in this process, and by a
client of a server in another. Prints medians and the first request after the
server has announced the version: a minute on two CPU cores.

The client has asked another server right before, so what its own first request
costs, and a processor that wakes up, is not taken for the server's.
"""

import contextlib
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
from absl import app, flags

from keras_gen import console

_SAVED_MODEL = flags.DEFINE_string(
    "saved_model", None, "Directory of one version.", required=True
)
_REQUESTS = flags.DEFINE_integer("requests", 500, "Of each kind.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Servers started, one by one.")
_PORT = flags.DEFINE_integer("port", 8598, "This and the next are used.")

_WARM_UP_REQUESTS = 50


def main(argv: list[str]) -> None:
    """Measures both, in turn."""
    del argv
    console.import_tensorflow()
    path = pathlib.Path(_SAVED_MODEL.value)
    in_process = _in_process(path)
    with _served(path, _PORT.value) as ask_other:
        _measure(path, in_process, ask_other)


def _measure(
    path: pathlib.Path,
    in_process: Callable[[], None],
    ask_other: Callable[[], None],
) -> None:
    """Starts servers one by one and prints a line for each."""
    for _ in range(_ROUNDS.value):
        with _served(path, _PORT.value + 1) as ask:
            _milliseconds(ask_other, _WARM_UP_REQUESTS)
            first = _milliseconds(ask, 1)[0]
            served = statistics.median(_milliseconds(ask, _REQUESTS.value))
            own = _milliseconds(in_process, _REQUESTS.value)
            own = statistics.median(own)
        print(
            f"in process {own:.2f} ms, server {served:.2f} ms "
            f"(+{served - own:.2f}), first request {first:.2f} ms "
            f"({first / served:.2f} of the median)",
            flush=True,
        )


def _in_process(path: pathlib.Path) -> Callable[[], None]:
    """`generate` by the session that the server also uses."""
    import tensorflow as tf

    graph = tf.Graph()
    session = tf.compat.v1.Session(graph=graph)
    with graph.as_default():
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(path))
    signature = loaded.signature_def["generate"]
    feed, fetch = signature.inputs["seed"], signature.outputs["images"]
    seed = np.zeros(1, np.int32)
    return lambda: session.run(fetch.name, {feed.name: seed})


@contextlib.contextmanager
def _served(path: pathlib.Path, port: int) -> Iterator[Callable[[], None]]:
    from export import client

    command = [sys.executable, "-m", "export.server", "--model_name=model"]
    command += [f"--model_base_path={path.parent}", f"--port={port}"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    seed = np.zeros(1, np.int32)
    target = f"127.0.0.1:{port}"
    try:
        with client.Client(target, "model", timeout=60.0) as served:
            while "AVAILABLE" not in served.status().values():
                time.sleep(0.05)
            served.signatures()  # Kept, so that no request waits for them.
            yield lambda: served.predict("generate", {"seed": seed})
    finally:
        server.terminate()
        server.wait()


def _milliseconds(call: Callable[[], None], count: int) -> list[float]:
    times = []
    for _ in range(count):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return times


if __name__ == "__main__":
    app.run(main)
