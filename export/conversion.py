"""SavedModel to LiteRT flatbuffer, with builtin operations only.

All endpoints become signatures of one flatbuffer and share its weights. Four
kinds of it:

    none      float32
    float16   arrays of weights float16, computed in float32
    dynamic   weights int8, but for the smallest layers; activations float32 and
              quantized as they come
    int8      weights and activations of layers and tables int8, calibrated,
              but for the smallest dense layers; arithmetic in between stays
              float32, since noise, places and colours suffer from 256 levels

Dense layers have one scale each: a scale for every unit is written once more
for every signature, which can take more room than their weights. LiteRT has no
fast kernel for transposed convolutions of kind dynamic; int8 and float16 have.
"""

import contextlib
import pathlib
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.lite.python import convert as converter_core
from tensorflow.lite.python import lite

from export import (
    calibrated,
    compaction,
    descriptions,
    exact,
    golden,
    half,
    replay,
)
from keras_gen import artifacts

NUM_SAMPLES = 32  # Random rows for calibration, and as many chained ones.

# {signature: {input: array [N, ...]}}
Samples = Mapping[str, Mapping[str, np.ndarray]]

_FLOAT_IN_INT8 = {
    "ADD",
    "CONCATENATION",
    "COS",
    "DIV",
    "EXP",
    "GREATER",
    "LOG",
    "LOGISTIC",
    "MUL",
    "SELECT_V2",
    "SIN",
    "SPLIT",
    "SQRT",
    "SUB",
}
_ONE_SCALE_PER_DENSE_LAYER = (
    "_experimental_disable_per_channel_quantization_for_dense_layers"
)
_TABLE = b"HashTableV2"  # The operation that makes one.
_UNSUPPORTED = re.compile(r"^(?:TF Select|Custom) ops: (.+)$", re.MULTILINE)


def float32(path: pathlib.Path, signatures: list[str]) -> bytes:
    """The flatbuffer in float32, with the names of its tensors.

    Args:
        path: directory of the SavedModel.
        signatures: which.

    Raises:
        ArtifactError: an operation has no builtin counterpart in LiteRT.
    """
    with _bare(path, signatures) as bare:
        return _converted(converter(bare, signatures), path, bare, signatures)


def convert(
    path: pathlib.Path,
    signatures: list[str],
    quantize: str,
    samples: Samples | None = None,
    whole: bytes | None = None,
) -> bytes:
    """Converts signatures of a SavedModel.

    Args:
        path: directory of the SavedModel.
        signatures: which.
        quantize: one of none, float16, dynamic, int8.
        samples: typical inputs, for int8.
        whole: of `float32`, which all kinds but int8 need; made here if None.

    Returns:
        The flatbuffer.

    Raises:
        ArtifactError: an operation has no builtin counterpart in LiteRT.
    """
    if quantize == "int8":
        return compaction.compact(_int8(path, signatures, samples))
    content = whole or float32(path, signatures)
    if quantize == "float16":
        content = half.halve(content)
    elif quantize == "dynamic":
        content = exact.restore(_quantized(path, signatures), content)
    return compaction.compact(content)


def without_tables(
    path: pathlib.Path, signatures: list[str], scratch: pathlib.Path
) -> pathlib.Path:
    """A SavedModel of some signatures that loads no tables.

    The converter takes over all tables of a SavedModel, such as those of a
    tokenizer, also where none of the signatures looks into them.

    Args:
        path: directory of the SavedModel.
        signatures: that have no use for tables.
        scratch: an empty directory, for a copy.

    Returns:
        Where it is: `path` itself if it has no tables.
    """
    if _TABLE not in (path / "saved_model.pb").read_bytes():
        return path
    loaded = tf.saved_model.load(str(path))
    module = tf.Module()
    module.weights = loaded.weights
    copy = scratch / "saved_model"
    chosen = {name: loaded.signatures[name] for name in signatures}
    tf.saved_model.save(module, str(copy), chosen)
    return copy


