"""Writes a trained model as a new version that TensorFlow Serving can load.

    python -m export.saved_model --model=runs/vae/model.keras \\
        --output=models/vae

It takes some 15 s and prints the new directory:

    models/models.config              for --model_config_file of the server
    models/vae/1/saved_model.pb       one signature for each endpoint
    models/vae/1/variables/           the weights
    models/vae/1/assets.extra/        warm-up requests, golden pairs, Specs
    models/vae/1/manifest.json        SHA-256 of every file
    models/vae/1/MODEL_CARD.md        what it is and how to use it

The version is validated by a fresh process that does not know the code of the
model. Only then it appears, by one rename, as the highest number in `--output`:
a server that watches the directory never sees half of it.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
from typing import Any

from absl import flags

import keras_gen
from export import cli, descriptions, golden, model_card, versions
from keras_gen import artifacts

_ROOT = pathlib.Path(__file__).resolve().parent.parent


def write(
    model: Any,
    output: str | os.PathLike,
    version: int | None = None,
    validation: bool = True,
) -> pathlib.Path:
    """Writes a new version of a model.

    Args:
        model: a GenerativeModel.
        output: directory of the versions; its name is that of the model.
        version: a number above all in `output`, None for the next.
        validation: whether a fresh process checks the version before it is
            published.

    Returns:
        The directory of the version.

    Raises:
        ArtifactError: it cannot be written or is not valid; nothing is left.
    """
    from export import serving_config  # TensorFlow takes seconds to import.

    output = pathlib.Path(output)
    versions.check(output, version)
    serving_config.read(output.parent)
    with versions.staging(output) as place:
        staged, metadata = place / "version", _metadata(model)
        with artifacts.atomic_directory(staged, metadata) as directory:
            _fill(directory, output.resolve().name, model, metadata)
        if validation:
            _validate_apart(staged)
        published = versions.publish(staged, output, version)
    serving_config.add(output)
    return published


def define_flags() -> None:
    """Defines the flags of this program."""
    flags.DEFINE_string(
        "model", None, "The model.keras that a trainer wrote.", required=True
    )
    flags.DEFINE_string(
        "output",
        None,
        "Directory of the versions; its name is that of the model.",
        required=True,
    )
    flags.DEFINE_integer(
        "version",
        None,
        "Number of the version, above all there are; the next if not given.",
        1,
    )
    flags.DEFINE_enum(
        "precision",
        "float32",
        ["float32", "as_trained"],
        "To compute in; LiteRT has no bfloat16.",
    )
    flags.DEFINE_boolean(
        "validate", True, "Check the version before it appears."
    )


def main() -> int:
    """Exports; returns the exit code."""
    chosen = flags.FLAGS
    # Mistakes are told before TensorFlow, which takes seconds, is imported.
    versions.check(pathlib.Path(chosen.output), chosen.version)
    artifacts.verify_file(chosen.model)
    model = keras_gen.load(chosen.model)
    if chosen.precision == "float32":
        from keras_gen import saving

        model = saving.in_precision(model, "float32")
    print(write(model, chosen.output, chosen.version, chosen.validate))
    return 0


def _fill(
    directory: pathlib.Path, name: str, model: Any, metadata: dict[str, Any]
) -> None:
    from export import warmup

    model.export(directory)
    pairs = golden.make(model)
    golden.write(directory, pairs)
    warmup.write(directory, name, pairs)
    descriptions.write(directory, model)
    model_card.write(directory, name, model, metadata)


def _metadata(model: Any) -> dict[str, Any]:
    import keras
    import tensorflow as tf

    now = datetime.datetime.now(datetime.UTC)
    return {
        "class_name": type(model).__name__,
        "config": json.loads(model.config.to_json()),
        "created": now.isoformat(timespec="seconds"),
        "git_commit": _git_commit(),
        "signatures": list(model.endpoints()),
        "versions": {
            "package": keras_gen.__version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
    }


def _git_commit() -> str | None:
    """Of this code; None where it is not a checkout."""
    command = ["git", "-C", str(_ROOT), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() or None


def _validate_apart(path: pathlib.Path) -> None:
    """Raises ArtifactError unless `export.validate` passes in a new process."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "export.validate",
            f"--saved_model={path.resolve()}",
        ],
        cwd=_ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        reason = (done.stdout or done.stderr).strip().rpartition("\n")[2]
        raise artifacts.ArtifactError(
            f"The exported model is not valid and was not published. {reason}"
        )


if __name__ == "__main__":
    cli.run(main, define_flags)
