"""A small model, exported once in a process, and ways to spoil a copy of it."""

import functools
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable

import keras

import keras_gen
from export import saved_model
from keras_gen import artifacts

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

_folder = tempfile.TemporaryDirectory()  # Deleted when Python ends.


@functools.cache
def model() -> keras_gen.VAE:
    """A VAE as small as one can be whose quantized weights are smaller."""
    keras.utils.set_random_seed(0)  # How well weights quantize depends on it.
    return keras_gen.VAE(image_shape=(8, 8, 1), latent_size=8, widths=(32, 64))


@functools.cache
def version() -> pathlib.Path:
    """An exported version, not validated; do not change it."""
    output = pathlib.Path(_folder.name, "vae")
    return saved_model.write(model(), output, validation=False)


def changed(
    path: pathlib.Path, change: Callable[[pathlib.Path], None]
) -> pathlib.Path:
    """A copy of `version` at `path` after `change`, with a true manifest."""
    metadata = artifacts.verify_directory(version())
    with artifacts.atomic_directory(path, metadata) as directory:
        shutil.copytree(
            version(),
            directory,
            ignore=shutil.ignore_patterns(artifacts.MANIFEST),
            dirs_exist_ok=True,
        )
        change(directory)
    return path


def python(*arguments: str) -> subprocess.CompletedProcess:
    """Runs `python ARGUMENTS` in the repository."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True
    )