def converter(path: pathlib.Path, signatures: list[str]) -> Any:
    """A converter of TensorFlow, set to builtin operations.

    `TFLiteConverter.from_saved_model` loads the SavedModel before `convert`
    loads it; this does not.

    Args:
        path: directory of the SavedModel.
        signatures: which.
    """
    made = lite.TFLiteSavedModelConverterV2(
        str(path), {tf.saved_model.SERVING}, signatures
    )
    made.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    # It costs reading and writing the file once more; the side-car tells more.
    made.exclude_conversion_metadata = True
    return made


@contextlib.contextmanager
def _bare(path, signatures) -> Iterator[pathlib.Path]:
    with tempfile.TemporaryDirectory() as scratch:
        yield without_tables(path, signatures, pathlib.Path(scratch))


def _int8(path, signatures, samples) -> bytes:
    def calibrate(made):
        made.representative_dataset = lambda: _rows(samples, signatures)
        made._experimental_calibrate_only = True

    content, kept = calibrated.prepare(
        _quantized(path, signatures, calibrate), _FLOAT_IN_INT8
    )
    return converter_core.mlir_quantize(
        content,
        denylisted_ops=_FLOAT_IN_INT8,
        denylisted_nodes=kept,
        disable_per_channel_for_dense_layers=True,
    )


def _quantized(path, signatures, configure=lambda made: None) -> bytes:
    with _bare(path, signatures) as bare, warnings.catch_warnings():
        # The converter itself calibrates with the deprecated interpreter.
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated")
        made = converter(bare, signatures)
        made.optimizations = [tf.lite.Optimize.DEFAULT]
        setattr(made, _ONE_SCALE_PER_DENSE_LAYER, True)
        configure(made)
        return _converted(made, path, bare, signatures)


def samples(
    path: pathlib.Path,
    described: Mapping[str, descriptions.Description],
    given: Mapping[str, np.ndarray] | None = None,
) -> Samples:
    """Inputs for calibration, for every endpoint.

    They are `given` by their name, where they are. Of the others one half is
    random, as the Spec says, and one half chained as in `golden.chained`.

    Args:
        path: directory of the SavedModel.
        described: its endpoints.
        given: {name of an input: array [N, ...]}.

    Returns:
        {signature: {input: array [N, ...]}}.

    Raises:
        ValueError: what is given does not fit a Spec, or has a name that no
            endpoint takes.
    """
    given = dict(given or {})
    taken = sorted({key for each in described.values() for key in each.inputs})
    if not set(given) <= set(taken):
        raise ValueError(
            f"`representative_data` may hold {', '.join(taken)}. Received: "
            f"{', '.join(sorted(given))}."
        )
    for each in described.values():
        for key in set(given) & set(each.inputs):
            each.inputs[key].check(given[key], "representative_data")
    random = {
        name: {k: s.example(NUM_SAMPLES) for k, s in each.inputs.items()}
        for name, each in described.items()
    }
    with replay.with_functions(path) as ask:
        pairs = golden.chained(random, ask)
    return {
        pair.endpoint: {
            key: given.get(
                key, np.concatenate([value, random[pair.endpoint][key]])
            )
            for key, value in pair.inputs.items()
        }
        for pair in pairs
    }


def _rows(samples: Samples, signatures: list[str]) -> Iterator:
    """(signature, {input: array [1, ...]}) as the calibrator wants them."""
    for name in signatures:
        count = min(len(value) for value in samples[name].values())
        for row in range(count):
            inputs = samples[name].items()
            yield name, {k: v[row : row + 1] for k, v in inputs}


def _converted(made, path, bare, signatures: list[str]) -> bytes:
    try:
        return made.convert()
    except converter_core.ConverterError as error:
        guilty = [name for name in signatures if _fails(bare, name)]
        found = _UNSUPPORTED.search(str(error))
        reason = found[1] if found else str(error).strip().partition("\n")[0]
        raise artifacts.ArtifactError(
            f"{path}: {', '.join(guilty or signatures)} cannot be converted to "
            f"builtin operations of LiteRT because of: {reason}. Write the "
            "endpoint with other operations (random numbers: "
            "keras_gen.ops.seeds), or give it `mobile=False`."
        ) from error


def _fails(path: pathlib.Path, signature: str) -> bool:
    try:
        converter(path, [signature]).convert()
    except converter_core.ConverterError:
        return True
    return False
