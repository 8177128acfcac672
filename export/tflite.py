"""Converts the mobile endpoints of a SavedModel to LiteRT (.tflite) files.

    python -m export.tflite --saved_model=models/vae/1 --output=vae.tflite

takes some 20 s and writes

    vae.tflite        a signature for each mobile endpoint, builtin operations
    vae.tflite.json   shapes, ranges, accuracy, sizes, licence

`--quantize=float16`, `dynamic` or `int8` writes a smaller file instead;
`--quantize=all` writes vae.tflite, vae_float16.tflite, vae_dynamic.tflite and
vae_int8.tflite. Every file is first run by LiteRT on the golden pairs of the
SavedModel, in batches of two sizes, and written only if it reaches

    none      largest difference 1e-5, of the largest number if that is above 1
    float16   60 dB, weights at most 0.51 of the bytes of float32
    dynamic   45 dB, weights at most 0.30
    int8      35 dB, weights at most 0.30

The decibels are peak signal-to-noise ratios, for images in [-1, 1] with peak 2,
for outputs without limits with the range of their values as peak. The ratio of
whole files is a little higher, as the graph itself does not shrink.

Prints a table. The exit code is 1 if a file that was asked for is not good
enough; it is not written then.
"""

import os
import pathlib
from typing import Any

import numpy as np
from absl import flags

from export import cli
from keras_gen import artifacts

QUANTIZATIONS = ("none", "float16", "dynamic", "int8")


def open_interpreter(path: str | os.PathLike, num_threads: int = 1) -> Any:
    """Opens a .tflite after checking its seal.

    Args:
        path: a file written by this program.
        num_threads: of the interpreter.

    Returns:
        A LiteRT interpreter; ask its `get_signature_runner(endpoint)`.

    Raises:
        ArtifactError: missing, damaged, or not written by this program.
    """
    from ai_edge_litert import interpreter  # An optional extra.

    artifacts.verify_file(path)
    return interpreter.Interpreter(
        model_path=os.fspath(path), num_threads=num_threads
    )


def run(
    path: str | os.PathLike, signature: str, inputs: dict[str, Any]
) -> dict[str, np.ndarray]:
    """Asks an endpoint of a .tflite once.

    Args:
        path: a file written by this program.
        signature: name of the endpoint.
        inputs: {name: array [B, ...]}.

    Returns:
        {name: array [B, ...]}.

    Raises:
        ArtifactError: the file is missing or damaged.
        ValueError: there is no such endpoint or input.
    """
    interpreter = open_interpreter(path)
    known = interpreter.get_signature_list()
    if signature not in known:
        raise ValueError(
            f"`signature` must be one of {', '.join(sorted(known))}. "
            f"Received: {signature}."
        )
    if set(inputs) != set(known[signature]["inputs"]):
        raise ValueError(
            f"`inputs` of {signature} must be "
            f"{', '.join(known[signature]['inputs'])}. Received: "
            f"{', '.join(inputs)}."
        )
    return interpreter.get_signature_runner(signature)(**inputs)


def define_flags() -> None:
    """Defines the flags of this program."""
    flags.DEFINE_string(
        "saved_model",
        None,
        "Directory of one version, such as models/vae/1.",
        required=True,
    )
    flags.DEFINE_string("output", None, "The .tflite to write.", required=True)
    flags.DEFINE_enum(
        "quantize", "none", [*QUANTIZATIONS, "all"], "Kind of file."
    )
    flags.DEFINE_string(
        "representative_data",
        None,
        "An .npz with typical inputs [N, ...] under their names, to calibrate "
        "int8; random inputs and what the model makes of them if not given.",
    )
    flags.DEFINE_string(
        "licence", None, "Of the weights, for the JSON file, such as CC-BY-4.0."
    )


def main() -> int:
    """Converts; returns the exit code."""
    chosen = flags.FLAGS
    output = pathlib.Path(chosen.output)
    if output.suffix != ".tflite":
        raise ValueError(f"`--output` must end in .tflite. Received: {output}.")
    kinds = [chosen.quantize]
    if chosen.quantize == "all":
        kinds = list(QUANTIZATIONS)
    representative = _representative(chosen.representative_data)
    artifacts.verify_directory(chosen.saved_model)
    from export import mobile  # TensorFlow takes seconds to import.

    reports = mobile.export(
        pathlib.Path(chosen.saved_model),
        {kind: _path(output, kind, len(kinds) > 1) for kind in kinds},
        representative,
        chosen.licence,
    )
    print(mobile.table(reports))
    return 0 if all(not each.shortcomings for each in reports) else 1


def _path(output: pathlib.Path, kind: str, several: bool) -> pathlib.Path:
    if several and kind != "none":
        return output.with_stem(f"{output.stem}_{kind}")
    return output


def _representative(path: str | None) -> dict[str, np.ndarray]:
    if path is None:
        return {}
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(
            "`--representative_data` must be an .npz of arrays. Received: "
            f"{path} ({error})."
        ) from error


if __name__ == "__main__":
    cli.run(main, define_flags)
