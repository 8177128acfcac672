"""Says whether this machine can train, export and serve, and how to mend it.

    python -m trainers.doctor --workdir=runs

checks versions, devices, strategies, write access and the packages of serving
and mobile export: a few seconds. Exit code 0 where nothing essential is wrong.
"""

import importlib.metadata
import importlib.util
import os
import pathlib
import platform
import sys
import tempfile
from collections.abc import Callable

from absl import app, flags

from keras_gen import console

_WORKDIR = flags.DEFINE_string(
    "workdir", ".", "Directory in which runs are to be written."
)

# Import name, distribution, extra of the project; None is essential.
_PACKAGES = (
    ("tensorflow", "tensorflow", None),
    ("keras", "keras", None),
    ("tensorflow_probability", "tensorflow-probability", None),
    ("tf_keras", "tf_keras", None),
    ("tensorflow_serving", "tensorflow-serving-api", "serving"),
    ("grpc", "grpcio", "serving"),
    ("grpc_health", "grpcio-health-checking", "serving"),
    ("ai_edge_litert", "ai-edge-litert", "mobile"),
    ("tensorflow_datasets", "tensorflow-datasets", "data"),
)
_TESTED_KERAS = "3.15"


def main(argv: list[str]) -> None:
    """Runs all checks and prints a line for each."""
    del argv
    healthy = True
    for check in (_python, _packages, _write_access, _devices, _training):
        healthy &= _run(check)
    print("All is well." if healthy else "Mend the lines marked with x.")
    sys.exit(0 if healthy else 1)


def _run(check: Callable[[], list[tuple[bool | None, str]]]) -> bool:
    """Prints the findings of a check; False where one is essential."""
    try:
        findings = check()
    except Exception as error:  # A doctor reports whatever it meets.
        findings = [(False, f"{check.__name__[1:]}: {error}")]
    for good, text in findings:
        print(f"  {'ok' if good else '-' if good is None else 'x':2} {text}")
    return all(good is not False for good, _ in findings)


def _python() -> list[tuple[bool | None, str]]:
    good = (3, 11) <= sys.version_info < (3, 14)
    text = f"Python {platform.python_version()}"
    if not good:
        text += ": install Python 3.11, 3.12 or 3.13"
    return [(good, text)]


def _packages() -> list[tuple[bool | None, str]]:
    findings = []
    for module, distribution, extra in _PACKAGES:
        if importlib.util.find_spec(module) is None:
            remedy = f"pip install '.[{extra}]'" if extra else "pip install ."
            missing = None if extra else False
            text = f"{distribution} is missing: {remedy}"
            findings.append((missing, text))
            continue
        version = importlib.metadata.version(distribution)
        good = distribution != "keras" or version.startswith(_TESTED_KERAS)
        text = f"{distribution} {version}"
        if not good:
            text += f": `fit` was tested on {_TESTED_KERAS}; install that"
        findings.append((good, text))
    return findings


def _write_access() -> list[tuple[bool | None, str]]:
    directory = pathlib.Path(_WORKDIR.value)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory) as name:
            os.rename(name, name + "-renamed")
            os.rename(name + "-renamed", name)
    except OSError as error:
        remedy = "choose a --workdir where you may write"
        return [(False, f"{directory}: {error.strerror}; {remedy}")]
    return [(True, f"{directory.resolve()} can be written")]


def _devices() -> list[tuple[bool | None, str]]:
    console.import_tensorflow()
    import tensorflow as tf

    names = [each.name for each in tf.config.list_logical_devices()]
    findings = [(True, f"devices: {', '.join(names)}")]
    count = len(tf.config.list_logical_devices("GPU"))
    advice = "--strategy=mirrored" if count > 1 else "--strategy=default"
    findings.append((True, f"{count} GPUs: use {advice}"))
    return findings


def _training() -> list[tuple[bool | None, str]]:
    import numpy as np

    import keras_gen

    model = keras_gen.VAE(image_shape=(8, 8, 1), latent_size=2, widths=(4,))
    model.compile("adam")
    images = np.zeros((4, 8, 8, 1), "float32") - 1.0
    loss = model.fit(images, verbose=0).history["loss"][0]
    return [(bool(np.isfinite(loss)), f"one training step, loss {loss:.2f}")]


if __name__ == "__main__":
    app.run(main)
