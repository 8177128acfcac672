"""Measures a LiteRT file against the golden pairs of its SavedModel.

Peak signal-to-noise ratios are 10 log10(range^2 / mean squared difference).
The range is that of the Spec, 2 for images in [-1, 1]; where it has no limits,
such as for a latent, it is the range of the expected values.
"""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from export import descriptions, golden

_MAX_RUNS, _MAX_SECONDS = 50, 1.0


class Bar(NamedTuple):
    """What a kind of file must reach; the neutral value asks for nothing."""

    max_difference: float = np.inf
    min_psnr: float = 0.0  # dB
    max_weights: float = np.inf  # Bytes of constants against float32.


BARS = {
    "none": Bar(max_difference=1e-5),
    "float16": Bar(min_psnr=60.0, max_weights=0.51),
    "dynamic": Bar(min_psnr=45.0, max_weights=0.30),
    "int8": Bar(min_psnr=35.0, max_weights=0.30),
}


class Contents(NamedTuple):
    """What a flatbuffer holds."""

    num_bytes: int
    weights_bytes: int  # Of all constants.
    num_operations: int
    custom_operations: tuple[str, ...]  # Flex operations are among them.


class Measurement(NamedTuple):
    """Of one signature over all its golden pairs."""

    max_difference: float  # A share of the largest number, if above 1.
    psnr: float  # dB, the worst of the outputs; infinite if all are equal
    p50_ms: float  # One row, one thread.


def contents(content: bytes) -> Contents:
    """Looks into a flatbuffer."""
    model = schema.Model.GetRootAs(content, 0)
    codes = map(model.OperatorCodes, range(model.OperatorCodesLength()))
    custom = [code.CustomCode() for code in codes]
    buffers = map(model.Buffers, range(model.BuffersLength()))
    subgraphs = map(model.Subgraphs, range(model.SubgraphsLength()))
    return Contents(
        num_bytes=len(content),
        weights_bytes=sum(each.DataLength() for each in buffers),
        num_operations=sum(each.OperatorsLength() for each in subgraphs),
        custom_operations=tuple(each.decode() for each in custom if each),
    )


def measure(
    interpreter: Any,
    described: Mapping[str, descriptions.Description],
    pairs: list[golden.Pair],
) -> dict[str, Measurement]:
    """Runs all golden pairs of the endpoints in `described`.

    Args:
        interpreter: of LiteRT.
        described: {signature: Description}.
        pairs: golden pairs; those of other endpoints are left out.

    Returns:
        {signature: Measurement}.
    """
    return {
        name: _measure(
            interpreter.get_signature_runner(name),
            each,
            [pair for pair in pairs if pair.endpoint == name],
        )
        for name, each in described.items()
    }


def shortcomings(
    quantize: str,
    found: Contents,
    float32: Contents,
    measured: Mapping[str, Measurement],
) -> list[str]:
    """Where a file misses the Bar of its kind; empty if nowhere."""
    bar = BARS[quantize]
    missed = []
    if found.custom_operations:
        names = ", ".join(found.custom_operations)
        missed.append(f"it needs operations that are not builtin: {names}")
    ratio = found.weights_bytes / float32.weights_bytes
    if ratio > bar.max_weights:
        missed.append(
            f"its weights take {ratio:.3f} of float32, over {bar.max_weights}"
        )
    for name, each in measured.items():
        if not each.max_difference <= bar.max_difference:
            missed.append(
                f"`{name}` differs by {each.max_difference:.1e}, over "
                f"{bar.max_difference:.0e}"
            )
        if not each.psnr >= bar.min_psnr:
            missed.append(
                f"`{name}` has {each.psnr:.1f} dB, under {bar.min_psnr:g}"
            )
    return missed


def _measure(runner, description, pairs) -> Measurement:
    differences, errors = [0.0], {}
    for pair in pairs:
        answer = runner(**pair.inputs)
        for key, expected in pair.outputs.items():
            error = np.float64(answer[key]) - np.float64(expected)
            size = np.max(np.abs(np.float64(expected)), initial=1.0)
            differences.append(np.max(np.abs(error), initial=0.0) / size)
            errors.setdefault(key, []).append((error.ravel(), expected.ravel()))
    psnr = min(
        _psnr(*map(np.concatenate, zip(*each, strict=True)), spec)
        for key, each in errors.items()
        for spec in [description.outputs[key]]
    )
    # Not max(), which may lose a NaN.
    return Measurement(float(np.max(differences)), psnr, _p50(runner, pairs[0]))


def _psnr(error: np.ndarray, expected: np.ndarray, spec) -> float:
    low, high = spec.low, spec.high
    if low is None or high is None:
        low, high = expected.min(), expected.max()
    mean = float(np.mean(error**2))
    if mean == 0:
        return np.inf
    return float(10 * np.log10((high - low) ** 2 / mean))


def _p50(runner, pair: golden.Pair) -> float:
    """Median milliseconds of one row."""
    row = pair.rows()[0].inputs
    runner(**row)  # The first run allocates.
    times, start = [], time.perf_counter()
    while len(times) < _MAX_RUNS:
        before = time.perf_counter()
        if times and before - start > _MAX_SECONDS:
            break
        runner(**row)
        times.append(time.perf_counter() - before)
    return 1e3 * float(np.median(times))
