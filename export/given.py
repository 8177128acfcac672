"""What the client's flags ask for, as inputs of an endpoint."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def inputs(
    npz: str | None,
    numbers: Mapping[str, Sequence[str]],
    files: Sequence[str],
) -> dict[str, Any]:
    """Arrays and lists by the names of inputs.

    Args:
        npz: a file with arrays by name, or None.
        numbers: {flag: integers of a row each}, of `seeds` and `labels`.
        files: "name=path" each: the bytes of a file, a row for each path.

    Raises:
        ValueError: an input is given twice, or a file has no name.
        OSError: a file cannot be read.
    """
    found: dict[str, Any] = {}
    if npz:
        with np.load(npz, allow_pickle=False) as arrays:
            found.update(arrays)
    for flag, name in (("seeds", "seed"), ("labels", "labels")):
        if numbers[flag]:
            _put(found, name, flag, [int(each) for each in numbers[flag]])
    for name, paths in _by_name(files).items():
        rows = [pathlib.Path(each).read_bytes() for each in paths]
        _put(found, name, "files", np.array(rows, object))
    return found


def _by_name(files: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in files:
        name, equals, path = each.partition("=")
        if not (name and equals and path):
            raise ValueError(
                "`--files` must be name=path, such as "
                f"image_bytes=photo.jpg. Received: {each!r}."
            )
        found.setdefault(name, []).append(path)
    return found


def _put(found, name, flag, value) -> None:
    if name in found:
        raise ValueError(
            f"`{name}` must be given once. Received it in both --inputs and "
            f"--{flag}. Leave one of them out."
        )
    found[name] = value
