"""From a SavedModel to .tflite files that have proved themselves."""

import importlib.metadata
import json
import os
import pathlib
import tempfile
from typing import Any, NamedTuple

import numpy as np

from export import conversion, descriptions, golden, parity, tflite
from keras_gen import artifacts


class Report(NamedTuple):
    """On one kind of file."""

    quantize: str
    path: pathlib.Path
    contents: parity.Contents
    float32: parity.Contents
    measured: dict[str, parity.Measurement]
    shortcomings: list[str]  # Empty if the file is good and was written.


def export(
    saved_model: pathlib.Path,
    paths: dict[str, pathlib.Path],
    representative: dict[str, np.ndarray] | None = None,
    licence: str | None = None,
) -> list[Report]:
    """Converts, measures, and writes what is good enough.

    Args:
        saved_model: directory of one version.
        paths: {kind: the .tflite to write}.
        representative: typical inputs by name, to calibrate int8.
        licence: of the weights.

    Returns:
        A Report for each kind.

    Raises:
        ArtifactError: the SavedModel is damaged, has no mobile endpoint, or
            one that needs more than builtin operations.
    """
    metadata = artifacts.verify_directory(saved_model)
    described = {
        name: each
        for name, each in descriptions.read(saved_model).items()
        if each.mobile
    }
    if not described:
        raise artifacts.ArtifactError(
            f"{saved_model} has no endpoint for mobile devices. Give one "
            "`mobile=True` in the model and export it again."
        )
    names = list(described)
    whole = conversion.float32(saved_model, names)
    float32 = conversion.convert(saved_model, names, "none", None, whole)
    reports = []
    for kind, path in paths.items():
        content = float32
        if kind != "none":
            samples = None
            if kind == "int8":
                samples = conversion.samples(
                    saved_model, described, representative
                )
            content = conversion.convert(
                saved_model, names, kind, samples, whole
            )
        report = _report(kind, path, content, float32, described, saved_model)
        reports.append(report)
        if not report.shortcomings:
            _write(report, content)
            _write_side_car(report, described, metadata, licence)
    return reports


def table(reports: list[Report]) -> str:
    """The numbers, a line for each signature of each kind."""
    lines = [
        f"{'kind':<9}{'bytes':>10}{'file':>7}{'weights':>9}{'ops':>5}"
        f"{'flex':>5}  {'signature':<16}{'max diff':>9}{'PSNR dB':>9}"
        f"{'p50 ms':>8}"
    ]
    for each in reports:
        found, base = each.contents, each.float32
        head = (
            f"{each.quantize:<9}{found.num_bytes:>10,}"
            f"{found.num_bytes / base.num_bytes:>7.3f}"
            f"{found.weights_bytes / base.weights_bytes:>9.3f}"
            f"{found.num_operations:>5}{len(found.custom_operations):>5}"
        )
        for name, m in each.measured.items():
            lines.append(
                f"{head:<45}  {name:<16}{m.max_difference:>9.1e}"
                f"{m.psnr:>9.1f}{m.p50_ms:>8.2f}"
            )
            head = ""
    for each in reports:
        missed = "; ".join(each.shortcomings)
        lines.append(
            f"{each.path} was not written: {missed}."
            if missed
            else f"{each.path} and its .json were written."
        )
    return "\n".join(lines)


def _report(kind, path, content, float32, described, saved_model) -> Report:
    from ai_edge_litert import interpreter

    found = parity.contents(content)
    base = parity.contents(float32)
    runtime = interpreter.Interpreter(model_content=content, num_threads=1)
    measured = parity.measure(runtime, described, golden.read(saved_model))
    missed = parity.shortcomings(kind, found, base, measured)
    return Report(kind, path, found, base, measured, missed)


def _write(report: Report, content: bytes) -> None:
    """Writes the flatbuffer, sealed; the sealed file is opened once more."""
    with artifacts.atomic_file(report.path) as temporary:
        temporary.write_bytes(content)
    found = tflite.open_interpreter(report.path).get_signature_list()
    if set(found) != set(report.measured):
        raise artifacts.ArtifactError(
            f"{report.path} cannot be read back. Delete it and convert again."
        )


def _write_side_car(
    report: Report,
    described: dict[str, descriptions.Description],
    metadata: dict[str, Any],
    licence: str | None,
) -> None:
    """What programs and people should know about the file, as JSON."""
    fields = {
        "file": report.path.name,
        "quantize": report.quantize,
        "licence": licence,
        "signatures": {n: each.to_dict() for n, each in described.items()},
        "parity": {
            name: {
                "max_difference": each.max_difference,
                "psnr_db": None if np.isinf(each.psnr) else each.psnr,
                "p50_ms": each.p50_ms,
            }
            for name, each in report.measured.items()
        },
        "bytes": report.contents.num_bytes,
        "weights_bytes": report.contents.weights_bytes,
        "num_operations": report.contents.num_operations,
        "litert": importlib.metadata.version("ai-edge-litert"),
        "model": metadata,
    }
    path = report.path.with_name(report.path.name + ".json")
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(fields, file, indent=1)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
