"""Checks that an exported SavedModel is whole, safe and answers as it should.

    python -m export.validate --saved_model=models/vae/1

It needs some 5 s and knows TensorFlow only, not the code of the model, as a
server does. In this order, stopping at the first failure:

    files        every file has the SHA-256 of the manifest
    operations   all are on the list of export/audit.py
    signatures   they take and give what assets.extra/endpoints.json says
    functions    `tf.saved_model.load` answers the golden pairs
    rows         each row of a golden pair alone gives the same answer
    session      so does the session loader that TensorFlow Serving uses
    warm-up      every recorded request is answered

Golden pairs are equal if |difference| <= 1e-4 * (1 + |expected|); integers and
bytes must be the same, PNG files within one level of 255.

Prints a table; the exit code is 0 if all checks passed, 1 if not.
"""

import pathlib
from collections.abc import Callable
from typing import NamedTuple

from absl import flags

from export import cli, descriptions, golden, versions
from keras_gen import artifacts


class Result(NamedTuple):
    """Of one check: `detail` says what was found, or what is wrong."""

    name: str
    passed: bool
    detail: str


def validate(path: str | pathlib.Path) -> list[Result]:
    """Runs all checks, up to the first that fails.

    Args:
        path: directory with `saved_model.pb`.

    Returns:
        A Result for each check that was run.
    """
    path = pathlib.Path(path)
    results = []
    for name, check in _CHECKS.items():
        try:
            results.append(Result(name, True, check(path)))
        except artifacts.ArtifactError as error:
            # What follows would use what has just failed.
            results.append(Result(name, False, str(error)))
            break
    return results


def require(path: str | pathlib.Path) -> None:
    """Raises ArtifactError, with its reason, if a check fails."""
    last = validate(path)[-1]
    if not last.passed:
        raise artifacts.ArtifactError(last.detail)


def table(results: list[Result]) -> str:
    """One line for each Result."""
    return "\n".join(
        f"{'ok    ' if each.passed else 'FAILED'} {each.name:<11}{each.detail}"
        for each in results
    )


def define_flags() -> None:
    """Defines the flags of this program."""
    flags.DEFINE_string(
        "saved_model",
        None,
        "Directory of one version, such as models/vae/1.",
        required=True,
    )


def main() -> int:
    """Validates; returns the exit code."""
    results = validate(flags.FLAGS.saved_model)
    print(table(results))
    return 0 if results[-1].passed else 1


def _files(path: pathlib.Path) -> str:
    text_form = path / "saved_model.pbtxt"
    if text_form.exists():
        raise artifacts.ArtifactError(
            f"{text_form} would be loaded where {path / 'saved_model.pb'} is "
            "missing, and no manifest covers it. Delete it, or export the "
            "model again."
        )
    if versions.find(path) and not (path / artifacts.MANIFEST).exists():
        newest = path / str(versions.find(path)[-1])
        raise artifacts.ArtifactError(
            f"{path} is a directory of versions. Name one of them: {newest}."
        )
    artifacts.verify_directory(path)
    size = sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
    return f"{size:,} bytes as in the manifest"


def _operations(path: pathlib.Path) -> str:
    from export import audit  # TensorFlow takes seconds to import.

    return f"{audit.check(path)} different ones, all allowed"


def _signatures(path: pathlib.Path) -> str:
    from export import signatures

    return ", ".join(signatures.check(path, descriptions.read(path)))


def _functions(path: pathlib.Path) -> str:
    return _replayed(path, "with_functions", golden.read(path))


def _rows(path: pathlib.Path) -> str:
    rows = [row for pair in golden.read(path) for row in pair.rows()]
    return _replayed(path, "with_functions", rows)


def _session(path: pathlib.Path) -> str:
    return _replayed(path, "with_session", golden.read(path))


def _warmup(path: pathlib.Path) -> str:
    from export import replay, warmup

    requests = list(warmup.read(path))
    if not 0 < len(requests) <= warmup.MAX_RECORDS:
        raise artifacts.ArtifactError(
            f"{path / warmup.PATH} must hold 1 to {warmup.MAX_RECORDS} "
            f"requests. Received: {len(requests)}. Export the model again."
        )
    with replay.with_session(path) as ask:
        for request in requests:
            ask(request.endpoint, request.inputs)
    return f"{len(requests)} requests answered"


def _replayed(path: pathlib.Path, loader: str, pairs: list[golden.Pair]) -> str:
    from export import replay

    with getattr(replay, loader)(path) as ask:
        largest = max(replay.check(ask, pair, path) for pair in pairs)
    return f"{len(pairs)} answers, largest difference {largest:.1e}"


_CHECKS: dict[str, Callable[[pathlib.Path], str]] = {
    "files": _files,
    "operations": _operations,
    "signatures": _signatures,
    "functions": _functions,
    "rows": _rows,
    "session": _session,
    "warm-up": _warmup,
}


if __name__ == "__main__":
    cli.run(main, define_flags)
