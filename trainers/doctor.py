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

# (whether it is good, or None where it is optional; what was found)
Finding = tuple[bool | None, str]


def main(argv: list[str]) -> None:
    """Runs all checks and prints a line for each."""
    del argv
    healthy = run("python", python)
    healthy &= run("packages", packages)
    workdir = pathlib.Path(flags.FLAGS.workdir)
    healthy &= run("workdir", lambda: write_access(workdir))
    healthy &= run("devices", devices)
    healthy &= run("training", training)
    print("All is well." if healthy else "Mend the lines marked with x.")
    sys.exit(0 if healthy else 1)


def run(name: str, check: Callable[[], list[Finding]]) -> bool:
    """Prints the findings of a check; False where an essential one is bad."""
    try:
        findings = check()
    except Exception as error:  # A doctor reports whatever it meets.
        findings = [(False, f"{name}: {error}")]
    for good, text in findings:
        print(f"  {'ok' if good else '-' if good is None else 'x':2} {text}")
    return all(good is not False for good, _ in findings)


def python() -> list[Finding]:
    """The version of Python."""
    good = (3, 11) <= sys.version_info < (3, 14)
    text = f"Python {platform.python_version()}"
    if not good:
        text += ": install Python 3.11, 3.12 or 3.13"
    return [(good, text)]


def packages() -> list[Finding]:
    """Versions, and what is missing."""
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


def write_access(directory: pathlib.Path) -> list[Finding]:
    """Whether runs can be written below `directory`."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory) as name:
            os.rename(name, name + "-renamed")
            os.rename(name + "-renamed", name)
    except OSError as error:
        remedy = "choose a --workdir where you may write"
        return [(False, f"{directory}: {error.strerror}; {remedy}")]
    return [(True, f"{directory.resolve()} can be written")]


def devices() -> list[Finding]:
    """What TensorFlow can compute on."""
    console.import_tensorflow()
    import tensorflow as tf

    names = [each.name for each in tf.config.list_logical_devices()]
    findings = [(True, f"devices: {', '.join(names)}")]
    count = len(tf.config.list_logical_devices("GPU"))
    advice = {
        0: "--strategy=default, or cores for U-Nets and transformers",
        1: "--strategy=default",
    }.get(count, "--strategy=mirrored")
    findings.append((True, f"{count} GPUs: use {advice}"))
    return findings


def training() -> list[Finding]:
    """One step of a small model."""
    import numpy as np

    import keras_gen

    model = keras_gen.VAE(image_shape=(8, 8, 1), latent_size=2, widths=(4,))
    model.compile("adam")
    images = np.zeros((4, 8, 8, 1), "float32") - 1.0
    loss = model.fit(images, verbose=0).history["loss"][0]
    return [(bool(np.isfinite(loss)), f"one training step, loss {loss:.2f}")]


if __name__ == "__main__":
    flags.DEFINE_string(
        "workdir", ".", "Directory in which runs are to be written."
    )
    app.run(main)
